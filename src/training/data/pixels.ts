import { type ClipPreprocessConfig, clipPreprocess } from '../../inference/index.ts';

/** What a preprocessor does to the bytes of a channel: `offset + slope * byte`. */
export interface Normaliser {
  readonly offset: readonly number[];
  readonly slope: readonly number[];
}

/** The rescaling and normalisation of a `preprocessor_config.json`, for pictures that have its size already. */
export function normaliserOf(config: ClipPreprocessConfig): Normaliser {
  const at = (value: number): number[] => {
    const pixel = { width: 1, height: 1, data: new Uint8Array(3).fill(value) };
    return [
      ...(clipPreprocess(pixel, { ...config, do_resize: false, do_center_crop: false }).data as Float32Array),
    ];
  };
  const [black, white] = [at(0), at(255)];
  return { offset: black, slope: white.map((v, c) => (v - (black[c] as number)) / 255) };
}

/** The part of a picture that a view shows, and how it is changed; pixels count from the upper left corner. */
export interface View {
  readonly left: number;
  readonly top: number;
  /** Side of the square. */
  readonly side: number;
  readonly mirrored: boolean;
  /** Factor on each channel. */
  readonly gain: readonly [number, number, number];
}

/**
 * A square of an RGB picture (width x height, bytes) as [3, size, size] at `at` of `out`: bilinear, its border
 * repeated, normalised.
 */
export function writeView(
  picture: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  view: View,
  { offset, slope }: Normaliser,
  out: Float32Array,
  at: number,
  size: number,
): void {
  const { width, height, data } = picture;
  const scale = view.side / size;
  for (let y = 0; y < size; y++) {
    const sy = Math.min(Math.max(view.top + (y + 0.5) * scale - 0.5, 0), height - 1);
    const y0 = Math.floor(sy);
    const y1 = Math.min(y0 + 1, height - 1);
    const fy = sy - y0;
    for (let x = 0; x < size; x++) {
      const sx = Math.min(Math.max(view.left + (x + 0.5) * scale - 0.5, 0), width - 1);
      const x0 = Math.floor(sx);
      const x1 = Math.min(x0 + 1, width - 1);
      const fx = sx - x0;
      const to = at + y * size + (view.mirrored ? size - 1 - x : x);
      const [a, b, c, d] = [
        (y0 * width + x0) * 3,
        (y0 * width + x1) * 3,
        (y1 * width + x0) * 3,
        (y1 * width + x1) * 3,
      ];
      for (let k = 0; k < 3; k++) {
        const upper = (data[a + k] as number) * (1 - fx) + (data[b + k] as number) * fx;
        const lower = (data[c + k] as number) * (1 - fx) + (data[d + k] as number) * fx;
        const value = Math.min(255, (upper * (1 - fy) + lower * fy) * (view.gain[k] as number));
        out[to + k * size * size] = (offset[k] as number) + (slope[k] as number) * value;
      }
    }
  }
}
