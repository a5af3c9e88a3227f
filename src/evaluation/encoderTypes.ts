import type { FaceDetector, FaceEncoder, ImageEncoder, SentenceEncoder } from '../inference/index.ts';
import type { AestheticHead } from './aestheticHead.ts';
import type { Inception } from './inception.ts';

/** What an encoder does for the metrics. */
export type EncoderRole = 'clip' | 'face' | 'detector' | 'aesthetic' | 'inception';

export const encoderRoles: readonly EncoderRole[] = ['clip', 'face', 'detector', 'aesthetic', 'inception'];

/** Says exactly which model measured. */
export interface EncoderIdentity {
  /** What the encoder is used for. */
  readonly role: EncoderRole;
  /** `theatre/clip`, or the name of the folder or file that was given; of an Inception-v3 with its variant. */
  readonly name: string;
  /** Where it lies. */
  readonly path: string;
  /** SHA-256 (hex) of its configs and weights: equal ones measure the same. */
  readonly fingerprint: string;
}

/** An encoder with its name. */
export interface Loaded<T> {
  readonly model: T;
  readonly identity: EncoderIdentity;
}

/** Available encoders, with the reason for each missing one. */
export interface Encoders {
  readonly clip?: Loaded<{ readonly images: ImageEncoder; readonly sentences: SentenceEncoder }>;
  readonly face?: Loaded<FaceEncoder>;
  readonly detector?: Loaded<FaceDetector>;
  readonly aesthetic?: Loaded<AestheticHead>;
  readonly inception?: Loaded<Inception>;
  /** Why an encoder is not there, and how to get it. */
  readonly absent: Readonly<Partial<Record<EncoderRole, string>>>;
  /** Sentences so far that were longer than the CLIP's positions, and were cut. */
  readonly cut: ReadonlySet<string>;
}
