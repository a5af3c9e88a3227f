import { describe, expect, it } from 'vitest';
import { createScript } from './createScript.ts';
import { MovieDreamer } from './movieDreamer.ts';
import type { DreamOptions } from './options.ts';

const script = await createScript({ shots: [{ plot: 'The sea at night.' }] });

/** What the first step of a film throws; nothing is loaded or written before that. */
async function refusal(options: unknown, of: unknown = script): Promise<string> {
  const dreamer = await MovieDreamer.load('theatre', { threads: 1 });
  try {
    await dreamer.dream(of as typeof script, options as DreamOptions).next();
    return 'nothing was refused';
  } catch (error) {
    expect(error).toMatchObject({ name: 'RunError' });
    return (error as Error).message;
  } finally {
    await dreamer.close();
  }
}

describe('dream, called without a type checker,', () => {
  it.each<[unknown, string]>([
    [undefined, 'dream: expected an object of options, got nothing'],
    ['out/film', "dream: expected an object of options, got 'out/film'"],
    [{}, 'dream: out must be a path, got nothing'],
    [{ out: '' }, "dream: out must be a path, got ''"],
    [
      { out: 'o', stage: 'film' },
      "dream: stage must be one of 'tokens', 'keyframes', 'clips', 'movie', got 'film'",
    ],
    [{ out: 'o', stage: 3 }, "dream: stage must be one of 'tokens', 'keyframes', 'clips', 'movie', got 3"],
    [{ out: 'o', seed: '7' }, "dream: seed must be a number, got '7'"],
    [{ out: 'o', shots: 3 }, 'dream: shots must be a list of numbers or ids of shots, got 3'],
    [{ out: 'o', reroll: [{}] }, 'dream: reroll must be a list of numbers or ids of shots, got [an object]'],
    [{ out: 'o', force: 'no' }, "dream: force must be true or false, got 'no'"],
    [{ out: 'o', signal: new AbortController() }, 'dream: signal must be an AbortSignal, got an object'],
    [{ out: 'o', anchor: 'first' }, "dream: anchor must be one of 'keyframe', 'last-frame', got 'first'"],
    [{ out: 'o', memory: '14GB' }, "dream: memory must be a number of bytes above 0, got '14GB'"],
    [{ out: 'o', steps: Number.NaN }, 'steps must be a whole number from 0, got NaN'],
  ])('refuses the options %j', async (options, message) => expect(await refusal(options)).toContain(message));

  it('names the options where one is misspelled', async () => {
    expect(await refusal({ out: 'o', stages: 'clips' })).toMatch(
      /^dream: there is no option 'stages'; the options are out, seed, stage, /,
    );
  });

  it.each([
    ['a path', 'script.yaml', "'script.yaml'"],
    ['a parsed script', { shots: [] }, 'an object'],
  ])('wants a script whose pictures were read, not %s', async (_, of, got) =>
    expect(await refusal({ out: 'o' }, of)).toBe(
      `dream: expected a script that readScript or createScript made, got ${got}`,
    ),
  );

  it.each<[unknown[], string]>([
    [[], 'MovieDreamer.load: expected the name or the folder of a preset, got nothing'],
    [['theatre', 'cpu'], "MovieDreamer.load: expected an object of options, got 'cpu'"],
    [
      ['theatre', { device: 'gpu' }],
      "MovieDreamer.load: device must be one of 'cpu', 'webgpu', 'cuda', got 'gpu'",
    ],
    [['theatre', { threads: 0.5 }], 'MovieDreamer.load: threads must be a whole number from 1, got 0.5'],
    [['theatre', { weight: 'w' }], "MovieDreamer.load: there is no option 'weight'; the options are device,"],
  ])('is loaded with what it takes, not with %j', async (args, message) => {
    const load = MovieDreamer.load as (...args: unknown[]) => Promise<MovieDreamer>;
    await expect(load(...args)).rejects.toThrow(message);
  });
});
