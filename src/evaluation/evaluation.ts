import type { EncoderIdentity } from './encoderTypes.ts';
import type { LeftOut, Metric } from './metric.ts';
import type { ShotScores } from './shotScores.ts';

/** `evaluation.json`: all figures of one film, and all that they depend on. It holds no times. */
export interface Evaluation {
  readonly format: typeof evaluationFormat;
  readonly title: string;
  /** Path of the script. */
  readonly script: string;
  /** How the film was made; undefined for pictures of unknown making. */
  readonly made?: { readonly preset: string; readonly seed: number };
  readonly counts: {
    /** Shots of the script, and those that were evaluated. */
    readonly shots: number;
    readonly frames: number;
    readonly trueFrames: number;
    readonly characters: number;
    /** Faces found; undefined without a detector. */
    readonly faces?: number;
  };
  readonly thresholds: {
    /** Cosine from which a face is a character's. */
    readonly face: number;
    /** Score from which a detection is a face. */
    readonly detection: number;
  };
  readonly encoders: readonly EncoderIdentity[];
  readonly metrics: readonly Metric[];
  readonly leftOut: readonly LeftOut[];
  /** What one should know beside the figures. */
  readonly notices: readonly string[];
  /** In the order of the film; paths of pictures count from the file's folder. */
  readonly shots: readonly ShotScores[];
}

export const evaluationFormat = 'moviedreamer-evaluation-1';

/** A metric's value as people read it: four digits. */
export function valueText(value: number): string {
  return String(Number(value.toPrecision(4)));
}
