/** Where a tile begins, and how much each of its rows (or columns) counts where tiles overlap. */
export interface TileSpan {
  readonly start: number;
  readonly size: number;
}

/** The share of a tile that overlaps with the next one, as in diffusers' tiled VAE. */
const OVERLAP = 0.25;

/** Spans of `tile` places that cover `size` places, evenly spaced, overlapping by a quarter at least. */
export function tileSpans(size: number, tile: number): TileSpan[] {
  if (tile >= size) return [{ start: 0, size }];
  const stride = Math.floor(tile * (1 - OVERLAP));
  const count = Math.ceil((size - tile) / stride) + 1;
  const start = (i: number): number => Math.round((i * (size - tile)) / (count - 1));
  return Array.from({ length: count }, (_, i) => ({ start: start(i), size: tile }));
}

/**
 * Joins tiles to a picture: where they overlap, each fades out towards its border. Add all tiles, then take `result`.
 * Tiles are float32 [channels, size, size] at `scale` places of the picture for a place of their span.
 */
export class TileBlend {
  private readonly sum: Float32Array;
  private readonly weight: Float32Array;
  private readonly channels: number;
  private readonly height: number;
  private readonly width: number;
  private readonly scale: number;

  constructor(channels: number, height: number, width: number, scale: number) {
    this.channels = channels;
    this.height = height * scale;
    this.width = width * scale;
    this.scale = scale;
    this.sum = new Float32Array(channels * this.height * this.width);
    this.weight = new Float32Array(this.height * this.width);
  }

  add(tile: Float32Array, rows: TileSpan, columns: TileSpan): void {
    const { scale, width, height, channels } = this;
    const [h, w] = [rows.size * scale, columns.size * scale];
    const [top, left] = [rows.start * scale, columns.start * scale];
    const vertical = fade(h, top > 0, top + h < height);
    const horizontal = fade(w, left > 0, left + w < width);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const share = (vertical[y] as number) * (horizontal[x] as number);
        const at = (top + y) * width + left + x;
        this.weight[at]! += share;
        for (let c = 0; c < channels; c++)
          this.sum[c * height * width + at]! += share * (tile[(c * h + y) * w + x] as number);
      }
    }
  }

  /** [channels, height, width]. */
  result(): Float32Array {
    const plane = this.height * this.width;
    return this.sum.map((v, i) => v / (this.weight[i % plane] as number));
  }
}

/** 1 inside, and falling evenly over the overlap towards borders at which another tile goes on. */
function fade(size: number, before: boolean, after: boolean): Float32Array {
  const ramp = Math.max(1, Math.floor(size * OVERLAP));
  return Float32Array.from({ length: size }, (_, i) => {
    const rise = before ? Math.min(1, (i + 0.5) / ramp) : 1;
    const fall = after ? Math.min(1, (size - i - 0.5) / ramp) : 1;
    return rise * fall;
  });
}
