import { type JobInputs, recordOf } from './jobs.ts';

/** What is said of inputs that differ, by their names. */
const words: Readonly<Record<string, string>> = {
  maker: 'another version of the program',
  scheduler: 'another scheduler',
  references: 'other references',
  tokens: 'other tokens',
  script: 'changed text',
  seed: 'another seed',
  take: 'new take',
  picture: 'another picture',
  draws: 'another way to draw takes',
  keyframe: 'another keyframe',
  before: 'another keyframe before it',
  next: 'another keyframe after it',
  clips: 'other clips',
  cut: 'another cut',
  shot: 'another id',
  encoding: 'another encoding',
};

/**
 * Why something has to be made again: the inputs that have changed since, in words.
 * @param before the record of what it was made from; undefined where an earlier version of the program kept none
 */
export function changes(before: JobInputs | undefined, inputs: JobInputs): string {
  if (!before) return 'what it was made from has changed';
  const now = recordOf(inputs);
  const changed = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => !isSame(before[name], now[name]),
  );
  if (changed.length === 0) return 'its file was changed';
  return changed.map((name) => describe(name, before[name], now[name])).join(', ');
}

function describe(name: string, before: unknown, now: unknown): string {
  if (name === 'weights') return `other weights: ${differing(before, now).join(', ')}`;
  if (name === 'seconds') return `${show(now)} s instead of ${show(before)} s`;
  if (name === 'settings') {
    const of = (value: unknown, key: string): string => show(Object(value)[key]);
    return `settings: ${differing(before, now)
      .map((key) => `${key} ${of(before, key)} -> ${of(now, key)}`)
      .join(', ')}`;
  }
  return words[name] ?? `other ${name}`;
}

const differing = (a: unknown, b: unknown): string[] =>
  [...new Set([...Object.keys(Object(a)), ...Object.keys(Object(b))])].filter(
    (key) => !isSame(Object(a)[key], Object(b)[key]),
  );
const show = (value: unknown): string =>
  value === undefined || value === null ? "the preset's" : String(value);
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
