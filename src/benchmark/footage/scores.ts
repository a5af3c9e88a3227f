import { bestAssignment } from '../../metrics/index.ts';

/** How many were right, invented and missed, over all films. */
export interface Hits {
  readonly right: number;
  readonly found: number;
  readonly there: number;
}

export const noHits: Hits = { right: 0, found: 0, there: 0 };

export const addHits = (a: Hits, b: Hits): Hits => ({
  right: a.right + b.right,
  found: a.found + b.found,
  there: a.there + b.there,
});

/** The harmonic mean of precision and recall; 1 where nothing is there and nothing was found. */
export const f1 = ({ right, found, there }: Hits): number =>
  found + there === 0 ? 1 : (2 * right) / (found + there);

/** Cuts that were found within `tolerance` seconds of a true one, each true one at most once. Both lists ascend. */
export function cutHits(found: readonly number[], there: readonly number[], tolerance: number): Hits {
  let right = 0;
  for (let i = 0, j = 0; i < found.length && j < there.length; ) {
    const gap = (found[i] as number) - (there[j] as number);
    if (Math.abs(gap) <= tolerance) {
      right++;
      i++;
      j++;
    } else if (gap < 0) i++;
    else j++;
  }
  return { right, found: found.length, there: there.length };
}

/** Who is in a keyframe: by the film, and by what was found. */
export interface FramePeople {
  readonly there: readonly string[];
  /** Ids of identities; null for people of whom nobody knows who they are. */
  readonly found: readonly (string | null)[];
}

/**
 * People of keyframes who were found as the right identity. No names are given: each character is taken to be at most one
 * identity and the other way round, as suits the film best. Who is found twice in a frame counts once as right.
 */
export function peopleHits(frames: readonly FramePeople[]): Hits {
  const characters = [...new Set(frames.flatMap(({ there }) => there))].sort();
  const identities = [...new Set(frames.flatMap(({ found }) => found.filter((id) => id !== null)))].sort();
  const together = identities.map((id) =>
    characters.map((who) => frames.filter((f) => f.found.includes(id) && f.there.includes(who)).length),
  );
  const pairs = identities.length > 0 && characters.length > 0 ? bestAssignment(together) : [];
  const found = frames.reduce((sum, frame) => sum + frame.found.length, 0);
  const there = frames.reduce((sum, frame) => sum + frame.there.length, 0);
  const right = pairs.reduce((sum, [i, c]) => sum + (together[i]?.[c] ?? 0), 0);
  return { right, found, there };
}
