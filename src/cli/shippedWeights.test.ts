import { cp, readdir, stat, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../presets/index.ts';
import { cli, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';

const shipped = join(packageRoot, 'weights');

/** Names, sizes and times of all files of weights and presets in the package. */
async function state(): Promise<string[]> {
  const list: string[] = [];
  for (const folder of [shipped, join(packageRoot, 'presets')]) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs } = await stat(path);
      list.push(`${path} ${entry.isFile() ? size : ''} ${mtimeMs}`);
    }
  }
  return list.sort();
}

describe('the weights that come with the package', () => {
  let film: TinyFilm;
  let before: string[];
  beforeAll(async () => {
    film = await tinyFilm();
  });
  afterAll(() => film?.remove());
  beforeEach(async () => {
    before = await state();
  });
  afterEach(async () => expect(await state()).toEqual(before));

  const theatre = join(shipped, 'theatre');
  it.each([
    ['models', 'merge', '--base', join(theatre, 'unet'), '--adapter', 'x', '--out', join(theatre, 'unet')],
    ['models', 'convert', join(theatre, 'vae'), '--out', join(theatre, 'vae/new.safetensors')],
    ['models', 'synth', '--preset', 'paper', '--out', join(shipped, 'paper')],
    ['models', 'pull', 'vae', '--preset', 'paper', '--out', theatre],
    ['train', 'vae', '--out', theatre],
    ['train', 'vae', '--plan', '--cache', join(theatre, 'cache')],
    ['train', 'all', '--out', relative(process.cwd(), shipped)],
    ['ablate', '--out', theatre],
    ['ablate', '--cache', join(shipped, 'new')],
    ['benchmark', 'theatre', '--out', theatre],
    ['benchmark', 'theatre', '--cache', theatre],
    ['generate', 'script.yaml', '--out', theatre],
    ['evaluate', 'film', '--out', theatre],
    ['theatre', '--out', theatre],
  ])('are not changed by %s %s %s', async (...args) => {
    const { code, err, out } = await cli(...args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(
      /^(models \w+|train|ablate|benchmark theatre|generate|evaluate|theatre): --(out|cache) /,
    );
    expect(err).toMatch(/lies in the weights that come with the package.*only train changes.*--weights/);
  });

  it('are not changed through a link', async () => {
    const link = join(film.folder, 'link');
    await symlink(theatre, link);
    const { code, err } = await cli('train', 'vae', '--out', join(link, 'runs'));
    expect([code, err]).toEqual([1, expect.stringMatching(/link\/runs lies in the weights/)]);
  });

  it('are not changed by a training of a preset with their name', async () => {
    const tiny = await writeTinyTheatre(film.folder);
    const preset = join(film.folder, 'theatre');
    await cp(tiny.preset, preset, { recursive: true });
    const out = join(film.folder, 'runs');
    const folders = ['--out', out, '--cache', join(film.folder, 'cache')];
    const trained = await cli(
      'train',
      'vae',
      '--preset',
      preset,
      '--steps',
      '1',
      '--threads',
      '1',
      ...folders,
    );
    expect(trained.code, trained.err).toBe(0);
    expect((await readdir(join(out, 'weights/vae'))).sort()).toEqual([
      'diffusion_pytorch_model.safetensors',
      'latents.json',
    ]);
  });

  it('are read where a folder of weights lacks some, which is said', async () => {
    const part = join(film.folder, 'part');
    await cp(join(theatre, 'clip'), join(part, 'clip'), { recursive: true });
    const out = join(film.folder, 'borrowed');
    const args = ['generate', film.script, '--stage', 'tokens', '--threads', '1'];
    const { code, err } = await cli(...args, '--out', out, '--weights', part);
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(
        /text, face, autoregressor: not in .*part, read from .*weights\/theatre\. Of these were trained text over another clip; autoregressor over another clip/,
      ),
    ]);
    const plain = await cli(...args, '--out', join(film.folder, 'plain'));
    expect([plain.code, plain.err]).toEqual([0, expect.not.stringMatching(/read from/)]);
  }, 60_000);
});
