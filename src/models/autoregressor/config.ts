import { z } from 'zod';
import {
  type GaussianMixtureConfig,
  gaussianMixtureConfig,
  type MixtureLossKind,
} from '../gaussianMixture/index.ts';
import { type LlamaConfig, readLlamaConfig } from '../llama/index.ts';

/** The autoregressive keyframe-token model (paper 3.4 and appendix A). */
export interface AutoregressorConfig {
  /** The transformer. */
  readonly llama: LlamaConfig;
  /** Width of the compressed visual tokens. */
  readonly tokenDim: number;
  /** Width of sentence embeddings (768 for LongCLIP-L). */
  readonly sentenceDim: number;
  /** Width of face embeddings (512 for FaRL). */
  readonly faceDim: number;
  /** Visual tokens a frame. */
  readonly tokensPerFrame: number;
  /**
   * Identifiers that the language model's vocabulary does not have, with embeddings of their own: ids `vocabSize` and
   * up. The published embedding table so stays as it is.
   */
  readonly specialTokens: number;
  /** The distribution of a visual token. */
  readonly mixture: GaussianMixtureConfig;
  /** The loss of visual tokens. */
  readonly loss: MixtureLossKind;
  /** Dropout on what every attention and MLP adds to the residual stream; training only. */
  readonly dropout: number;
  /** Probability with which training hides an input position from all others. */
  readonly maskProbability: number;
  /**
   * Probability with which training hides all visual tokens of a sequence from what follows: each picture must then be
   * told from the script, the faces and its own tokens. Otherwise a model learns to copy people from the frames before,
   * and has nobody to copy when it generates the first.
   */
  readonly hiddenHistoryProbability: number;
  /**
   * Whether a character's face stands in its script as a token of its own; without, who somebody is must be told by the
   * sentences alone (paper, figure 5).
   */
  readonly faceTokens: boolean;
  /** Most frames in one context (the paper generates 128 at a time). */
  readonly contextFrames: number;
  /** Most few-shot reference frames in front of the script. */
  readonly references: number;
}

/**
 * Checks a config and fills in the defaults. `llama` is a published LlamaForCausalLM `config.json`; the three widths
 * must be given. Throws zod's error, or `ConfigError` for the `llama` part.
 */
export const autoregressorConfig: z.ZodType<AutoregressorConfig> = z
  .strictObject({
    llama: z.record(z.string(), z.unknown()),
    tokenDim: z.number().int().min(1),
    sentenceDim: z.number().int().min(1),
    faceDim: z.number().int().min(1),
    tokensPerFrame: z.number().int().min(1).default(2),
    specialTokens: z.number().int().min(0).default(0),
    mixture: z.record(z.string(), z.unknown()).default({}),
    loss: z.enum(['nll+l1+l2', 'l1+l2', 'nll']).default('nll+l1+l2'),
    dropout: z.number().min(0).lt(1).default(0.5),
    maskProbability: z.number().min(0).lt(1).default(0.15),
    hiddenHistoryProbability: z.number().min(0).max(1).default(0),
    faceTokens: z.boolean().default(true),
    contextFrames: z.number().int().min(1).default(128),
    references: z.number().int().min(0).default(10),
  })
  .transform((c, context) => {
    const mixture = gaussianMixtureConfig.safeParse({ ...c.mixture, dim: c.tokenDim });
    for (const issue of mixture.error?.issues ?? []) {
      const { message, path } = issue;
      context.addIssue({ code: 'custom', message, path: ['mixture', ...path] });
    }
    return mixture.success ? { ...c, llama: readLlamaConfig(c.llama), mixture: mixture.data } : z.NEVER;
  });
