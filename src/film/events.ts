import type { Image } from '../media/index.ts';
import type { PictureCheck } from './checks/verdict.ts';
import type { SettingName } from './run/state.ts';

/** The stages of a film in their order; `dream` can stop after any but the last. */
export const dreamStages = ['tokens', 'keyframes', 'clips', 'movie'] as const;
/** A stage of a film. */
export type DreamStage = (typeof dreamStages)[number];

/** A setting that is not as the preset has it. */
export interface SettingInEffect {
  /** Name of the setting in `RunSettings`. */
  readonly name: SettingName;
  /** Value with which the film is made. */
  readonly value: unknown;
  /** What the preset has; null where that is left to its models. */
  readonly preset: unknown;
  /** Places (from 1) of the shots that alone have it; null for the whole film. */
  readonly shots: readonly number[] | null;
  /** Whether this call gave it, or an earlier one did. */
  readonly from: 'this' | 'earlier';
  /** The day on which it was given, YYYY-MM-DD; null where that is not known, in films of version 1. */
  readonly date: string | null;
}

/**
 * What happens while a film is made. `shot` is where a shot stands in the script, from 1; `id` is what it is called, which
 * stays when shots are inserted, removed or moved.
 */
export type DreamEvent =
  /** Settings that are not the preset's, before anything is made; only where there are some. */
  | { readonly type: 'settings'; readonly settings: readonly SettingInEffect[] }
  /** A model's weights are brought into the form in which it runs, once: bytes written, of all. */
  | { readonly type: 'prepare'; readonly model: string; readonly done: number; readonly total: number }
  /** A stage begins: `todo` of the film's `shots` have to be made. */
  | { readonly type: 'stage'; readonly stage: DreamStage; readonly todo: number; readonly shots: number }
  /** A shot's tokens are known. */
  | { readonly type: 'tokens'; readonly shot: number; readonly id: string; readonly reused: boolean }
  /** A denoising step of a keyframe or clip; with `previews`, keyframe steps carry the picture as predicted so far. */
  | {
      readonly type: 'preview';
      readonly stage: 'keyframes' | 'clips';
      readonly shot: number;
      readonly id: string;
      readonly step: number;
      readonly steps: number;
      readonly image?: Image;
    }
  | {
      readonly type: 'keyframe';
      readonly shot: number;
      readonly id: string;
      readonly path: string;
      readonly reused: boolean;
    }
  | {
      readonly type: 'clip';
      readonly shot: number;
      readonly id: string;
      readonly path: string;
      readonly reused: boolean;
    }
  /** Who is in a keyframe, or in the first, middle and last frame of a clip; `reused`: it was looked at before. */
  | {
      readonly type: 'check';
      readonly stage: 'keyframes' | 'clips';
      readonly shot: number;
      readonly id: string;
      /** Whether exactly those are in all pictures whom the script has there. */
      readonly passes: boolean;
      readonly pictures: readonly PictureCheck[];
      readonly reused: boolean;
    }
  /** Another take of a keyframe that failed was made and looked at. */
  | {
      readonly type: 'take';
      readonly shot: number;
      readonly id: string;
      /** From 1, as `--choose` names it. */
      readonly take: number;
      readonly path: string;
      readonly passes: boolean;
      readonly picture: PictureCheck;
    }
  /** Which of several takes the film shows. */
  | {
      readonly type: 'choice';
      readonly shot: number;
      readonly id: string;
      /** From 1. */
      readonly take: number;
      /** How many there are. */
      readonly takes: number;
      /** Whether the one that is shown passes its check. */
      readonly passes: boolean;
      readonly path: string;
    }
  | { readonly type: 'storyboard'; readonly path: string }
  | { readonly type: 'movie'; readonly path: string; readonly reused: boolean }
  /** Something worth knowing that is no error. */
  | { readonly type: 'notice'; readonly message: string };
