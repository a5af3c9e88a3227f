import { join } from 'node:path';
import type { Encoders } from '../evaluation/index.ts';
import { generationConfig, type ImageCodec, type ModelLoader } from '../inference/index.ts';
import { type Image, readImage, toTensor } from '../media/index.ts';
import { cosineSimilarity, greyOf, mean, meanAbsoluteLaplacian } from '../metrics/index.ts';
import { cachedJson, keyOf } from './cache.ts';
import { needed } from './look.ts';
import type { PictureSet } from './render.ts';
import type { PartEvent } from './settings.ts';

/** CLIP cosine of the last segment's frames with the keyframe, -1 .. 1, the mean over clips and frames. */
export interface ClipFigures {
  /** Every segment is conditioned on the keyframe (paper 3.5). */
  readonly keyframe: number;
  /** Each on the last frame before it. */
  readonly lastFrame: number;
  /** Fine detail of the last frame over that of the keyframe through the VAE, 0 .. 1 and more; with the keyframe. */
  readonly detail: number;
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
    `clips-2-${keyOf(job.key, job.segments, job.seed, prints, settings, scheduler, seen)}`,
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
      const value = await cachedJson(join(folder, `${i}.json`), async (): Promise<ClipFigures> => {
        const keyframe = await readImage(path);
        const own = await embedOne(clip.images, keyframe);
        const drift = async (anchor: 'keyframe' | 'last-frame'): Promise<{ sim: number; last: Image }> => {
          const { segments, seed } = job;
          const sims: number[] = [];
          let last = keyframe;
          let at = 0;
          for await (const frame of animator.animate(keyframe, {
            segments,
            seed,
            path: ['clip', i],
            anchor,
          })) {
            if (at++ > (segments - 1) * (frames - 1))
              sims.push(cosineSimilarity(await embedOne(clip.images, frame), own));
            last = frame;
          }
          return { sim: mean(sims) as number, last };
        };
        const [anchored, drifting] = [await drift('keyframe'), await drift('last-frame')];
        const detail = detailOf(anchored.last) / detailOf(await throughVae(codec, keyframe));
        return { keyframe: anchored.sim, lastFrame: drifting.sim, detail };
      });
      values.push(value);
      yield { type: 'part', part: 'clips', done: i + 1, total: job.keyframes.length };
    }
  } finally {
    for (const model of [animator, codec, images]) await model.release();
  }
  const meanOf = (name: keyof ClipFigures): number => mean(values.map((v) => v[name])) as number;
  return { keyframe: meanOf('keyframe'), lastFrame: meanOf('lastFrame'), detail: meanOf('detail') };
}

const detailOf = (image: Image): number => meanAbsoluteLaplacian(greyOf(image));

/** What a clip of a picture that does not move would show. */
async function throughVae(codec: ImageCodec, image: Image): Promise<Image> {
  const { width, height } = codec.encodedSize(image);
  const latents = await codec.encode(toTensor(codec.reduced(image)).data as Float32Array, 1, width, height);
  return (await codec.paint(latents, 1, width, height))[0] as Image;
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
