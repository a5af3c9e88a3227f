import sharp from 'sharp';
import { impliedMatrix, lumaWeights } from './colourMatrix.ts';
import type { Image } from './image.ts';
import { packedPlanes, pixelLayout } from './pixelLayout.ts';
import type { SampleFormat } from './rawFrame.ts';
import { tableConverter } from './tableConverter.ts';

/** A part of a frame, in samples of luma. */
export interface FramePart {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Scales a part of a frame, its samples without gaps, to a picture of a size that was given.
 *
 * @param field whether only every second row is used: the first field of an interlaced frame
 */
export type PartScaler = (data: Uint8Array, part: FramePart, field: boolean) => Promise<Image>;

/**
 * Frames of planar YUV with 8 bits as small pictures: luma is scaled before colours are made, so that a picture costs what its
 * own pixels do and not the frame's. Undefined for other formats, which `frameConverter` converts whole.
 */
export function partScaler(stream: SampleFormat, width: number, height: number): PartScaler | undefined {
  const layout = pixelLayout(stream.format);
  if (layout?.kind !== 'yuv' || layout.depth !== 8 || layout.alpha) return undefined;
  const matrix = impliedMatrix(stream.matrix, stream.width, stream.height);
  const weights = lumaWeights(matrix, stream.width, stream.height);
  if (!weights) return undefined;
  const toRgb = tableConverter(weights, stream.fullRange ?? layout.fullRange);
  return async (data, part, field) => {
    const rowStep = field ? 2 : 1;
    const [y, u, v] = packedPlanes(layout, stream.width, stream.height, data);
    const luma = await scaledLuma(y!.data, stream, part, width, height, rowStep);
    const chroma = (plane: Uint8Array): Uint8Array =>
      sampledChroma(plane, {
        ...{ columns: width, rows: height, rowStep },
        planeWidth: Math.ceil(stream.width / 2 ** layout.shiftX),
        planeHeight: Math.ceil(stream.height / 2 ** layout.shiftY),
        x: positions(width, part.left, part.width, layout.shiftX, siteX(stream.chromaLocation)),
        y: positions(height, part.top, part.height, layout.shiftY, siteY(stream.chromaLocation)),
      });
    return toRgb(luma, chroma(u!.data), chroma(v!.data), width, height);
  };
}

/** The part of the luma plane, or of its first field, scaled by Lanczos' filter. */
async function scaledLuma(
  plane: Uint8Array,
  { width, height }: SampleFormat,
  part: FramePart,
  columns: number,
  rows: number,
  rowStep: number,
): Promise<Uint8Array> {
  // rows two by two side by side: the first field is the left half
  const lines = Math.floor(height / rowStep);
  const top = Math.min(lines - 1, Math.floor(part.top / rowStep));
  const data = await sharp(plane.subarray(0, lines * rowStep * width), {
    raw: { width: width * rowStep, height: lines, channels: 1 },
  })
    .extract({
      ...{ left: part.left, top, width: part.width },
      height: Math.max(1, Math.min(lines - top, Math.round(part.height / rowStep))),
    })
    .resize(columns, rows, { fit: 'fill', kernel: 'lanczos3' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  return data;
}

/** Where chroma samples lie between the first (0) and the last (1) luma sample that share them: as in `frameConverter`. */
const siteX = (location = 'left'): number => (['center', 'top', 'bottom'].includes(location) ? 0.5 : 0);
const siteY = (location = 'left'): number =>
  location.startsWith('top') ? 0 : location.startsWith('bottom') ? 1 : 0.5;

/** For each of `count` output samples its place in a chroma plane. */
function positions(count: number, start: number, length: number, shift: number, site: number): Float64Array {
  const factor = 2 ** shift;
  const scale = length / count;
  return Float64Array.from({ length: count }, (_, i) => {
    const luma = start + (i + 0.5) * scale - 0.5;
    return (luma - site * (factor - 1)) / factor;
  });
}

interface ChromaGrid {
  readonly columns: number;
  readonly rows: number;
  readonly rowStep: number;
  readonly planeWidth: number;
  readonly planeHeight: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** A chroma plane interpolated linearly at given places. */
function sampledChroma(plane: Uint8Array, grid: ChromaGrid): Uint8Array {
  const { columns, rows, rowStep, planeWidth, planeHeight } = grid;
  const near = new Int32Array(columns);
  const far = new Int32Array(columns);
  const weight = new Int32Array(columns); // of 256
  for (let i = 0; i < columns; i++) {
    const at = Math.min(planeWidth - 1, Math.max(0, grid.x[i]!));
    near[i] = Math.floor(at);
    far[i] = Math.min(planeWidth - 1, near[i]! + 1);
    weight[i] = Math.round((at - near[i]!) * 256);
  }
  const lines = Math.max(1, Math.floor(planeHeight / rowStep));
  const out = new Uint8Array(columns * rows);
  for (let r = 0, to = 0; r < rows; r++) {
    const at = Math.min(lines - 1, Math.max(0, grid.y[r]! / rowStep));
    const first = Math.floor(at);
    const down = Math.round((at - first) * 256);
    const above = first * rowStep * planeWidth;
    const below = Math.min(lines - 1, first + 1) * rowStep * planeWidth;
    for (let c = 0; c < columns; c++, to++) {
      const a = near[c]!;
      const b = far[c]!;
      const w = weight[c]!;
      const up = plane[above + a]! * (256 - w) + plane[above + b]! * w;
      const low = plane[below + a]! * (256 - w) + plane[below + b]! * w;
      out[to] = (up * (256 - down) + low * down + 32768) >> 16;
    }
  }
  return out;
}

/** Rows that differ by this many levels from both neighbours, to the same side, stand out. */
const tooth = 12;
/** Share of pixels that stand out in a frame of two moments, and how many times more than within a field. */
const combed = { share: 0.02, times: 4 };

/**
 * Whether a frame shows two moments, one in its even rows and one in its odd ones, as interlaced film of things that move does:
 * rows stand out from their neighbours, and hardly from those of their own field. Looked at in the luma plane, since files often
 * do not say it.
 */
export function isCombed(plane: Uint8Array, width: number, height: number): boolean {
  const frame = standingOut(plane, width, height, 1);
  return frame >= combed.share && frame >= combed.times * standingOut(plane, width, height, 2);
}

/** The share of pixels, in every eighth column, that stand out from those `step` rows above and below. */
function standingOut(plane: Uint8Array, width: number, height: number, step: number): number {
  let [out, all] = [0, 0];
  for (let y = step; y < height - step; y++) {
    for (let x = 0; x < width; x += 8) {
      const at = y * width + x;
      const up = plane[at]! - plane[at - step * width]!;
      const down = plane[at]! - plane[at + step * width]!;
      all++;
      if ((up > tooth && down > tooth) || (up < -tooth && down < -tooth)) out++;
    }
  }
  return all === 0 ? 0 : out / all;
}
