import type { Pattern } from './pattern.ts';

const empty = { a: [], people: [0, 0] } as const;

/** Nobody: the place alone. */
export const none: readonly Pattern[] = [
  { id: 'nobody', text: 'Nobody is {at}.', ...empty },
  { id: 'no-one-seen', text: 'No one is to be seen {at}.', ...empty },
  { id: 'quiet', text: 'It is quiet {at}.', ...empty },
  { id: 'still', text: 'Everything is still {at}.', ...empty },
  { id: 'all-gone', text: 'Everyone has gone, and nothing moves {at}.', ...empty },
  { id: 'empty-now', text: 'There is nobody {at} any more.', ...empty },
  {
    id: 'rain-alone',
    text: 'Rain falls, and nobody is {at}.',
    ...empty,
    weathers: ['rain'],
    where: 'outdoor',
  },
  {
    id: 'snow-alone',
    text: 'Snow falls without a sound {at}.',
    ...empty,
    weathers: ['snow'],
    where: 'outdoor',
  },
  { id: 'fog-alone', text: 'Fog hides everything {at}.', ...empty, weathers: ['fog'], where: 'outdoor' },
  { id: 'new-day', text: 'A new day begins {at}.', ...empty, times: ['morning'] },
  { id: 'evening-alone', text: 'The day ends {at}.', ...empty, times: ['evening'] },
  { id: 'night-alone', text: 'Night has come, and no one is {at}.', ...empty, times: ['night'] },
];
