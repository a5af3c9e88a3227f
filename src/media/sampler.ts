import { impliedMatrix, type LumaWeights, lumaWeights } from './colourMatrix.ts';
import type { Image } from './image.ts';
import { type PixelLayout, type Plane, pixelLayout, planeSizes } from './pixelLayout.ts';
import { type FrameConverter, frameConverter, type SampleFormat, UnsupportedSamples } from './rawFrame.ts';
import { tableConverter } from './tableConverter.ts';

/** Gives a coarse grid of a frame as RGB. */
export type GridReader = (planes: readonly Plane[]) => Image;

/**
 * Reads `columns` x `rows` pixels of frames, the middle of each cell of a grid, each with the chroma sample nearest to it:
 * little work for whoever only asks how a frame differs from the one before. Where alpha is a plane of its own it is left out.
 *
 * @throws {UnsupportedSamples} as `frameConverter`.
 */
export function gridReader(stream: SampleFormat, columns: number, rows: number): GridReader {
  const layout = pixelLayout(stream.format);
  if (!layout) throw new UnsupportedSamples(`has the pixel format ${stream.format}`);
  const samples: SampleFormat = {
    ...stream,
    width: columns,
    height: rows,
    format: gridFormat(layout),
    matrix: impliedMatrix(stream.matrix, stream.width, stream.height),
    fullRange: stream.fullRange ?? (layout.fullRange || layout.kind === 'grey'),
  };
  const pick = picker(stream, layout, columns, rows);
  const convert = layout.kind === 'yuv' && layout.depth === 8 ? byTables(samples) : frameConverter(samples);
  return (planes) => convert(pick(planes));
}

/** Copies the samples of the grid: rows and planes without gaps, in the same array each time. */
function picker(
  { width, height }: SampleFormat,
  layout: PixelLayout,
  columns: number,
  rows: number,
): (planes: readonly Plane[]) => Uint8Array {
  const sizes = planeSizes(layout, width, height).slice(0, layout.kind === 'grey' ? 1 : 3);
  const pixelBytes = sizes[0]!.pixelBytes;
  const at = sizes.map((plane) => ({
    x: middles(columns, plane.width).map((x) => x * pixelBytes),
    y: middles(rows, plane.height),
  }));
  const out = new Uint8Array(sizes.length * rows * columns * pixelBytes);
  return (planes) => {
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
  };
}

/** `frameConverter` of YUV 4:4:4 with 8 bits, by tables. */
function byTables(samples: SampleFormat): FrameConverter {
  const { width, height, fullRange = false } = samples;
  const convert = tableConverter(lumaWeightsOf(samples), fullRange);
  const pixels = width * height;
  return (data) =>
    convert(
      data.subarray(0, pixels),
      data.subarray(pixels, 2 * pixels),
      data.subarray(2 * pixels),
      ...([width, height] as const),
    );
}

function lumaWeightsOf({ matrix = 'unknown', width, height }: SampleFormat): LumaWeights {
  const weights = lumaWeights(matrix, width, height);
  if (!weights) throw new UnsupportedSamples(`has the colour matrix ${matrix}`);
  return weights;
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
