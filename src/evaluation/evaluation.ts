import type { EncoderIdentity } from './encoderTypes.ts';
import type { LeftOut, Metric } from './metric.ts';
import type { ShotScores } from './shotScores.ts';

/** `evaluation.json`: all figures of one film, and all that they depend on. It holds no times. */
export interface Evaluation {
  /** Version of the file format. */
  readonly format: typeof evaluationFormat;
  /** Title of the film. */
  readonly title: string;
  /** Path of the script. */
  readonly script: string;
  /** How the film was made; undefined for pictures of unknown making. */
  readonly made?: { readonly preset: string; readonly seed: number };
  /** What was evaluated, in numbers. */
  readonly counts: {
    /** Shots of the script, and those that were evaluated. */
    readonly shots: number;
    readonly frames: number;
    readonly trueFrames: number;
    readonly characters: number;
    /** Faces found; undefined without a detector. */
    readonly faces?: number;
  };
  /** Limits that decide about faces. */
  readonly thresholds: {
    /** Cosine from which a face is a character's. */
    readonly face: number;
    /** Score from which a detection is a face. */
    readonly detection: number;
  };
  /** The encoders used, with the hashes of their weights. */
  readonly encoders: readonly EncoderIdentity[];
  /** All metrics that could be computed. */
  readonly metrics: readonly Metric[];
  /** All metrics that could not be computed, each with its reason. */
  readonly leftOut: readonly LeftOut[];
  /** Notices beside the figures. */
  readonly notices: readonly string[];
  /** In the order of the film; paths of pictures count from the file's folder. */
  readonly shots: readonly ShotScores[];
}

/** The value of `Evaluation.format` in files of this version. */
export const evaluationFormat = 'moviedreamer-evaluation-1';

/** A metric's value as people read it: four digits. */
export function valueText(value: number): string {
  return String(Number(value.toPrecision(4)));
}
