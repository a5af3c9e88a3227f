import { type FeatureRows, frameImage, type KeyframeSet } from '../../corpus/index.ts';
import { ModelLoader } from '../../inference/index.ts';
import { toTensor } from '../../media/index.ts';
import type { StageContext } from '../stage.ts';
import { featureRows, latentsKey } from './features.ts';

/** Standardised latents of every frame, or of every mirror image, [c, h, w] each, by the frames' rows. */
export async function latentFeatures(
  context: StageContext,
  set: KeyframeSet,
  mirrored = false,
): Promise<FeatureRows> {
  const models = new ModelLoader(context.preset, context.host);
  const codec = await models.imageCodec();
  const { width, height } = set.options;
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: mirrored ? 'latents-mirrored' : 'latents',
    key: await latentsKey(models),
    shape: codec.latentShape(width, height),
    count: set.count,
    chunk: 4,
    compute: async (from, to) => {
      const images = await Promise.all(
        Array.from({ length: to - from }, (_, i) => frameImage(set, from + i, mirrored)),
      );
      return codec.encode(toTensor(images).data as Float32Array, to - from, width, height);
    },
    onProgress: (done, total) => {
      if (done % 400 < 4 || done === total)
        context.say(`encoding ${set.options.split} ${mirrored ? 'mirrored ' : ''}latents ${done}/${total}`);
    },
  }).finally(() => codec.release());
  return rows;
}
