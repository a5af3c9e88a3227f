import { f32, type TensorData } from '../../graph/index.ts';
import { checkImage, cropImage, type Image, resizeImage, toTensor } from '../../media/index.ts';

/** Side in pixels of what an Inception-v3 sees. */
const size = 299;

/** What torchvision enlarges or shrinks the shorter side to before it crops. */
const shortSide = 342;

/**
 * The picture as torchvision's Inception-v3 takes it: float32 [1, 3, 299, 299] in -1 .. 1. The shorter side is resized to
 * 342 pixels (Pillow's bilinear filter, antialiased), of which the middle 299 x 299 are seen: a wide picture loses its
 * sides. torchvision normalises by the mean and deviation of ImageNet, and its network (`transform_input`) turns that
 * back into 2 x - 1 of x in 0 .. 1: that is computed here at once, and differs by rounding alone. Source: torchvision
 * `Inception_V3_Weights.IMAGENET1K_V1.transforms()`.
 */
export function torchvisionInceptionPixels(image: Image): TensorData {
  checkImage(image, 'torchvisionInceptionPixels');
  const { width, height } = image;
  const long = (side: number, other: number): number => Math.trunc((shortSide * side) / other);
  const [w, h] = width <= height ? [shortSide, long(height, width)] : [long(width, height), shortSide];
  const resized = resizeImage(image, w, h, 'bilinear');
  return toTensor(cropImage(resized, middle(w), middle(h), size, size));
}

/** Where the crop begins: halves go to the even neighbour, as Python rounds. */
function middle(side: number): number {
  const at = (side - size) / 2;
  return Number.isInteger(at) ? at : 2 * Math.round(at / 2);
}

/**
 * The picture as pytorch-fid gives it to the network that FID was defined with: float32 [1, 3, 299, 299] in -1 .. 1. It is
 * stretched to 299 x 299 whatever its aspect, bilinearly between pixel centres and without antialiasing (torch's
 * `interpolate`, `align_corners=False`), then 2 x - 1 of x in 0 .. 1.
 */
export function fidInceptionPixels(image: Image): TensorData {
  checkImage(image, 'fidInceptionPixels');
  const { width, height, data } = image;
  const out = new Float32Array(3 * size * size);
  const columns = neighbours(width);
  for (const [y, { from, to, share }] of neighbours(height).entries()) {
    for (const [x, column] of columns.entries()) {
      for (let c = 0; c < 3; c++) {
        const along = (row: number): number => {
          const left = data[(row * width + column.from) * 3 + c] as number;
          const right = data[(row * width + column.to) * 3 + c] as number;
          return left + column.share * (right - left);
        };
        const [upper, lower] = [along(from), along(to)];
        out[(c * size + y) * size + x] = (upper + share * (lower - upper)) / 127.5 - 1;
      }
    }
  }
  return f32(out, [1, 3, size, size]);
}

interface Neighbours {
  readonly from: number;
  readonly to: number;
  /** How much of `to` is taken, 0 .. 1. */
  readonly share: number;
}

/** The two of `length` samples between which each of the 299 lies. */
function neighbours(length: number): Neighbours[] {
  return Array.from({ length: size }, (_, i) => {
    const at = Math.max(0, ((i + 0.5) * length) / size - 0.5);
    const from = Math.floor(at);
    return { from, to: Math.min(from + 1, length - 1), share: at - from };
  });
}
