import type { Pose, PropName, Size } from './types.ts';

/** A forearm: where the elbow is moved to and how far the hand is turned up (degrees; 0 hangs, positive outwards). */
export interface Arm {
  readonly dx: number;
  readonly dy: number;
  readonly turn: number;
  /** Degrees that the forearm swings in a clip, and swings per second. */
  readonly swing: number;
  readonly pace: number;
}

const hang: Arm = { dx: 0, dy: 0, turn: 4, swing: 2, pace: 0.5 };
const raised: Arm = { dx: -12, dy: -26, turn: 158, swing: 16, pace: 1.7 };
const lifted: Arm = { dx: -8, dy: -18, turn: 166, swing: 4, pace: 0.9 };
const front: Arm = { dx: 0, dy: 0, turn: -104, swing: 4, pace: 0.7 };
const hip: Arm = { dx: -14, dy: 0, turn: -42, swing: 1, pace: 0.5 };
const chin: Arm = { dx: 34, dy: -28, turn: -154, swing: 3, pace: 0.6 };
const stride: Arm = { dx: 0, dy: 0, turn: 12, swing: 20, pace: 1.5 };

/** The acting arm and the other one. */
export function armsOf(pose: Pose, size: Size, prop?: PropName): readonly [Arm, Arm] {
  switch (pose) {
    case 'stand':
      return [hang, hang];
    case 'wave':
      return [raised, hang];
    case 'hold':
      if (prop === 'suitcase' && size === 'wide') return [hang, hang];
      // close-ups cut the chest, so what is held must be lifted into the picture; a balloon must not hide the face
      return [size === 'close-up' || prop === 'balloon' ? lifted : front, hang];
    case 'raise':
    case 'shelter':
      return [lifted, hang];
    case 'hips':
      return [hip, hip];
    case 'clasp':
      return [front, front];
    case 'think':
      return [chin, hang];
    case 'cheer':
      return [raised, raised];
    case 'walk':
      return [stride, stride];
  }
}
