import type { ModelLoader } from '../../src/inference/index.ts';
import { newImage } from '../../src/media/index.ts';
import { Random } from '../../src/random/index.ts';
import { fastest, memoryLine } from './machine.ts';

/** Pictures and sentences a second through CLIP ViT-L/14, FaRL and LongCLIP, in batches. */
export async function benchEncoders(models: ModelLoader): Promise<void> {
  const count = 8;
  const pictures = Array.from({ length: count }, () => newImage(896, 512));
  const images = await models.imageEncoder();
  await images.encode(pictures);
  const image = await fastest(3, () => images.encode(pictures));
  console.log(`clip            ${(count / image).toFixed(2)} pictures a second, ${memoryLine()}`);
  await images.release();

  const faces = await models.faceEncoder();
  await faces.encode(pictures);
  const face = await fastest(3, () => faces.encode(pictures));
  console.log(`face            ${(count / face).toFixed(2)} pictures a second, ${memoryLine()}`);
  await faces.release();

  const sentences = await models.sentenceEncoder();
  const words = 'Mara shows Tom the light between the trees of the snowy forest at night.';
  const texts = Array.from({ length: count }, (_, i) => `${words} ${i}`);
  await sentences.encode(texts);
  const text = await fastest(3, () => sentences.encode(texts));
  console.log(`text            ${(count / text).toFixed(2)} sentences a second, ${memoryLine()}`);
  await sentences.release();
}

/** SDXL's VAE at 896 x 512: decoding in the tiles of the preset's plan. */
export async function benchVae(models: ModelLoader): Promise<void> {
  const codec = await models.imageCodec();
  const latents = Random.of(1, 'latents').normals(4 * 64 * 112);
  const decode = await fastest(2, () => codec.decode(latents, 1, 896, 512));
  const tile = models.plan.vae?.tile;
  console.log(
    `vae             ${decode.toFixed(1)} s to decode 896x512 ${tile ? `in tiles of ${tile} latents` : 'as a whole'}, ${memoryLine()}`,
  );
  await codec.release();
}
