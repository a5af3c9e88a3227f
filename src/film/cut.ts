import type { Script } from '../script/index.ts';

/** A stretch of a shot's clip in the film, in whole frames. */
export interface FramePiece {
  /** Place of the shot in the script, from 0. */
  readonly shot: number;
  /** First frame of the clip that is shown, from 0. */
  readonly start: number;
  /** Frames that are shown, at least 1. */
  readonly frames: number;
}

/**
 * What the film shows, piece after piece: the script's cut, or all shots as they follow each other.
 * @param frames of each shot's clip
 * @param fps frames a second
 */
export function piecesOf({ cut, shots }: Script, frames: readonly number[], fps: number): FramePiece[] {
  if (!cut) return frames.map((count, shot) => ({ shot, start: 0, frames: count }));
  return cut.map((piece) => {
    const shot = shots.findIndex(({ id }) => id === piece.shot);
    const all = frames[shot] ?? 0;
    const start = Math.min(Math.round((piece.from ?? 0) * fps), all - 1);
    const end = piece.to === undefined ? all : Math.min(Math.round(piece.to * fps), all);
    return { shot, start, frames: Math.max(1, end - start) };
  });
}
