/** The state of a sliding context window over its sequence. All lengths count positions. */
export interface WindowState {
  /** Most positions the context holds. */
  readonly capacity: number;
  /** Most frames it holds (the paper's context: 128). */
  readonly maxFrames: number;
  /** Positions of what always stays in front: start tokens and reference frames. */
  readonly prefix: number;
  /** Length of every finished frame of the script so far. */
  readonly frames: readonly number[];
  /** The first finished frame that is in the window now. */
  readonly first: number;
  /** Length of the frame that comes next. */
  readonly next: number;
  /** The share of the room behind the prefix that is kept when the window rolls. Default 0.5. */
  readonly keep?: number;
}

/**
 * The first finished frame in the window once the next frame is added; `state.first` while there is room.
 *
 * How a window rolls. Positions are relative to the window: its prefix stands at position 0, as in training. While the
 * next frame fits, the cache simply grows. When it does not, the window keeps the prefix and the latest frames that
 * fill at most the `keep` share of the rest; these, script and generated tokens, are packed as a fresh sequence and run
 * again from position 0. The cached keys cannot be moved, not only because of their rotations: above the first layer
 * they also carry what the dropped frames contributed. Dropping many frames at once makes re-encoding rare: about once
 * for each `1 - keep` of a window.
 * @throws RangeError where even an empty window cannot hold the next frame
 */
export function rollWindow(state: WindowState): number {
  const { capacity, maxFrames, prefix, frames, first, next, keep = 0.5 } = state;
  const room = capacity - prefix;
  if (next > room) {
    throw new RangeError(
      `rollWindow: the next frame takes ${next} positions, but references leave only ${room} of ${capacity}`,
    );
  }
  const used = frames.slice(first).reduce((a, b) => a + b, 0);
  if (used + next <= room && frames.length - first < maxFrames) return first;
  const budget = Math.min(room * keep, room - next);
  const most = Math.floor(maxFrames * keep);
  let start = frames.length;
  let length = 0;
  while (start > first && frames.length - start < most) {
    const longer = length + (frames[start - 1] as number);
    if (longer > budget) break;
    length = longer;
    start--;
  }
  return start;
}
