import { bt709 } from './colourMatrix.ts';
import { checkImage, type Image } from './image.ts';

/** A frame in planar YUV 4:2:0: the luma plane, then the two chroma planes of half its width and height. */
export interface YuvFrame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

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
  const { red, blue } = bt709;
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
  return { width, height, data };
}
