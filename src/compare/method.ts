import type { DreamOptions, MakerVariants } from '../film/index.ts';
import type { ClipSettings, RenderSettings } from '../inference/index.ts';
import type { ConfigChanges, Preset } from '../presets/index.ts';
import type { Script } from '../script/index.ts';

/** The methods, in the order of the table: the paper's own, its ablations, then those of others. */
export const methodNames = [
  'moviedreamer',
  'last-frame',
  'l1-l2',
  'no-face-tokens',
  'no-identity-rows',
  'storydiffusion',
  'storygen',
  'freenoise',
  'streamingt2v',
  'seine',
] as const;
/** A method that films are compared by. */
export type MethodName = (typeof methodNames)[number];

/** What all methods are made over. */
export interface Base {
  readonly preset: Preset;
  /** How keyframes and clips are sampled: the preset's settings, with what was asked for. */
  readonly settings: { readonly keyframe: RenderSettings; readonly clip: ClipSettings };
  /** Undefined where only the methods are listed. */
  readonly script: Script | undefined;
  /** Folders of weights of methods that need a model trained otherwise. */
  readonly weightsFor: Readonly<Partial<Record<MethodName, string>>>;
}

/** What a method does otherwise than `generate` does. All else is the same: preset, script, seed. */
export interface FilmChange {
  /** Configs of the preset with other values. */
  readonly configs?: ConfigChanges;
  /** A folder of weights that is read first. */
  readonly weights?: string;
  /** Other ways to run the preset's models. */
  readonly makers?: MakerVariants;
  readonly settings?: Pick<DreamOptions, 'anchor'>;
}

/** A way to make a film. */
export interface ComparedMethod {
  readonly name: MethodName;
  /** Where it was published: authors, title, year. */
  readonly paper: string;
  /** What it does, and what was left out of it here: sentences for the page. */
  how(base: Base): string;
  /** Why the preset cannot make it, in a sentence without a full stop; undefined where it can. */
  why?(base: Base): Promise<string | undefined>;
  /** What it changes. Called only where `why` gives nothing. */
  change(base: Base): Promise<FilmChange>;
}
