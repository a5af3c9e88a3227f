import { f32, type TensorData } from '../../graph/index.ts';

export interface SvdPreprocessConfig {
  /** [height, width] of the CLIP tower that looks at the conditioning image; SVD uses [224, 224]. */
  readonly size: readonly [number, number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * The conditioning image as SVD's CLIP branch takes it. `images` float32 `[n, 3, h, w]` in [-1, 1] are blurred by a
 * Gaussian that suits the shrinking factor and interpolated bicubically; `pixelValues` are then normalised. Both results
 * are float32 `[n, 3, size[0], size[1]]`. Source: diffusers, Stable Video Diffusion pipeline, `_resize_with_antialiasing`.
 */
export function svdPreprocess(
  images: TensorData,
  config: SvdPreprocessConfig,
): { readonly resized: TensorData; readonly pixelValues: TensorData } {
  const [n, channels, height, width] = images.shape as [number, number, number, number];
  const [outHeight, outWidth] = config.size;
  if (images.dtype !== 'float32' || images.shape.length !== 4 || channels !== 3) {
    throw new RangeError(
      `svdPreprocess: expected float32 [n, 3, h, w], got ${images.dtype} [${images.shape}]`,
    );
  }
  if (![outHeight, outWidth].every((v) => Number.isInteger(v) && v >= 1)) {
    throw new RangeError(`svdPreprocess: size must be [height, width] in whole pixels, got [${config.size}]`);
  }
  if (config.mean.length !== 3 || config.std.length !== 3 || config.std.some((s) => s === 0)) {
    throw new RangeError(`svdPreprocess: mean and std must have 3 values, std none of them 0`);
  }
  const rows = joinTaps(blurTaps(height, outHeight), cubicTaps(height, outHeight), height);
  const columns = joinTaps(blurTaps(width, outWidth), cubicTaps(width, outWidth), width);
  const plane = outHeight * outWidth;
  const resized = new Float32Array(n * channels * plane);
  const pixels = new Float32Array(n * channels * plane);
  const half = new Float64Array(height * outWidth);
  for (let i = 0; i < n * channels; i++) {
    const source = (images.data as Float32Array).subarray(i * height * width, (i + 1) * height * width);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < outWidth; x++) {
        let sum = 0;
        for (const [at, w] of columns[x]!) sum += source[y * width + at]! * w;
        half[y * outWidth + x] = sum;
      }
    }
    const mean = config.mean[i % 3]!;
    const std = config.std[i % 3]!;
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        let sum = 0;
        for (const [at, w] of rows[y]!) sum += half[at * outWidth + x]! * w;
        resized[i * plane + y * outWidth + x] = sum;
        pixels[i * plane + y * outWidth + x] = ((sum + 1) / 2 - mean) / std;
      }
    }
  }
  const shape = [n, 3, outHeight, outWidth];
  return { resized: f32(resized, shape), pixelValues: f32(pixels, shape) };
}

/** A linear map along one axis: for each output position the [input position, weight] pairs. */
type Taps = (readonly [number, number])[][];

/** The Gaussian blur in front of the interpolation; borders reflect without repeating the edge. */
function blurTaps(input: number, output: number): Taps {
  const factor = input / output;
  const sigma = Math.max((factor - 1) / 2, 0.001);
  let size = Math.trunc(Math.max(4 * sigma, 3));
  if (size % 2 === 0) size++;
  const radius = (size - 1) / 2;
  if (radius >= input) {
    throw new RangeError(
      `svdPreprocess: the blur of ${size} pixels cannot reflect at the borders of an image of ${input}; use a larger image`,
    );
  }
  const kernel = Array.from({ length: size }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const sum = kernel.reduce((a, b) => a + b, 0);
  const reflect = (i: number): number => (i < 0 ? -i : i >= input ? 2 * (input - 1) - i : i);
  return Array.from({ length: input }, (_, x) =>
    kernel.map((w, i) => [reflect(x + i - radius), w / sum] as const).filter(([, w]) => w !== 0),
  );
}

/** Cubic convolution with a = -0.75; the corners of input and output coincide; borders repeat the edge. */
function cubicTaps(input: number, output: number): Taps {
  const a = -0.75;
  const near = (t: number): number => ((a + 2) * t - (a + 3)) * t * t + 1;
  const far = (t: number): number => ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  const scale = output > 1 ? (input - 1) / (output - 1) : 0;
  return Array.from({ length: output }, (_, i) => {
    const first = Math.floor(i * scale);
    const t = i * scale - first;
    const clamp = (x: number): number => Math.min(input - 1, Math.max(0, x));
    return [far(t + 1), near(t), near(1 - t), far(2 - t)].map((w, k) => [clamp(first - 1 + k), w] as const);
  });
}

/** The two maps one after the other as one, equal positions joined. */
function joinTaps(first: Taps, second: Taps, input: number): Taps {
  return second.map((taps) => {
    const row = new Float64Array(input);
    for (const [middle, w] of taps) for (const [at, v] of first[middle]!) row[at] = row[at]! + v * w;
    const joined: [number, number][] = [];
    for (const [at, w] of row.entries()) if (w !== 0) joined.push([at, w]);
    return joined;
  });
}
