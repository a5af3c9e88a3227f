import { type Image, newImage } from '../media/index.ts';
import type { ImageCodec } from './imageCodec.ts';

/**
 * Standardised latents [n, c, h, w] of a clip to its frames: decoded, or the keyframe's pixels with what changes between its
 * own decoded latents `first` [c, h, w] and theirs.
 */
export async function clipPainter(
  codec: ImageCodec,
  keyframe: Image,
  first: Float32Array,
  paints: 'frames' | 'changes',
): Promise<(latents: Float32Array, n: number) => Promise<Image[]>> {
  const { width, height } = codec.encodedSize(keyframe);
  if (paints === 'frames') return (latents, n) => codec.paint(latents, n, width, height);
  const still = await codec.decode(first, 1, width, height);
  return async (latents, n) => {
    const pixels = await codec.decode(latents, n, width, height);
    return Array.from({ length: n }, (_, i) =>
      withChanges(keyframe, still, pixels.subarray(i * still.length, (i + 1) * still.length)),
    );
  };
}

/** `latents` [frames, c, h, w] less their first frame, added to `begin` [c, h, w]. */
export function changesFrom(begin: Float32Array, latents: Float32Array): Float32Array<ArrayBuffer> {
  const size = begin.length;
  return Float32Array.from(
    latents,
    (value, i) => (begin[i % size] as number) + value - (latents[i % size] as number),
  );
}

/** `changes` [frames, c, h, w] times `scale`, added to `keyframe` [c, h, w]. */
export function addChanges(
  keyframe: Float32Array,
  changes: Float32Array,
  scale: number,
): Float32Array<ArrayBuffer> {
  const size = keyframe.length;
  return Float32Array.from(changes, (value, i) => (keyframe[i % size] as number) + scale * value);
}

/** `image` and what differs between the decoded pictures `from` and `to`, CHW in -1 .. 1. */
function withChanges(image: Image, from: Float32Array, to: Float32Array): Image {
  const out = newImage(image.width, image.height);
  const plane = image.width * image.height;
  for (let c = 0; c < 3; c++) {
    for (let i = 0, at = c; i < plane; i++, at += 3) {
      const change = ((to[c * plane + i] as number) - (from[c * plane + i] as number)) * 127.5;
      if (Number.isNaN(change))
        throw new RangeError('Animator: a frame holds NaN; the model that made it diverged');
      out.data[at] = Math.min(255, Math.max(0, Math.round((image.data[at] as number) + change)));
    }
  }
  return out;
}
