import { z } from 'zod';

/** The token compressor (paper 3.2, figure 9). */
export interface CompressorConfig {
  /** Number of spatial tokens, n (256 for ViT-L/14 at 224 x 224, without the class token). */
  readonly tokens: number;
  /** Width of the spatial tokens (1024 for ViT-L). */
  readonly inputDim: number;
  /** Width of the blocks; where it differs from `inputDim`, a linear layer comes first. */
  readonly width: number;
  /** Attention heads of the blocks. */
  readonly heads: number;
  /** Hidden width of the blocks' MLPs over `width`. */
  readonly mlpRatio: number;
  /** Transformer blocks before the reduction. */
  readonly blocksBefore: number;
  /** Transformer blocks after the reduction. */
  readonly blocksAfter: number;
  /** Number of compressed tokens an image (2; the paper's Table 3 also tries 8). */
  readonly outputTokens: number;
  /** Width of the compressed tokens (2048 for SDXL); where it differs from `width`, a linear layer comes last. */
  readonly outputDim: number;
  /**
   * `layer`: compressed tokens are normalised to mean 0 and variance 1 over their channels, without a learned scale.
   * The autoregressor has to predict them with l2 and a Gaussian likelihood, so their scale must neither drift while
   * the compressor trains nor collapse; cross-attention needs no more than the direction. `none`: as the blocks
   * leave them, which is all that the paper says.
   */
  readonly normalize: 'layer' | 'none';
  /** Adds a learned position to each input token: for encoders whose tokens carry no position (CLIP's do). */
  readonly positionEmbedding: boolean;
  /**
   * `null`: the linear layer of figure 9, across the tokens and the same for every channel. A number: each token is
   * normalised and reduced to this many channels, and one linear layer takes all channels of all tokens to the
   * compressed ones. Two shared averages are hard to learn through when few samples can be paid for.
   */
  readonly reducedDim: number | null;
}

/** Checks a config and fills in the defaults; `tokens`, `inputDim` and `heads` must be given. */
export const compressorConfig: z.ZodType<CompressorConfig> = z
  .strictObject({
    tokens: z.number().int().min(1),
    inputDim: z.number().int().min(1),
    width: z.number().int().min(1).optional(),
    heads: z.number().int().min(1),
    mlpRatio: z.number().positive().default(4),
    blocksBefore: z.number().int().min(0).default(3),
    blocksAfter: z.number().int().min(0).default(3),
    outputTokens: z.number().int().min(1).default(2),
    outputDim: z.number().int().min(1).optional(),
    normalize: z.enum(['layer', 'none']).default('layer'),
    positionEmbedding: z.boolean().default(false),
    reducedDim: z.number().int().min(1).nullable().default(null),
  })
  .transform((c) => {
    const width = c.width ?? c.inputDim;
    return { ...c, width, outputDim: c.outputDim ?? width };
  })
  .refine((c) => c.width % c.heads === 0, {
    path: ['heads'],
    error: (issue) => {
      const { width, heads } = issue.input as CompressorConfig;
      return `must divide the width of the blocks: ${width} is not a multiple of ${heads}`;
    },
  });
