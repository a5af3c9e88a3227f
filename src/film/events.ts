import type { Image } from '../media/index.ts';

/** The stages of a film in their order; `dream` can stop after any but the last. */
export const dreamStages = ['tokens', 'keyframes', 'clips', 'movie'] as const;
export type DreamStage = (typeof dreamStages)[number];

/** What happens while a film is made. Shots are numbered from 1, as in the run folder. */
export type DreamEvent =
  /** A model's weights are brought into the form in which it runs, once: bytes written, of all. */
  | { readonly type: 'prepare'; readonly model: string; readonly done: number; readonly total: number }
  /** A stage begins: `todo` of the film's `shots` have to be made. */
  | { readonly type: 'stage'; readonly stage: DreamStage; readonly todo: number; readonly shots: number }
  /** A shot's tokens are known. */
  | { readonly type: 'tokens'; readonly shot: number; readonly reused: boolean }
  /** A denoising step of a keyframe or clip; with `previews`, keyframe steps carry the picture as predicted so far. */
  | {
      readonly type: 'preview';
      readonly stage: 'keyframes' | 'clips';
      readonly shot: number;
      readonly step: number;
      readonly steps: number;
      readonly image?: Image;
    }
  | { readonly type: 'keyframe'; readonly shot: number; readonly path: string; readonly reused: boolean }
  | { readonly type: 'clip'; readonly shot: number; readonly path: string; readonly reused: boolean }
  | { readonly type: 'storyboard'; readonly path: string }
  | { readonly type: 'movie'; readonly path: string; readonly reused: boolean }
  /** Something worth knowing that is no error. */
  | { readonly type: 'notice'; readonly message: string };
