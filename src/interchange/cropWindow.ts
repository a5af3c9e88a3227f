/** A face in a picture, in fractions of its width and height. */
export interface FramedFace {
  /** Left, top, right and bottom, 0 to 1. */
  readonly box: readonly [number, number, number, number];
  /** Whose it is; undefined of strangers. */
  readonly name?: string | undefined;
}

/** The part of a picture that is kept, in whole pixels. */
export interface CropWindow {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Names of those whose faces do not lie in it whole. */
  readonly lost: readonly string[];
}

/** Room that is kept around a face, as a part of its size: hair and chin lie outside of what detectors box. */
const AROUND = 0.35;

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The largest window of a shape in a picture, laid so that it holds as many faces as it can: all of them, in the middle, where they fit;
 * else the group that fits and has the largest faces. Without faces it is the middle.
 */
export function cropWindow(
  picture: { readonly width: number; readonly height: number },
  shape: { readonly width: number; readonly height: number },
  faces: readonly FramedFace[],
): CropWindow {
  const scale = Math.min(picture.width / shape.width, picture.height / shape.height);
  const width = Math.min(picture.width, Math.round(shape.width * scale));
  const height = Math.min(picture.height, Math.round(shape.height * scale));
  const across = faces.map(({ box }) => spanOf(box[0], box[2], picture.width));
  const down = faces.map(({ box }) => spanOf(box[1], box[3], picture.height));
  const left = place(across, width, picture.width);
  const top = place(down, height, picture.height);
  const isIn = (span: Span, start: number, length: number): boolean =>
    span.from >= start - 1e-6 && span.to <= start + length + 1e-6;
  const lost = faces.flatMap(({ box, name = 'a stranger' }) => {
    const [x, y] = [bare(box[0], box[2], picture.width), bare(box[1], box[3], picture.height)];
    return isIn(x, left, width) && isIn(y, top, height) ? [] : [name];
  });
  return { left, top, width, height, lost: [...new Set(lost)] };
}

const bare = (from: number, to: number, size: number): Span => ({ from: from * size, to: to * size });

/** A face with the room around it, within the picture. */
function spanOf(from: number, to: number, size: number): Span {
  const room = (to - from) * AROUND;
  return { from: Math.max(0, from - room) * size, to: Math.min(1, to + room) * size };
}

/** Where a window of a length begins: of all groups of neighbouring faces that fit, that with the largest sum of faces. */
function place(spans: readonly Span[], length: number, size: number): number {
  const sorted = [...spans].sort((a, b) => a.from - b.from);
  let best = { sum: 0, middle: size / 2 };
  for (let first = 0; first < sorted.length; first++) {
    let [sum, to] = [0, 0];
    for (const span of sorted.slice(first)) {
      to = Math.max(to, span.to);
      const from = sorted[first]!.from;
      if (to - from > length && sum > 0) break;
      sum += span.to - span.from;
      if (sum > best.sum + 1e-9) best = { sum, middle: (from + to) / 2 };
    }
  }
  return Math.min(size - length, Math.max(0, Math.round(best.middle - length / 2)));
}
