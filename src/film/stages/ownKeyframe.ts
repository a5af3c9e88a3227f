import type { LeasedModels } from '../../inference/index.ts';
import { coverImage, type Image, imageAt } from '../../media/index.ts';
import type { Script } from '../../script/index.ts';

/** The user's own picture for the shot at `index`, from 0, cut and resized to the film's size. */
export async function ownKeyframe(
  { shots, inMemory }: Pick<Script, 'shots' | 'inMemory'>,
  index: number,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Image> {
  const image = await imageAt(shots[index]?.keyframe as string, inMemory);
  return image.width === width && image.height === height ? image : coverImage(image, width, height);
}

/** Pictures as the tokens that the autoregressor reads: through the image encoder and the compressor (paper 3.4). */
export async function pictureTokens(
  models: LeasedModels,
  pictures: readonly (() => Promise<Image>)[],
): Promise<Float32Array[][]> {
  if (pictures.length === 0) return [];
  await using images = await models.imageEncoder();
  await using tokenizer = await models.tokenizer();
  const tokens: Float32Array[][] = [];
  for (const read of pictures) {
    const { spatial } = await images.value.encode([await read()]);
    tokens.push(await tokenizer.value.encodeOne(spatial));
  }
  return tokens;
}
