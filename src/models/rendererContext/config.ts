import { z } from 'zod';

/** What the renderer's U-Net is conditioned on (paper 3.3 and appendix A). */
export interface RendererContextConfig {
  /** Width of the compressed tokens and of the U-Net's cross-attention, D. */
  readonly tokenDim: number;
  /** Compressed tokens a frame. */
  readonly tokens: number;
  /** Width of sentence embeddings. */
  readonly sentenceDim: number;
  /** Rows for sentences. */
  readonly sentences: number;
  /** Width of face embeddings. */
  readonly faceDim: number;
  /** Rows for faces. */
  readonly faces: number;
  /** Width of the U-Net's pooled text embedding (1280 for SDXL); null for a U-Net without one. */
  readonly pooledDim: number | null;
  /**
   * Brings sentence and face embeddings to mean 0 and variance 1, as the compressed tokens are, before and after their
   * projection. Without it, unit-length embeddings have about 1/100 of the tokens' scale, and attention ignores them
   * early in training.
   */
  readonly standardize: boolean;
  /**
   * Adds a learned type embedding (sentence or face) and a character-position embedding. Attention is order-invariant,
   * so without them only the tokens say who stands where. Not in the paper, whose U-Net has learned to read sentences
   * and faces from far more pictures.
   */
  readonly places: boolean;
  /**
   * Number of image columns that receive the conditioning of the character standing there; 0 disables this. People
   * stand in the script's order, so each column gets the face and the sentences of the person whose share of the width
   * it lies in. For `draft` in the U-Net.
   */
  readonly columns: number;
  /** Probability with which training turns a row to zeros. */
  readonly maskProbability: number;
}

/** Checks a config and fills in the defaults; the three widths must be given. */
export const rendererContextConfig: z.ZodType<RendererContextConfig> = z.strictObject({
  tokenDim: z.number().int().min(1),
  tokens: z.number().int().min(1).default(2),
  sentenceDim: z.number().int().min(1),
  sentences: z.number().int().min(0).default(15),
  faceDim: z.number().int().min(1),
  faces: z.number().int().min(0).default(5),
  pooledDim: z.number().int().min(1).nullable().default(null),
  standardize: z.boolean().default(false),
  places: z.boolean().default(false),
  columns: z.number().int().min(0).default(0),
  maskProbability: z.number().min(0).max(1).default(0.2),
});

/** Kinds of row that `places` distinguishes: sentence, face; behind them the places of 1, 2, ... people. */
export const rowKinds = { sentence: 0, face: 1 } as const;

/** Width of a row's description with `places`: the two kinds, and each place among 1 to `faces` people. */
export function placeWidth({ faces }: Pick<RendererContextConfig, 'faces'>): number {
  return 2 + (faces * (faces + 1)) / 2;
}

/** Where in a row's description the place of the k-th (from 0) of n people stands. */
export function placeIndex(k: number, n: number): number {
  return 2 + (n * (n - 1)) / 2 + k;
}

/** Rows of the context: tokens + sentences + faces, 22 in the paper. */
export function contextRows({ tokens, sentences, faces }: RendererContextConfig): number {
  return tokens + sentences + faces;
}
