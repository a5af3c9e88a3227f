import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

type Json = Record<string, unknown>;

/** The file, what is done to it, the command that reads it, and what is said after the file's name. */
const cases: readonly (readonly [
  file: string,
  edit: ((json: Json) => unknown) | string,
  command: 'generate' | 'train',
  message: RegExp,
])[] = [
  ['tiny/unet/config.json', '{ "in_channels": 4,, }', 'generate', /not valid JSON/],
  ['tiny/unet/config.json', '[]', 'generate', /expected a JSON object/],
  [
    'tiny/unet/config.json',
    (c) => ({ ...c, in_channels: 'four' }),
    'generate',
    /'in_channels' must be a whole number.*"four"/,
  ],
  [
    'tiny/vae/config.json',
    (c) => ({ ...c, layers_per_block: 0 }),
    'generate',
    /'layers_per_block' must be .*got 0/,
  ],
  [
    'tiny/clip/config.json',
    (c) => ({ ...c, projection_dim: null, vision_config: 3 }),
    'generate',
    /'vision_config' must be an object/,
  ],
  [
    'tiny/compressor/config.json',
    (c) => ({ ...c, heads: undefined, haeds: 2 }),
    'generate',
    /'heads' is missing \(number\); unknown key 'haeds'/,
  ],
  [
    'tiny/renderer/config.json',
    (c) => ({ ...c, tokenDim: '8' }),
    'generate',
    /'tokenDim': expected number, got "8"/,
  ],
  [
    'tiny/autoregressor/config.json',
    (c) => ({ ...c, mixture: { componants: 4 } }),
    'generate',
    /mixture.*componants/,
  ],
  [
    'tiny/scheduler/scheduler_config.json',
    (c) => ({ ...c, beta_shedule: 'linear' }),
    'generate',
    /unknown config key "beta_shedule"/,
  ],
  [
    'tiny/scheduler/scheduler_config.json',
    (c) => ({ ...c, _class_name: 'DDMPScheduler' }),
    'generate',
    /"_class_name" must be DDPMScheduler.*got "DDMPScheduler"/,
  ],
  [
    'tiny/renderer/generation_config.json',
    (c) => ({ ...c, steps: 2.5 }),
    'generate',
    /'steps': .*int.*, got 2.5/,
  ],
  ['tiny/renderer/generation_config.json', (c) => ({ ...c, stepz: 2 }), 'generate', /unknown key 'stepz'/],
  [
    'tiny/clip/preprocessor_config.json',
    (c) => ({ ...c, image_mean: [0, 0] }),
    'generate',
    /image_mean must be .*3 numbers/,
  ],
  ['tiny/training/vae.json', (c) => ({ ...c, batch_size: 8 }), 'train', /unknown key 'batch_size'/],
  [
    'tiny/training/vae.json',
    (c) => ({ ...c, learningRate: { peak: -1 } }),
    'train',
    /'learningRate.peak': .*got -1; 'learningRate.warmup' is missing/,
  ],
  [
    'tiny/training/data.json',
    (c) => ({ ...c, width: 'wide' }),
    'train',
    /'width': expected number, got "wide"/,
  ],
  ['weights/clip/tokenizer.json', '{}', 'generate', /is no tokenizer that can be read/],
  ['weights/vae/latents.json', '{"mean": [0], "std": [-1]}', 'generate', /'std.0': .*got -1/],
  ['weights/vae/latents.json', '{"mean": [0], "std": [1]}', 'generate', /expected \d+ means and/],
  ['weights/clip/tokenizer.json', '{', 'generate', /not valid JSON/],
  ['tiny/training/data.json', 'nothing', 'train', /not valid JSON/],
];

describe('a config that cannot be followed is said in one line, with its file and key, before anything is made', () => {
  let film: TinyFilm;
  beforeAll(async () => {
    film = await tinyFilm();
  });
  afterAll(() => film.remove());

  it.each(cases)('%s, %#', async (file, edit, command, message) => {
    const path = join(film.folder, file);
    const before = await readFile(path, 'utf8').catch(() => undefined);
    await writeFile(path, typeof edit === 'string' ? edit : JSON.stringify(edit(JSON.parse(before ?? '{}'))));
    const out = join(film.folder, 'out');
    const args =
      command === 'train'
        ? ['train', 'vae', '--plan', '--cache', join(out, 'cache')]
        : ['generate', film.script];
    const result = await cli(...args, '--out', out, ...film.models);
    if (before === undefined) await rm(path);
    else await writeFile(path, before);
    const said = result.err.replace(/^vae: about .*of data.*\n/, ''); // what the training would write
    expect(said).toMatch(message);
    expect(said).toContain(path);
    expect(said).not.toMatch(/\n|DEBUG|✖/);
    expect([result.code, result.out, existsSync(out)]).toEqual([1, '', false]);
  });
});
