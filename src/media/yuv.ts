import { checkImage, type Image, newImage } from './image.ts';

/** A frame in planar YUV 4:2:0: the luma plane, then the two chroma planes of half its width and height (rounded up). */
export interface YuvFrame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly matrix: ColourMatrix;
  /** Luma 0..255 instead of 16..235. */
  readonly fullRange: boolean;
}

/** Which weights make luma from red and blue: HD video (what we write), or SD video (what untagged files mean). */
export type ColourMatrix = 'bt709' | 'bt601';

const weights: { readonly [K in ColourMatrix]: { readonly red: number; readonly blue: number } } = {
  bt709: { red: 0.2126, blue: 0.0722 },
  bt601: { red: 0.299, blue: 0.114 },
};

/**
 * RGB to YUV 4:2:0, BT.709, limited range: the conversion is ours and not the encoder's, so that both video backends
 * get the same bytes on every machine. Chroma samples sit where H.264 puts them: on every second column, between rows.
 * Width and height must be even.
 */
export function toYuv(image: Image): YuvFrame {
  checkImage(image, 'toYuv');
  const { width, height, data: rgb } = image;
  if (width % 2 || height % 2) {
    throw new RangeError(
      `toYuv: width and height must be even for yuv420p, got ${width} x ${height}; crop one pixel off`,
    );
  }
  const { red, blue } = weights.bt709;
  const green = 1 - red - blue;
  const w2 = width / 2;
  const h2 = height / 2;
  const data = new Uint8Array(width * height + 2 * w2 * h2);
  for (let i = 0; i < width * height; i++) {
    const y = red * rgb[i * 3]! + green * rgb[i * 3 + 1]! + blue * rgb[i * 3 + 2]!;
    data[i] = Math.round(16 + (219 / 255) * y);
  }
  const mean = [0, 0, 0];
  for (let j = 0; j < h2; j++) {
    for (let i = 0; i < w2; i++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let row = 2 * j; row < 2 * j + 2; row++) {
          const at = (row * width + 2 * i) * 3 + c;
          const left = i === 0 ? at : at - 3;
          sum += rgb[left]! + 2 * rgb[at]! + rgb[at + 3]!;
        }
        mean[c] = sum / 8;
      }
      const [r, g, b] = mean as [number, number, number];
      const y = red * r + green * g + blue * b;
      const at = width * height + j * w2 + i;
      data[at] = Math.round(128 + (((b - y) / (1 - blue)) * 112) / 255);
      data[at + w2 * h2] = Math.round(128 + (((r - y) / (1 - red)) * 112) / 255);
    }
  }
  return { width, height, data, matrix: 'bt709', fullRange: false };
}

/** YUV 4:2:0 to RGB, the chroma planes interpolated linearly from the places that `toYuv` describes. */
export function fromYuv(frame: YuvFrame): Image {
  const { width, height, data } = frame;
  const w2 = Math.ceil(width / 2);
  const h2 = Math.ceil(height / 2);
  const plane = width * height;
  if (data.length !== plane + 2 * w2 * h2) {
    throw new RangeError(
      `fromYuv: a ${width} x ${height} frame needs ${plane + 2 * w2 * h2} bytes, got ${data.length}`,
    );
  }
  const { red, blue } = weights[frame.matrix];
  const green = 1 - red - blue;
  const offset = frame.fullRange ? 0 : 16;
  const lumaScale = frame.fullRange ? 1 : 255 / 219;
  const chromaScale = frame.fullRange ? 2 : 255 / 112;
  const out = newImage(width, height);
  const blueness = new Float64Array(width);
  const redness = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const near = y >> 1;
    const far = Math.min(h2 - 1, Math.max(0, y % 2 ? near + 1 : near - 1));
    chromaRow(data, plane + near * w2, plane + far * w2, w2, blueness);
    chromaRow(data, plane + (h2 + near) * w2, plane + (h2 + far) * w2, w2, redness);
    for (let x = 0; x < width; x++) {
      const luma = (data[y * width + x]! - offset) * lumaScale;
      const r = luma + redness[x]! * chromaScale * (1 - red);
      const b = luma + blueness[x]! * chromaScale * (1 - blue);
      const g = (luma - red * r - blue * b) / green;
      const at = (y * width + x) * 3;
      out.data[at] = clamp(r);
      out.data[at + 1] = clamp(g);
      out.data[at + 2] = clamp(b);
    }
  }
  return out;
}

/** A row of one chroma plane, stretched to the luma's width: from its nearer and farther rows of `length` samples. */
function chromaRow(data: Uint8Array, near: number, far: number, length: number, out: Float64Array): void {
  let left = 3 * data[near]! + data[far]!;
  for (let i = 0; i < length; i++) {
    const next = Math.min(i + 1, length - 1);
    const right = 3 * data[near + next]! + data[far + next]!;
    out[2 * i] = left / 4 - 128;
    out[2 * i + 1] = (left + right) / 8 - 128; // past the end when the width is odd, where it is dropped
    left = right;
  }
}

const clamp = (v: number): number => Math.min(255, Math.max(0, Math.round(v)));
