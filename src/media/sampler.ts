import { impliedMatrix } from './colourMatrix.ts';
import { type PixelLayout, type Plane, pixelLayout, planeSizes } from './pixelLayout.ts';
import type { SampleFormat } from './rawFrame.ts';

/** The samples of a coarse grid of a frame, rows and planes without gaps, and what they are. */
export interface GridSampler {
  readonly samples: SampleFormat;
  /** Picks the samples; the same array each time. */
  pick(planes: readonly Plane[]): Uint8Array;
}

/**
 * Picks `columns` x `rows` pixels from frames, the middle of each cell of a grid, each with the chroma sample nearest to it:
 * little work for whoever only asks how a frame differs from the one before. Where alpha is a plane of its own it is left out.
 */
export function gridSampler(stream: SampleFormat, columns: number, rows: number): GridSampler {
  const layout = pixelLayout(stream.format) as PixelLayout;
  const sizes = planeSizes(layout, stream.width, stream.height).slice(0, layout.kind === 'grey' ? 1 : 3);
  const pixelBytes = sizes[0]!.pixelBytes;
  const at = sizes.map((plane) => ({
    x: middles(columns, plane.width).map((x) => x * pixelBytes),
    y: middles(rows, plane.height),
  }));
  const out = new Uint8Array(sizes.length * rows * columns * pixelBytes);
  const samples = {
    ...stream,
    width: columns,
    height: rows,
    format: gridFormat(layout),
    matrix: impliedMatrix(stream.matrix, stream.width, stream.height),
    fullRange: stream.fullRange ?? (layout.fullRange || layout.kind === 'grey'),
  };
  return {
    samples,
    pick: (planes) => {
      let to = 0;
      for (const [i, { x, y }] of at.entries()) {
        const { data, stride } = planes[i]!;
        for (let r = 0; r < rows; r++) {
          const line = y[r]! * stride;
          for (let c = 0; c < columns; c++) {
            const from = line + x[c]!;
            for (let b = 0; b < pixelBytes; b++) out[to++] = data[from + b]!;
          }
        }
      }
      return out;
    },
  };
}

/** For each of `count` cells the sample in its middle, of `length`. */
const middles = (count: number, length: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) =>
    Math.min(length - 1, Math.floor(((i + 0.5) * length) / count)),
  );

/** The format with all planes of one size. */
function gridFormat({ kind, depth }: PixelLayout): string {
  const bits = depth > 8 ? `${depth}le` : '';
  if (kind === 'rgba') return depth > 8 ? 'rgba64le' : 'rgba';
  return { yuv: `yuv444p${bits}`, gbr: `gbrp${bits}`, grey: `gray${bits}` }[kind];
}
