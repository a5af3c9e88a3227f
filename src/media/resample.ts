import { checkImage, type Image, newImage } from './image.ts';

/**
 * Separable resampling of 8-bit images in Pillow's fixed-point arithmetic (`Image.resize`), bit for bit: coefficients
 * with 22 fractional bits, the horizontal pass first, each pass rounded to 8 bits. Shrinking widens the filter
 * (antialiasing). CLIP models were trained behind exactly this function.
 */
export type Filter = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

interface Kernel {
  readonly support: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

/** Cubic convolution with a = -0.5 (Keys, 1981). */
function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
  return 0;
}

const kernels: { readonly [K in Exclude<Filter, 'nearest'>]: Kernel } = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x))),
  },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

const FRACTION_BITS = 22;

/** For each output sample: where its window starts in the input, how long it is, and its fixed-point weights. */
interface Windows {
  readonly start: Int32Array;
  readonly length: Int32Array;
  readonly weights: Int32Array; // [output, stride]
  readonly stride: number;
}

function windows(input: number, output: number, kernel: Kernel): Windows {
  const scale = input / output;
  const filterScale = Math.max(1, scale);
  const support = kernel.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(output);
  const length = new Int32Array(output);
  const weights = new Int32Array(output * stride);
  for (let i = 0; i < output; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(input, Math.trunc(centre + support + 0.5)) - first;
    const raw: number[] = [];
    for (let x = 0; x < n; x++) raw.push(kernel.weight((x + first - centre + 0.5) * (1 / filterScale)));
    const sum = raw.reduce((a, b) => a + b, 0);
    start[i] = first;
    length[i] = n;
    for (let x = 0; x < n; x++) {
      const w = sum === 0 ? raw[x]! : raw[x]! / sum;
      weights[i * stride + x] = Math.trunc(w * 2 ** FRACTION_BITS + (w < 0 ? -0.5 : 0.5));
    }
  }
  return { start, length, weights, stride };
}

/** Half of the last bit that stays: sums are rounded to the nearest. */
const half = 1 << (FRACTION_BITS - 1);

/** The 8-bit value of a fixed-point sum. */
function rounded(sum: number): number {
  const value = sum >> FRACTION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Filters `rows` rows of `width` pixels, into rows of `w.start.length` pixels. */
function horizontally(source: Uint8Array, target: Uint8Array, w: Windows, width: number, rows: number): void {
  const { start, length, weights, stride } = w;
  for (let row = 0, out = 0; row < rows; row++) {
    const line = row * width * 3;
    for (let i = 0; i < start.length; i++, out += 3) {
      let at = line + (start[i] as number) * 3;
      const first = i * stride;
      const end = first + (length[i] as number);
      let [red, green, blue] = [half, half, half];
      for (let k = first; k < end; k++, at += 3) {
        const weight = weights[k] as number;
        red += (source[at] as number) * weight;
        green += (source[at + 1] as number) * weight;
        blue += (source[at + 2] as number) * weight;
      }
      target[out] = rounded(red);
      target[out + 1] = rounded(green);
      target[out + 2] = rounded(blue);
    }
  }
}

/** Filters columns of rows of `pitch` bytes, into `w.start.length` rows. Goes along rows, as they lie in memory. */
function vertically(source: Uint8Array, target: Uint8Array, w: Windows, pitch: number): void {
  const { start, length, weights, stride } = w;
  // no sum leaves 32 bits: magnitudes of a window's weights add up to less than twice 2 ** 22
  const sums = new Int32Array(pitch);
  for (let i = 0; i < start.length; i++) {
    sums.fill(half);
    for (let x = 0; x < (length[i] as number); x++) {
      const weight = weights[i * stride + x] as number;
      const line = ((start[i] as number) + x) * pitch;
      for (let j = 0; j < pitch; j++) sums[j] = (sums[j] as number) + (source[line + j] as number) * weight;
    }
    const out = i * pitch;
    for (let j = 0; j < pitch; j++) target[out + j] = rounded(sums[j] as number);
  }
}

/** Resizes to exactly `width` x `height`. `box` is the area average; `bicubic` is the default. */
export function resizeImage(image: Image, width: number, height: number, filter: Filter = 'bicubic'): Image {
  checkImage(image, 'resizeImage');
  if (filter === 'nearest') return nearest(image, width, height);
  const kernel = kernels[filter];
  if (!kernel)
    throw new RangeError(`resizeImage: unknown filter "${filter}"; use ${Object.keys(kernels).join(', ')}`);
  let current = image;
  if (width !== current.width) {
    const out = newImage(width, current.height);
    horizontally(
      current.data,
      out.data,
      windows(current.width, width, kernel),
      current.width,
      current.height,
    );
    current = out;
  }
  if (height !== current.height) {
    const out = newImage(width, height);
    vertically(current.data, out.data, windows(current.height, height, kernel), width * 3);
    current = out;
  }
  return current === image ? { ...image, data: image.data.slice() } : current;
}

function nearest(image: Image, width: number, height: number): Image {
  const out = newImage(width, height);
  // Positions are summed up step by step, as Pillow does: at exact ties the rounding of the sums decides.
  const positions = (input: number, output: number): number[] => {
    const at: number[] = [];
    for (let i = 0, x = (input / output) * 0.5; i < output; i++, x += input / output) {
      at.push(Math.min(input - 1, Math.floor(x)));
    }
    return at;
  };
  const xs = positions(image.width, width);
  for (const [y, sy] of positions(image.height, height).entries()) {
    for (const [x, sx] of xs.entries()) {
      const from = (sy * image.width + sx) * 3;
      out.data.set(image.data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return out;
}

/** Fills `width` x `height`: resizes so that the image covers it and cuts the overhang off evenly. */
export function coverImage(image: Image, width: number, height: number, filter: Filter = 'bicubic'): Image {
  const scale = Math.max(width / image.width, height / image.height);
  const w = Math.max(width, Math.round(image.width * scale));
  const h = Math.max(height, Math.round(image.height * scale));
  const big = resizeImage(image, w, h, filter);
  const out = newImage(width, height);
  const left = (w - width) >> 1;
  for (let y = 0; y < height; y++) {
    const from = ((y + ((h - height) >> 1)) * w + left) * 3;
    out.data.set(big.data.subarray(from, from + width * 3), y * width * 3);
  }
  return out;
}
