import type { WeightFormat } from './preparedWeights.ts';
import type { ModelName } from './preset.ts';

/** How a model's weights, cache and pictures are held while it runs. */
export interface ModelForm {
  readonly format: WeightFormat;
  /** Bits of the autoregressor's cached keys and values; see `GenerationSettings.cacheBits`. */
  readonly cacheBits?: 32 | 8 | 4 | undefined;
  /**
   * Which linear layers of quantised models round their inputs to 8 bits, too: those are faster, and take half as much
   * memory again.
   */
  readonly roundInputs?: 'all' | 'attention' | 'none' | undefined;
  /** Places of a VAE's latents that are decoded at once, in height and width; see `ImageCodec`. */
  readonly tile?: number | undefined;
}

/** The forms of a preset's models. A model that is not named runs with its weights as they are stored. */
export type MemoryPlan = Readonly<Partial<Record<ModelName, ModelForm>>>;
