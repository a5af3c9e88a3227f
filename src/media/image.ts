import { f32, sizeOf, type TensorData } from '../graph/index.ts';

/** A picture: `height` rows of `width` RGB pixels, 8 bits a channel, `data.length === width * height * 3`. */
export interface Image {
  /** Columns, in pixels, at least 1. */
  readonly width: number;
  /** Rows, in pixels, at least 1. */
  readonly height: number;
  /** sRGB values 0 to 255 in the order [height, width, 3], top row first; no padding between rows. */
  readonly data: Uint8Array;
}

/** An image of one colour (black by default); checks the size. */
export function newImage(
  width: number,
  height: number,
  colour: readonly [number, number, number] = [0, 0, 0],
): Image {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`newImage: width and height must be whole numbers from 1, got ${width} x ${height}`);
  }
  const data = new Uint8Array(width * height * 3);
  const [red, green, blue] = colour;
  if (red === green && green === blue) data.fill(red);
  else fillPixels(data, colour);
  return { width, height, data };
}

/** Repeats a pixel: what is filled already is copied behind itself, twice as long each time. */
function fillPixels(data: Uint8Array, colour: readonly [number, number, number]): void {
  data.set(colour);
  for (let filled = 3; filled < data.length; filled *= 2) data.copyWithin(filled, 0, filled);
}

/** Throws unless the data fills width x height x 3. */
export function checkImage(image: Image, who: string): void {
  const { width, height, data } = image;
  if (!(width >= 1 && height >= 1) || data.length !== width * height * 3) {
    throw new RangeError(
      `${who}: a ${width} x ${height} RGB image needs ${width * height * 3} bytes, got ${data.length}`,
    );
  }
}

/** The part of an image whose upper left corner is (left, top); must lie inside. */
export function cropImage(image: Image, left: number, top: number, width: number, height: number): Image {
  checkImage(image, 'cropImage');
  const inside =
    [left, top, width, height].every(Number.isInteger) &&
    left >= 0 &&
    top >= 0 &&
    width >= 1 &&
    height >= 1 && // biome keeps these four apart
    left + width <= image.width &&
    top + height <= image.height;
  if (!inside) {
    throw new RangeError(
      `cropImage: ${width} x ${height} at (${left}, ${top}) must be whole numbers inside ${image.width} x ${image.height}`,
    );
  }
  const out = newImage(width, height);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * 3;
    out.data.set(image.data.subarray(from, from + width * 3), y * width * 3);
  }
  return out;
}

/** Copies `source` into `target` with its upper left corner at (left, top); what lies outside is cut off. */
export function pasteImage(target: Image, source: Image, left: number, top: number): void {
  const x0 = Math.max(0, left);
  const x1 = Math.min(target.width, left + source.width);
  if (x1 <= x0) return;
  for (let y = Math.max(0, top); y < Math.min(target.height, top + source.height); y++) {
    const from = ((y - top) * source.width + (x0 - left)) * 3;
    target.data.set(source.data.subarray(from, from + (x1 - x0) * 3), (y * target.width + x0) * 3);
  }
}

/** The image mirrored left to right. */
export function flipImage(image: Image): Image {
  checkImage(image, 'flipImage');
  const { width, height, data } = image;
  const out = newImage(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + (width - 1 - x)) * 3;
      out.data.set(data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return out;
}

/**
 * Images of one size as a float32 tensor `[n, 3, h, w]` in [-1, 1] (`value / 127.5 - 1`), the range that VAEs take.
 * A single image gives `[1, 3, h, w]`.
 */
export function toTensor(images: Image | readonly Image[]): TensorData {
  const list = 'data' in images ? [images] : images;
  const first = list[0];
  if (!first) throw new RangeError('toTensor: expected at least one image, got none');
  const { width, height } = first;
  const plane = width * height;
  const out = new Float32Array(list.length * 3 * plane);
  for (const [n, image] of list.entries()) {
    checkImage(image, 'toTensor');
    if (image.width !== width || image.height !== height) {
      throw new RangeError(
        `toTensor: image ${n} is ${image.width} x ${image.height}, the first ${width} x ${height}; resize them to one size`,
      );
    }
    for (let c = 0; c < 3; c++) {
      const at = (n * 3 + c) * plane;
      for (let i = 0; i < plane; i++) out[at + i] = image.data[i * 3 + c]! / 127.5 - 1;
    }
  }
  return f32(out, [list.length, 3, height, width]);
}

/** The inverse of `toTensor`: `[n, 3, h, w]` or `[3, h, w]` float32 in [-1, 1] to images, rounded and clamped. NaN throws. */
export function fromTensor(tensor: TensorData): Image[] {
  const shape = tensor.shape.length === 3 ? [1, ...tensor.shape] : tensor.shape;
  const [n, channels, height, width] = shape as [number, number, number, number];
  if (
    tensor.dtype !== 'float32' ||
    shape.length !== 4 ||
    channels !== 3 ||
    tensor.data.length !== sizeOf(shape)
  ) {
    throw new RangeError(
      `fromTensor: expected float32 [n, 3, h, w] or [3, h, w], got ${tensor.dtype} [${tensor.shape}]`,
    );
  }
  const values = tensor.data as Float32Array;
  const plane = width * height;
  const images: Image[] = [];
  for (let b = 0; b < n; b++) {
    const image = newImage(width, height);
    for (let c = 0; c < 3; c++) {
      const at = (b * 3 + c) * plane;
      for (let i = 0; i < plane; i++) {
        const v = values[at + i]!;
        if (Number.isNaN(v))
          throw new RangeError(`fromTensor: image ${b} holds NaN; the model that made it diverged`);
        image.data[i * 3 + c] = Math.min(255, Math.max(0, Math.round((v + 1) * 127.5)));
      }
    }
    images.push(image);
  }
  return images;
}
