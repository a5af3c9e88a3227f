import { join } from 'node:path';
import { ImageCodec, readImageCodecConfig } from '../../dreamer/imageCodec.ts';
import { checkpointSource } from '../../dreamer/modelSource.ts';
import { toTensor } from '../../media/index.ts';
import { readConfig } from '../../runtime/index.ts';
import type { StageContext } from '../stage.ts';
import { featureRows, weightsKey } from './features.ts';
import { frameImage } from './frameImages.ts';
import type { FeatureRows } from './rowFile.ts';
import type { FrameSet } from './theatreFrames.ts';

/** The trained VAE of the preset. */
export async function openCodec({ preset, host }: StageContext): Promise<ImageCodec> {
  await preset.requireWeights(['vae']);
  const folder = preset.weights('vae');
  const config = readImageCodecConfig(
    await preset.config('vae'),
    await readConfig(join(folder, 'latents.json')),
  );
  return new ImageCodec(await checkpointSource(host, folder), config);
}

/** Standardised latents of every frame, or of every mirror image, [c, h, w] each, by the frames' rows. */
export async function latentFeatures(
  context: StageContext,
  set: FrameSet,
  mirrored = false,
): Promise<FeatureRows> {
  const codec = await openCodec(context);
  const { width, height } = set.options;
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: mirrored ? 'latents-mirrored' : 'latents',
    key: await weightsKey(context.preset.weights('vae')),
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
  });
  await codec.release();
  return rows;
}
