import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ModelLoader } from '../inference/index.ts';
import { Preset } from '../presets/index.ts';
import { type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { type FilmFacts, readFacts } from './facts.ts';
import { readScript } from './readScript.ts';

let film: TinyFilm;
let preset: string;
let weights: string;
beforeAll(async () => {
  film = await tinyFilm();
  [, preset, , weights] = film.models as [string, string, string, string];
});
afterAll(() => film.remove());

async function facts(): Promise<FilmFacts> {
  const loader = new ModelLoader(await Preset.open(preset, { weights }), undefined as never);
  return readFacts(await readScript(film.script), film.folder, loader, { last: 'movie', outputs: [] });
}
const names = (value: unknown): string[] => Object.keys(value as object);

it('counts the models that make a part, and no stand-ins that have nothing to do', async () => {
  const small = await facts();
  expect(names(small.tokenInputs.weights)).toEqual(['clip', 'face', 'autoregressor']);
  expect(names(small.makers.keyframe.options.weights)).toEqual(['clip', 'face', 'vae', 'unet', 'renderer']);
  expect(names(small.makers.clip.options.weights)).toEqual(['clip', 'vae', 'animator']);
  expect(small.formerWeights).toEqual({}); // keys are as they were

  const models = [
    ['clip', 'text'],
    ['vae', 'animator_vae'],
    ['clip', 'animator_image_encoder'],
  ] as const;
  for (const [from, to] of models)
    for (const folder of [preset, weights])
      await cp(join(folder, from), join(folder, to), { recursive: true });
  await rm(join(weights, 'text', 'tokenizer.json'));
  const large = await facts();
  expect(names(large.tokenInputs.weights)).toEqual(['text', 'text tokenizer', 'face', 'autoregressor']);
  expect(names(large.makers.clip.options.weights)).toEqual([
    'animator_image_encoder',
    'animator_vae',
    'animator',
  ]);
  // films of before keep the keys that counted the others, too
  expect(names(large.formerWeights.clip)).toEqual([
    ...['clip', 'vae', 'animator', 'animator_vae', 'animator_image_encoder'],
  ]);

  // another VAE of the film changes keyframes; clips that the animator's own decodes stay
  const file = join(weights, 'vae', 'latents.json');
  await writeFile(file, `${await readFile(file, 'utf8').catch(() => '{}')}\n`);
  const after = await facts();
  expect(after.makers.keyframe).not.toEqual(large.makers.keyframe);
  expect(after.makers.clip).toEqual(large.makers.clip);
  // and so does another tokenizer of the text tower, which is clip's
  const tokenizer = join(weights, 'clip', 'tokenizer.json');
  await writeFile(tokenizer, `${await readFile(tokenizer, 'utf8')}\n`);
  expect((await facts()).tokenInputs).not.toEqual(after.tokenInputs);
});

it('reads no weights of stages that are not asked for', async () => {
  await rm(join(dirname(weights), 'weights', 'animator'), { recursive: true });
  const loader = new ModelLoader(await Preset.open(preset, { weights }), undefined as never);
  const script = await readScript(film.script);
  const { makers } = await readFacts(script, film.folder, loader, { last: 'tokens', outputs: [] });
  expect([makers.keyframe.options.weights, makers.clip.options.weights]).toEqual([{}, {}]);
});
