import { type LumaWeights, lumaWeights } from './colourMatrix.ts';
import { type Image, newImage } from './image.ts';
import { frameBytes, type PixelLayout, pixelLayout } from './pixelLayout.ts';

/** How the samples of a film's frames are meant, as the file says or, where it is silent, as players take it. */
export interface SampleFormat {
  readonly width: number;
  readonly height: number;
  /** FFmpeg's name of the pixel format. */
  readonly format: string;
  /** FFmpeg's name of the colour matrix. Default: by the size, see `lumaWeights`. */
  readonly matrix?: string | undefined;
  /** Whether luma is 0..255 instead of 16..235 (for 8 bits). Default: true for grey and `yuvj` formats. RGB always is. */
  readonly fullRange?: boolean | undefined;
  /** FFmpeg's name of where chroma samples lie. Default: `left`, as in H.264: on every second column, between rows. */
  readonly chromaLocation?: string | undefined;
}

/** Turns the samples of a frame, its rows and planes without gaps, into RGB. */
export type FrameConverter = (data: Uint8Array) => Image;

/** What cannot be converted, in words that end a sentence: "has the pixel format xyz12le". */
export class UnsupportedSamples extends Error {}

/**
 * Makes the conversion to RGB of all frames of one film. It is ours and not FFmpeg's, so that all versions of it give the
 * same pictures: chroma planes are interpolated linearly, values rounded once, and transparent parts laid on white. Colours
 * keep their primaries and transfer curve.
 *
 * @throws {UnsupportedSamples} for pixel formats and colour matrices that are not supported.
 */
export function frameConverter(samples: SampleFormat): FrameConverter {
  const { width, height, format } = samples;
  const layout = pixelLayout(format);
  if (!layout) throw new UnsupportedSamples(`has the pixel format ${format}`);
  const bytes = frameBytes(layout, width, height);
  const convert = conversion(samples, layout);
  return (data) => {
    if (data.length !== bytes) {
      throw new RangeError(
        `a ${format} frame of ${width} x ${height} has ${bytes} bytes, got ${data.length}`,
      );
    }
    return convert(layout.depth > 8 ? words(data) : data);
  };
}

type Samples = Uint8Array | Uint16Array;
type Conversion = (data: Samples) => Image;

function conversion(samples: SampleFormat, layout: PixelLayout): Conversion {
  const { width, height, matrix = 'unknown' } = samples;
  if (layout.kind === 'rgba') return (data) => interleaved(data, width, height, layout);
  if (layout.kind === 'gbr') return (data) => planes(data, width, height, layout, [2, 0, 1]);
  const fullRange = samples.fullRange ?? (layout.fullRange || layout.kind === 'grey');
  if (layout.kind === 'grey') return (data) => planes(data, width, height, layout, [0, 0, 0], fullRange);
  const weights = lumaWeights(matrix, width, height);
  if (!weights) throw new UnsupportedSamples(`has the colour matrix ${matrix}`);
  return yuvConversion(samples, layout, weights, fullRange);
}

function yuvConversion(
  { width, height, chromaLocation = 'left' }: SampleFormat,
  layout: PixelLayout,
  { red, blue }: LumaWeights,
  fullRange: boolean,
): Conversion {
  const columns = interpolation(width, layout.shiftX, horizontal[chromaLocation] ?? 0);
  const rows = interpolation(height, layout.shiftY, vertical[chromaLocation] ?? 0.5);
  const chromaWidth = Math.ceil(width / 2 ** layout.shiftX);
  const chroma = chromaWidth * Math.ceil(height / 2 ** layout.shiftY);
  const luma = width * height;
  const green = 1 - red - blue;
  const { offset, scale, chromaScale } = levels(layout.depth, fullRange);
  const redScale = chromaScale * (1 - red);
  const blueScale = chromaScale * (1 - blue);
  const middle = 2 ** (layout.depth - 1);
  const mean = new Float64Array(chromaWidth);
  const stretch = (data: Samples, plane: number, y: number, out: Float64Array): void => {
    const near = plane + rows.near[y]! * chromaWidth;
    const far = plane + rows.far[y]! * chromaWidth;
    const weight = rows.weight[y]!;
    for (let i = 0; i < chromaWidth; i++) {
      mean[i] = data[near + i]! + (data[far + i]! - data[near + i]!) * weight - middle;
    }
    for (let x = 0; x < width; x++) {
      const first = mean[columns.near[x]!]!;
      out[x] = first + (mean[columns.far[x]!]! - first) * columns.weight[x]!;
    }
  };
  const blueness = new Float64Array(width);
  const redness = new Float64Array(width);
  return (data) => {
    const image = newImage(width, height);
    const rgb = image.data;
    for (let y = 0; y < height; y++) {
      stretch(data, luma, y, blueness);
      stretch(data, luma + chroma, y, redness);
      for (let x = 0; x < width; x++) {
        const value = (data[y * width + x]! - offset) * scale;
        const r = redness[x]! * redScale;
        const b = blueness[x]! * blueScale;
        const at = (y * width + x) * 3;
        rgb[at] = clamp(value + r);
        rgb[at + 1] = clamp(value - (red * r + blue * b) / green);
        rgb[at + 2] = clamp(value + b);
      }
    }
    if (layout.alpha) layOnWhite(image, data.subarray(luma + 2 * chroma), 1, layout.depth);
    return image;
  };
}

