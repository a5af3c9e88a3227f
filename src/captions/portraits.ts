import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, writeFileAtomically } from '../files/index.ts';
import { cropFace } from '../inference/index.ts';
import { coverImage, encodePng, readImage } from '../media/index.ts';
import type { Box4, SeenFilm, SeenFrame } from './types.ts';

/** A face in a keyframe. */
export interface FaceView {
  readonly frame: SeenFrame;
  /** Of the face. */
  readonly box: Box4;
  readonly score: number;
  /** Undefined where it was not measured. */
  readonly margin: number | undefined;
}

/** All views of everybody's face, in order of time. */
export function viewsOf(film: SeenFilm): Map<string, FaceView[]> {
  const views = new Map<string, FaceView[]>();
  for (const frame of film.frames)
    for (const { identity, face, margin } of frame.people) {
      if (identity === null || !face) continue;
      views.set(identity, [
        ...(views.get(identity) ?? []),
        { frame, box: face.box, score: face.score, margin },
      ]);
    }
  return views;
}

/** The view that shows best who somebody is: large, sure, and far from everybody else. */
export function bestView(views: readonly FaceView[]): FaceView | undefined {
  const worth = ({ box, score, margin = 0 }: FaceView): number =>
    score * Math.sqrt(box[2] * box[3]) * (1 + margin);
  return views.reduce<FaceView | undefined>(
    (best, view) => (best && worth(best) >= worth(view) ? best : view),
    undefined,
  );
}

/** Side of portraits in pixels. */
const SIDE = 256;

/**
 * Cuts a square around a face into a PNG beside the film's script, unless it is there.
 * @returns its path relative to `folder`, with forward slashes; another view has another name
 */
export async function writePortrait(folder: string, identity: string, view: FaceView): Promise<string> {
  const name = `portraits/${identity}-${keyOf(view.frame.id, view.box).slice(0, 8)}.png`;
  const path = join(folder, name);
  if (existsSync(path)) return name;
  const [left, top, width, height] = view.box;
  const square = cropFace(await readImage(view.frame.picture), [left, top, left + width, top + height]);
  await writeFileAtomically(path, await encodePng(coverImage(square, SIDE, SIDE)));
  return name;
}
