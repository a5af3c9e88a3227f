import type { Expression, Place, Pose, PropName, Size, Time, Weather } from '../types.ts';

/**
 * A sentence that says what a picture shows, with what the picture then has to show.
 * Slots: {A} {B} {C} names, {all} every name, {prop} 'a red umbrella', {at} 'in the forest', {her} {she} {A's pronouns},
 * {They} 'The two friends' or so. No sentence says left or right: a mirrored picture stays true.
 */
export interface Pattern {
  readonly id: string;
  readonly text: string;
  /** Faces of A, of B and of C; others follow A's mood. None where nobody is. */
  readonly a: readonly Expression[];
  readonly b?: readonly Expression[];
  /** All people share A's expression. */
  readonly together?: boolean;
  /** People in the picture. */
  readonly people: readonly [number, number];
  readonly pose?: Pose;
  /** Pose of everybody else; `stand` when absent. */
  readonly others?: Pose;
  readonly props?: readonly PropName[];
  readonly talking?: boolean;
  readonly sizes?: readonly Size[];
  readonly where?: 'indoor' | 'outdoor' | readonly Place[];
  readonly times?: readonly Time[];
  readonly weathers?: readonly Weather[];
}

export const happy: readonly Expression[] = ['smiling', 'laughing'];
export const low: readonly Expression[] = ['sad', 'crying'];
export const calm: readonly Expression[] = ['neutral', 'smiling', 'thoughtful'];
export const open: readonly Size[] = ['medium', 'wide'];
export const near: readonly Size[] = ['close-up', 'medium'];
export const water: readonly Place[] = ['beach', 'ship', 'harbour'];
export const gifts: readonly PropName[] = [
  'flower',
  'gift',
  'book',
  'letter',
  'balloon',
  'apple',
  'basket',
  'cup',
];
export const finds: readonly PropName[] = ['letter', 'map', 'key', 'book', 'camera', 'telescope', 'gift'];
export const lights: readonly PropName[] = ['lamp', 'candle'];
export const small: readonly PropName[] = [
  'letter',
  'cup',
  'book',
  'flower',
  'map',
  'key',
  'camera',
  'apple',
  'gift',
  'candle',
  'lamp',
  'telescope',
];
