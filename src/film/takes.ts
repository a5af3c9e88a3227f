import { keyOf } from '../files/index.ts';
import type { PictureCheck } from './checks/verdict.ts';
import type { Job } from './jobs.ts';
import type { ShotState, TakeState } from './run/state.ts';
import type { TokenStep } from './tokenPlan.ts';

/** Changes whenever a take other than the first is drawn in another way. */
export const takeDraws = 2;

/**
 * Temperature of the tokens of takes other than the first. The preset's own keeps all that the script leaves open near its mean,
 * so that another draw would hardly differ.
 */
export const takeTemperature = 1.5;

/** What a draft of a take other than the first is led by (`RenderOptions.scriptGuidance`): drawn evenly in between. */
export const takeGuidance = [1.1, 1.3] as const;

/** Most takes of a shot. */
export const mostTakes = 16;

/** The hash of what all takes of a shot are made from, whatever is drawn: a take of another is of another text or model. */
export function takesBasis({ inputs }: Pick<Job, 'inputs'>, step: Pick<TokenStep, 'key'>): string {
  const { tokens: _tokens, take: _take, draws: _draws, ...shared } = inputs;
  return keyOf(step.key, ...Object.values(shared));
}

/** How many faults a picture has: who is missing, who should not be there, strangers. */
const faults = ({ missing, unexpected, strangers }: PictureCheck): number =>
  missing.length + unexpected.length + strangers;

/** The mean cosine, -1 .. 1, of those whom the script has in a picture to their portraits; who is missing counts 0. */
export function likeness({ faces, missing }: PictureCheck, expected: readonly string[]): number {
  if (expected.length === 0) return 0;
  const own = faces.filter(({ character }) => character !== null && expected.includes(character));
  const sure = own.filter(({ character }) => !missing.includes(character as string));
  return sure.reduce((sum, { cosine }) => sum + (cosine ?? 0), 0) / expected.length;
}

/**
 * The take to show: with the fewest faults, then the one whose people are most like their portraits, then the earliest. Takes that
 * nobody looked at are not chosen.
 */
export function bestTake(takes: readonly TakeState[], expected: readonly string[]): TakeState | undefined {
  const ranked = takes.flatMap((take) => {
    const picture = take.check?.pictures[0];
    return picture ? [{ take, faults: faults(picture), likeness: likeness(picture, expected) }] : [];
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
