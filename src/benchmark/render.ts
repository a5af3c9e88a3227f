import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  generationConfig,
  type ModelLoader,
  type Renderer,
  type RenderFrame,
  ScriptEncoder,
} from '../inference/index.ts';
import { type Image, readImage, writePng } from '../media/index.ts';
import { Random } from '../random/index.ts';
import { sentenceOwners } from '../script/index.ts';
import { keyOf } from './cache.ts';
import type { TestEpisode } from './episodes.ts';
import type { PartEvent } from './settings.ts';

/** What is made of the true frames: they through the VAE alone, or painted again from their own two tokens. */
export const renderings = ['vae', 'reconstruction', 'tokens-only'] as const;
export type Rendering = (typeof renderings)[number];

/** Pictures by episode and shot, and a key of all that they depend on. */
export interface PictureSet {
  readonly key: string;
  readonly pictures: readonly (readonly string[])[];
}

/**
 * Makes those pictures of every true frame: `vae`, encoded and decoded; `reconstruction`, rendered from the true tokens
 * with the script's sentences and faces; `tokens-only`, without these rows. A picture that is there is not made again.
 */
export async function* renderTruth(
  models: ModelLoader,
  cache: string,
  truth: { readonly key: string; readonly episodes: readonly TestEpisode[]; readonly seed: number },
): AsyncGenerator<PartEvent, Record<Rendering, PictureSet>, void> {
  const settings = await generationConfig(models.preset, 'renderer');
  const names = ['clip', 'face', 'vae', 'compressor', 'unet', 'renderer'] as const;
  const prints = await Promise.all(names.map((n) => models.fingerprint(n)));
  const scheduler = await models.preset.config('scheduler', 'scheduler_config.json');
  const key = keyOf(truth.key, truth.seed, settings, scheduler, prints);
  const folder = join(cache, `renderings-${key}`);
  const path = (kind: Rendering, e: number, s: number): string =>
    join(folder, kind, String(e).padStart(4, '0'), `${String(s + 1).padStart(4, '0')}.png`);
  const total = truth.episodes.reduce((n, e) => n + e.shots.length, 0);
  const codec = await models.imageCodec();
  const renderer = await models.renderer(codec);
  const images = await models.imageEncoder();
  const tokenizer = await models.tokenizer();
  let done = 0;
  try {
    for (const [e, episode] of truth.episodes.entries()) {
      const todo = [...episode.shots.keys()].filter((s) =>
        renderings.some((kind) => !existsSync(path(kind, e, s))),
      );
      done += episode.shots.length - todo.length;
      if (todo.length === 0) continue;
      const script = new ScriptEncoder(
        episode.script,
        await models.sentenceEncoder(),
        await models.faceEncoder(),
      );
      for (const s of todo) {
        const image = await readImage(episode.shots[s]!.picture);
        const { width, height } = codec.encodedSize(image);
        const latents = await codec.encodeImages([image]);
        await writePng(path('vae', e, s), (await codec.paint(latents, 1, width, height))[0] as Image);
        const tokens = await tokenizer.encodeOne((await images.encode([image])).spatial);
        const { layout, sentences, faces } = await script.frame(s);
        const rows = { sentences, faces, owners: sentenceOwners(layout) };
        const paint = (frame: Omit<RenderFrame, 'tokens' | 'random'>): Promise<Image> =>
          one(renderer, { ...frame, tokens, random: Random.of(truth.seed, 'rendering', e, s) }, settings);
        await writePng(path('reconstruction', e, s), await paint(rows));
        await writePng(path('tokens-only', e, s), await paint({ sentences: [], faces: [] }));
        yield { type: 'part', part: 'renderings of true tokens', done: ++done, total };
      }
      await script.release();
    }
  } finally {
    for (const model of [renderer, codec, images, tokenizer]) await model.release();
  }
  const set = (kind: Rendering): PictureSet => ({
    key: `${key}-${kind}`,
    pictures: truth.episodes.map((episode, e) => episode.shots.map((_, s) => path(kind, e, s))),
  });
  yield { type: 'part', part: 'renderings of true tokens', done: total, total };
  return { vae: set('vae'), reconstruction: set('reconstruction'), 'tokens-only': set('tokens-only') };
}

async function one(
  renderer: Renderer,
  frame: RenderFrame,
  settings: Awaited<ReturnType<typeof generationConfig<'renderer'>>>,
): Promise<Image> {
  const { sampler, ...rest } = settings;
  const [image] = await renderer.render([frame], { ...rest, ...(sampler ? { sampler } : {}) });
  return image as Image;
}
