import { keyOf } from '../files/index.ts';
import { defaultFaceThreshold } from '../metrics/index.ts';
import type { PictureCheck } from './checks/verdict.ts';
import type { Job } from './jobs.ts';
import type { ShotState, TakeState } from './run/state.ts';
import type { TokenStep } from './tokenPlan.ts';

/** The hash of what all takes of a shot are made from, whatever is drawn: a take of another is of another text or model. */
export function takesBasis({ inputs }: Pick<Job, 'inputs'>, step: Pick<TokenStep, 'key'>): string {
  const { tokens: _tokens, take: _take, draws: _draws, ...shared } = inputs;
  return keyOf(step.key, ...Object.values(shared));
}

/** How many faults a picture has: who is missing, who should not be there, strangers. */
const faults = ({ missing, unexpected, strangers }: PictureCheck): number =>
  missing.length + unexpected.length + strangers;

/** The mean cosine, -1 .. 1, of those whom the script has in a picture to their portraits; who is missing counts 0. */
export function likeness({ faces, missing, unexpected }: PictureCheck): number {
  const own = faces.flatMap(({ character, cosine }) => {
    const isSure = character !== null && (cosine ?? -1) >= defaultFaceThreshold;
    return isSure && !unexpected.includes(character) ? [cosine as number] : [];
  });
  const expected = own.length + missing.length;
  return expected === 0 ? 0 : own.reduce((sum, cosine) => sum + cosine, 0) / expected;
}

/**
 * The take to show: with the fewest faults, then the one whose people are most like their portraits, then the earliest. Takes that
 * nobody looked at are not chosen.
 */
export function bestTake(takes: readonly TakeState[]): TakeState | undefined {
  const ranked = takes.flatMap((take) => {
    const picture = take.check?.pictures[0];
    return picture ? [{ take, faults: faults(picture), likeness: likeness(picture) }] : [];
  });
  ranked.sort((a, b) => a.faults - b.faults || b.likeness - a.likeness || a.take.take - b.take.take);
  return ranked[0]?.take;
}

/** A shot that shows one of its takes. */
export function shown(shot: ShotState, { take, keyframe, check }: TakeState): ShotState {
  return { ...shot, take, keyframe, checks: { ...shot.checks, keyframe: check } };
}

/** The number, from 0, of the next take of a shot. */
export const nextTake = ({ take, takes = [] }: Pick<ShotState, 'take' | 'takes'>): number =>
  Math.max(take, ...takes.map((one) => one.take)) + 1;
