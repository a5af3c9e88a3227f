import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openVideo, readImage } from '../media/index.ts';
import { Preset } from '../presets/index.ts';
import { writeRandomWeights } from '../testing/randomWeights.ts';
import { cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

describe('moviedreamer generate, with a decoder that paints twice the pixels a side', () => {
  let film: TinyFilm;
  beforeAll(async () => {
    film = await tinyFilm();
    const [, preset, , weights] = film.models as [string, string, string, string];
    const path = join(preset, 'vae/config.json');
    const config = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...config, out_patch_size: 4, out_channels: 48 }));
    await writeRandomWeights(await Preset.open(preset, { weights }));
  });
  afterAll(() => film.remove());

  it('makes a film of that size, the same when it is made in stages', async () => {
    const generate = (out: string, ...args: string[]) =>
      cli('generate', film.script, '--out', join(film.folder, out), '--seed', '7', ...film.models, ...args);
    const { code, err } = await generate('once');
    expect(code, err).toBe(0);
    const keyframe = await readImage(join(film.folder, 'once/keyframes/0001.png'));
    expect([keyframe.width, keyframe.height]).toEqual([112, 64]);
    const movie = await openVideo(join(film.folder, 'once/movie.mp4'));
    expect([movie.width, movie.height]).toEqual([112, 64]);
    expect((await generate('stages', '--stage', 'keyframes')).code).toBe(0);
    expect((await generate('stages')).code).toBe(0);
    const [once, stages] = [
      await filesOf(join(film.folder, 'once')),
      await filesOf(join(film.folder, 'stages')),
    ];
    expect(stages['movie.mp4']).toEqual(once['movie.mp4']);
  });
});
