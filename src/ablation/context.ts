import type { PictureSet, SeenEpisode, Stranger, TestEpisode } from '../benchmark/index.ts';
import type { Encoders } from '../evaluation/index.ts';
import type { ModelLoader } from '../inference/index.ts';
import type { DeviceName, WorkerHost } from '../runtime/index.ts';
import type { AblationSettings } from './settings.ts';

/** The held-out films that everything is measured on. */
export interface TestFilms {
  readonly episodes: readonly TestEpisode[];
  readonly truth: PictureSet;
  readonly seen: readonly SeenEpisode[];
  /** Embeddings of each shot's sentences, by episode and shot. */
  readonly texts: readonly (readonly (readonly Float32Array[])[])[];
  readonly strangers: readonly Stranger[];
}

/** What all experiments share. */
export interface AblationContext {
  readonly settings: AblationSettings;
  /** The preset that variants are made of, with the weights that they do not train themselves. */
  readonly base: ModelLoader;
  readonly host: WorkerHost;
  readonly device?: DeviceName;
  readonly threads?: number;
  /** Absolute folder of drawn frames, features, variants and what was measured. */
  readonly cache: string;
  readonly encoders: Encoders;
  readonly test: TestFilms;
  readonly signal?: AbortSignal;
}

/** The seeds of the trainings. */
export function seedsOf({ settings }: Pick<AblationContext, 'settings'>): number[] {
  return Array.from({ length: settings.seeds }, (_, i) => settings.seed + i);
}
