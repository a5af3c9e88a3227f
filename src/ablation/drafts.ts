import { join } from 'node:path';
import type { PictureSet, TestEpisode } from '../benchmark/index.ts';
import { cachedJson } from '../files/index.ts';
import { ScriptEncoder } from '../inference/index.ts';
import { type Image, readImage, writePng } from '../media/index.ts';
import type { FrameConditions } from '../models/rendererContext/index.ts';
import { sentenceOwners } from '../script/index.ts';
import type { AblationContext } from './context.ts';
import type { ExperimentEvent } from './experiment.ts';
import { type DraftKind, SingleFrameRenderer } from './singleFrameRenderer.ts';
import type { Trained } from './variant.ts';

/** Drafts as pictures, and how far they are from the truth. */
export interface Drafts extends PictureSet {
  /** Mean squared error of the standardised latents, whose values have variance 1 or so. */
  readonly error: number;
}

/**
 * True frames to their tokens and back, without the U-Net: its draft is decoded as it is. That is the mean picture that the
 * conditioning says, which is also what one sampling step shows; and it is learned at a tenth of the cost.
 */
export async function* draftPictures(
  context: AblationContext,
  { models, folder, key }: Trained,
  kind: DraftKind,
  name: string,
): AsyncGenerator<ExperimentEvent, Drafts, void> {
  const { preset } = models;
  const { episodes, truth } = context.test;
  const out = join(folder, `drafts-${kind}-${truth.key}`);
  const path = (e: number, s: number): string => join(out, `${e}`, `${String(s + 1).padStart(4, '0')}.png`);
  const total = episodes.reduce((n, e) => n + e.shots.length, 0);
  const codec = await models.imageCodec();
  const images = await models.imageEncoder();
  const tokenizer = await models.tokenizer();
  const renderer = await SingleFrameRenderer.open(context.host, preset, kind);
  const errors: number[] = [];
  try {
    for (const [e, episode] of episodes.entries()) {
      const script = kind === 'rows' ? await encoderOf(models, episode) : undefined;
      const own = await cachedJson(join(out, `${e}.json`), 'moviedreamer-drafts-1', async () => {
        const list: number[] = [];
        for (const [s, { picture }] of episode.shots.entries()) {
          context.signal?.throwIfAborted();
          const image = await readImage(picture);
          const { width, height } = codec.encodedSize(image);
          const tokens = await tokenizer.encodeOne((await images.encode([image])).spatial);
          const frame = await script?.frame(s);
          const conditions: FrameConditions = frame
            ? { sentences: frame.sentences, faces: frame.faces, owners: sentenceOwners(frame.layout) }
            : { sentences: [], faces: [] };
          const latents = await renderer.draft({ tokens, ...conditions });
          await writePng(path(e, s), (await codec.paint(latents, 1, width, height))[0] as Image);
          const clean = await codec.encodeImages([image]);
          list.push(meanSquare(latents, clean));
        }
        return list;
      });
      await script?.release();
      errors.push(...own);
      yield { type: 'part', part: `drafts of ${name}`, done: errors.length, total };
    }
  } finally {
    for (const model of [codec, images, tokenizer, renderer]) await model.release();
  }
  return {
    key: `${key}-${kind}-${truth.key}`,
    pictures: episodes.map((episode, e) => episode.shots.map((_, s) => path(e, s))),
    error: errors.reduce((a, b) => a + b, 0) / errors.length,
  };
}

async function encoderOf(models: Trained['models'], { script }: TestEpisode): Promise<ScriptEncoder> {
  return new ScriptEncoder(script, await models.sentenceEncoder(), await models.faceEncoder());
}

function meanSquare(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum / a.length;
}
