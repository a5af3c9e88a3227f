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
  maskProbability: z.number().min(0).max(1).default(0.2),
});

/** Rows of the context: tokens + sentences + faces, 22 in the paper. */
export function contextRows({ tokens, sentences, faces }: RendererContextConfig): number {
  return tokens + sentences + faces;
}
