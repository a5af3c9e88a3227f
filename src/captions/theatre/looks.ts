import { cropFace, cropSquare, type ImageEncoder } from '../../inference/index.ts';
import type { Image } from '../../media/index.ts';
import { type CropName, crops } from './questions.ts';

/** [x0, y0, x1, y1] in pixels. */
export type FaceBox = readonly [number, number, number, number];

/** How wide the squares are, as multiples of what the face encoder sees. */
const margins = { face: 0.75, head: 1.1 } as const;

/** The square around what hands reach, in heights of the face: its side, and how far its middle lies below the face's. */
const reach = { side: 2.9, below: 0.7 } as const;

export function cropOf(image: Image, box: FaceBox, name: CropName): Image {
  if (name !== 'hands') return cropFace(image, box, margins[name]);
  const [x0, y0, x1, y1] = box;
  const height = y1 - y0;
  return cropSquare(image, (x0 + x1) / 2, (y0 + y1) / 2 + reach.below * height, reach.side * height);
}

/** Patch features of each crop of a face: [tokens * width]. */
export async function lookAtFace(
  encoder: ImageEncoder,
  image: Image,
  box: FaceBox,
): Promise<Record<CropName, Float32Array>> {
  const pictures = crops.map((name) => cropOf(image, box, name));
  const { spatial } = await encoder.encode(pictures);
  const size = spatial.length / crops.length;
  return Object.fromEntries(
    crops.map((name, i) => [name, spatial.slice(i * size, (i + 1) * size)]),
  ) as unknown as Record<CropName, Float32Array>;
}
