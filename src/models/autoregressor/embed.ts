import { concat, gather, input, normal, type Scope, type Tensor } from '../../graph/index.ts';
import { llamaEmbed } from '../llama/index.ts';
import { projector } from '../projector/index.ts';
import type { SequenceShape } from './batch.ts';
import type { AutoregressorConfig } from './config.ts';

/** A batch of sequences in pieces; fed from `packItems`. */
export interface SequenceInputs {
  /** Distinct identifiers of the language model's own vocabulary, int64 [text]. */
  readonly textIds: Tensor;
  /** [sentences, sentenceDim] */
  readonly sentences: Tensor;
  /** [faces, faceDim] */
  readonly faces: Tensor;
  /** [visual, tokenDim] */
  readonly visual: Tensor;
  /** Row of each position in the concatenation of special tokens and the four above, int64 [b, t]. */
  readonly index: Tensor;
}

/** Graph inputs `text_ids`, `sentences`, `faces`, `visual` and `index`. */
export function sequenceInputs(config: AutoregressorConfig, shape: SequenceShape): SequenceInputs {
  return {
    textIds: input('text_ids', [shape.text], 'int64'),
    sentences: input('sentences', [shape.sentences, config.sentenceDim]),
    faces: input('faces', [shape.faces, config.faceDim]),
    visual: input('visual', [shape.visual, config.tokenDim]),
    index: input('index', [shape.batch, shape.length], 'int64'),
  };
}

/**
 * The language model's input [b, t, hiddenSize]: identifiers through its embedding table, sentences, faces and visual
 * tokens each through an MLP of their own (paper 3.4). Every distinct row is projected once; one lookup then puts the
 * rows in place. Parameters: LLaMA's `model.embed_tokens`, and `special_tokens`, `sentence_projector`,
 * `face_projector`, `token_projector`.
 */
export function embedSequence(p: Scope, config: AutoregressorConfig, inputs: SequenceInputs): Tensor {
  const width = config.llama.hiddenSize;
  const { llama, specialTokens } = config;
  const std = normal(llama.initializerRange);
  const rows = concat(
    [
      ...(specialTokens > 0 ? [p.at('special_tokens').param('weight', [specialTokens, width], std)] : []),
      llamaEmbed(p, llama, inputs.textIds),
      projector(p.at('sentence_projector'), inputs.sentences, width),
      projector(p.at('face_projector'), inputs.faces, width),
      projector(p.at('token_projector'), inputs.visual, width),
    ],
    0,
  ); // [special + text + sentences + faces + visual, width]
  return gather(rows, inputs.index);
}
