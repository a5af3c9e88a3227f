import { join } from 'node:path';
import type { Encoders } from '../evaluation/index.ts';
import { cachedJson } from '../files/index.ts';
import { generationConfig, type ModelLoader } from '../inference/index.ts';
import { type Image, readImage } from '../media/index.ts';
import { cosineSimilarity, mean } from '../metrics/index.ts';
import { keyOf } from './cache.ts';
import { needed } from './look.ts';
import type { PictureSet } from './render.ts';
import type { PartEvent } from './settings.ts';

/** CLIP cosine of the last segment's frames with the keyframe, -1 .. 1, the mean over clips and frames. */
export interface ClipFigures {
  /** Every segment is conditioned on the keyframe (paper 3.5). */
  readonly keyframe: number;
  /** Each on the last frame before it. */
  readonly lastFrame: number;
}

/** Moves true keyframes for `segments` segments in both ways, with the same noise. */
export async function* measureClips(
  models: ModelLoader,
  encoders: Encoders,
  cache: string,
  job: {
    readonly key: string;
    readonly keyframes: readonly string[];
    readonly segments: number;
    readonly seed: number;
  },
): AsyncGenerator<PartEvent, ClipFigures, void> {
  const { clip } = needed(encoders);
  const names = ['animator', 'vae', 'clip'] as const;
  const prints = await Promise.all(names.map((n) => models.fingerprint(n)));
  const settings = await generationConfig(models.preset, 'animator');
  const scheduler = await models.animatorScheduler();
  const seen = encoders.clip?.identity.fingerprint;
  const folder = join(
    cache,
    `clips-${keyOf(job.key, job.segments, job.seed, prints, settings, scheduler, seen)}`,
  );
  const images = await models.imageEncoder();
  const embed = async (pictures: readonly Image[]): Promise<Float32Array> =>
    (await images.encode(pictures)).embeds;
  const codec = await models.imageCodec();
  const animator = await models.animator(codec, embed);
  const { frames } = animator.settings;
  const values: ClipFigures[] = [];
  try {
    for (const [i, path] of job.keyframes.entries()) {
      const value = await cachedJson(
        join(folder, `${i}.json`),
        'moviedreamer-clip-figures-1',
        async (): Promise<ClipFigures> => {
          const keyframe = await readImage(path);
          const own = await embedOne(clip.images, keyframe);
          const drift = async (anchor: 'keyframe' | 'last-frame'): Promise<number> => {
            const { segments, seed } = job;
            const sims: number[] = [];
            let at = 0;
            for await (const frame of animator.animate(keyframe, {
              segments,
              seed,
              path: ['clip', i],
              anchor,
            })) {
              if (at++ > (segments - 1) * (frames - 1))
                sims.push(cosineSimilarity(await embedOne(clip.images, frame), own));
            }
            return mean(sims) as number;
          };
          return { keyframe: await drift('keyframe'), lastFrame: await drift('last-frame') };
        },
      );
      values.push(value);
      yield { type: 'part', part: 'clips', done: i + 1, total: job.keyframes.length };
    }
  } finally {
    for (const model of [animator, codec, images]) await model.release();
  }
  const meanOf = (name: keyof ClipFigures): number => mean(values.map((v) => v[name])) as number;
  return { keyframe: meanOf('keyframe'), lastFrame: meanOf('lastFrame') };
}

async function embedOne(
  images: ReturnType<typeof needed>['clip']['images'],
  image: Image,
): Promise<Float32Array> {
  return (await images.encode([image])).embeds;
}

/** True frames from all episodes in turn: the first shot of each, then the second. */
export function pickKeyframes({ pictures }: Pick<PictureSet, 'pictures'>, count: number): string[] {
  const longest = Math.max(...pictures.map((p) => p.length));
  const order = Array.from({ length: longest }, (_, s) => pictures.flatMap((p) => p[s] ?? [])).flat();
  return order.slice(0, count);
}
