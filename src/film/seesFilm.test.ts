import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newImage } from '../media/index.ts';
import { type TinyFilm, tinyFilm, tinyScript } from '../testing/tinyFilm.ts';
import { type DreamOptions, type KeyframeMaker, MovieDreamer, readScript } from './index.ts';

describe('a maker that sees the film', () => {
  let film: TinyFilm;
  let dreamer: MovieDreamer;
  let made: string[];

  /** Paints a grey picture, ten levels lighter than the keyframe before. */
  const lighter: KeyframeMaker = {
    ...{ id: 'lighter', version: '1', deterministic: true, options: {}, sees: 'film' },
    make: async ({ film: all, index, settings: { width, height } }) => {
      const before = index > 0 ? (await all?.keyframe(index - 1))?.data[0] : 0;
      made.push(`${index} of ${all?.requests.length} after ${before}`);
      const grey = (before ?? 0) + 10;
      return { image: newImage(width, height, [grey, grey, grey]), warnings: [] };
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const dream = async (options: Partial<DreamOptions> = {}): Promise<string[]> => {
    made = [];
    const out = join(film.folder, 'out');
    const script = await readScript(film.script);
    for await (const _ of dreamer.dream(script, { out, stage: 'keyframes', ...options }));
    return made;
  };

  beforeAll(async () => {
    film = await tinyFilm();
    const [, preset, , weights] = film.models as [string, string, string, string];
    dreamer = await MovieDreamer.load(preset, { weights, threads: 1, makers: { keyframe: lighter } });
  });
  afterAll(async () => {
    await dreamer.close();
    await film.remove();
  });

  it('gets all requests and the keyframes before, and makes nothing twice', async () => {
    expect(await dream()).toEqual(['0 of 3 after 0', '1 of 3 after 10', '2 of 3 after 20']);
    expect(await dream()).toEqual([]);
  });

  it('makes all keyframes again when the last shot changes', async () => {
    await writeFile(film.script, tinyScript.replace('The sea at night', 'The sea by day'));
    expect(await dream()).toHaveLength(3);
  });

  it('makes films as a whole', async () => {
    await expect(dream({ shots: [2] })).rejects.toThrow(
      /shots: lighter makes each keyframe by those of other shots/,
    );
  });
});