/** Black's level, and what turns luma and chroma of `depth` bits into 0..255 and -255..255 (ITU-T H.273, 8.3). */
function levels(depth: number, fullRange: boolean): { offset: number; scale: number; chromaScale: number } {
  const step = 2 ** (depth - 8);
  return fullRange
    ? { offset: 0, scale: 255 / (2 ** depth - 1), chromaScale: 510 / (2 ** depth - 1) }
    : { offset: 16 * step, scale: 255 / (219 * step), chromaScale: 510 / (224 * step) };
}

/** Where chroma samples lie between the first (0) and the last (1) luma sample that share them. */
const horizontal: Readonly<Record<string, number>> = { center: 0.5, top: 0.5, bottom: 0.5 };
const vertical: Readonly<Record<string, number>> = { topleft: 0, top: 0, bottomleft: 1, bottom: 1 };

/** For each of `length` luma positions the two chroma samples around it and the second one's weight. */
interface Interpolation {
  readonly near: Int32Array;
  readonly far: Int32Array;
  readonly weight: Float64Array;
}

function interpolation(length: number, shift: number, place: number): Interpolation {
  const factor = 2 ** shift;
  const last = Math.ceil(length / factor) - 1;
  const inside = (i: number): number => Math.min(last, Math.max(0, i));
  const near = new Int32Array(length);
  const far = new Int32Array(length);
  const weight = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const at = (i - place * (factor - 1)) / factor;
    near[i] = inside(Math.floor(at));
    far[i] = inside(Math.floor(at) + 1);
    weight[i] = at - Math.floor(at);
  }
  return { near, far, weight };
}

/** Three planes, by number in the order R, G, B. */
function planes(
  data: Samples,
  width: number,
  height: number,
  { depth, alpha, kind }: PixelLayout,
  order: readonly [number, number, number],
  fullRange = true,
): Image {
  const image = newImage(width, height);
  const plane = width * height;
  const { offset, scale } = levels(depth, fullRange);
  for (const [c, from] of order.entries()) {
    for (let i = 0; i < plane; i++) image.data[3 * i + c] = clamp((data[from * plane + i]! - offset) * scale);
  }
  if (alpha) layOnWhite(image, data.subarray((kind === 'grey' ? 1 : 3) * plane), 1, depth);
  return image;
}

function interleaved(data: Samples, width: number, height: number, { depth }: PixelLayout): Image {
  const image = newImage(width, height);
  const scale = 255 / (2 ** depth - 1);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[3 * i + c] = clamp(data[4 * i + c]! * scale);
  }
  layOnWhite(image, data.subarray(3), 4, depth);
  return image;
}

/** Blends with white by `alpha`, which has a value each `stride` samples. */
function layOnWhite({ data }: Image, alpha: Samples, stride: number, depth: number): void {
  const opaque = 2 ** depth - 1;
  for (let i = 0; i < data.length / 3; i++) {
    const a = alpha[i * stride]!;
    if (a === opaque) continue;
    for (let c = 3 * i; c < 3 * i + 3; c++) data[c] = clamp(255 + ((data[c]! - 255) * a) / opaque);
  }
}

function words(data: Uint8Array): Uint16Array {
  const aligned = data.byteOffset % 2 === 0 ? data : data.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2); // little-endian, as Node's machines
}

/** Rounds to a byte. */
const clamp = (v: number): number => (v <= 0 ? 0 : v >= 255 ? 255 : (v + 0.5) | 0);
