import type {
  CallKind,
  FrameCaption,
  ModelIdentity,
  PersonCaption,
  SceneLine,
  SeenFilm,
  SeenFrame,
} from './types.ts';

/** Something that has no caption or line, and why. */
export interface LeftOut {
  readonly kind: CallKind;
  /** The frame's id, with the person's number from 1; `shots 3-8` of a scene; the identity. */
  readonly what: string;
  readonly reason: string;
}

/** A shot of the script that came out. */
export interface CaptionedShot extends SceneLine {
  /** Index into the film's shots. */
  readonly shot: number;
  /** The identity of each label in `plot` and `expressions`. */
  readonly people: ReadonlyMap<string, string>;
  /** The frame that stands for the shot: the one with the most people, of those the middle one. */
  readonly frame: SeenFrame;
  readonly frames: readonly SeenFrame[];
  /** Captions of the frames, in their order; undefined for one that was left out. */
  readonly captions: readonly (FrameCaption | undefined)[];
}

/** A film with captions, lines and descriptions. */
export interface CaptionedFilm {
  readonly film: SeenFilm;
  /** Shots without a keyframe have no line. */
  readonly shots: readonly CaptionedShot[];
  /** Captions by the frames' ids; of people by their place in the frame, from 0. */
  readonly frames: ReadonlyMap<
    string,
    { readonly caption: FrameCaption | undefined; readonly people: ReadonlyMap<number, PersonCaption> }
  >;
  /** Descriptions by identity; of those only who is in a shot. */
  readonly characters: ReadonlyMap<string, string>;
  readonly leftOut: readonly LeftOut[];
  /** Who made captions and lines. */
  readonly models: { readonly captioner: ModelIdentity; readonly scripter: ModelIdentity };
}
