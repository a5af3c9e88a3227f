import { f32, type Parameters, type TensorData } from '../graph/index.ts';
import {
  type AutoregressorConfig,
  autoregressorConfig,
  identifierWords,
  type LayoutSegment,
  type PackedSequence,
  packSequence,
  type SequenceFrame,
  wordListTokenizer,
} from '../models/autoregressor/index.ts';
import { Random } from '../random/index.ts';

/** A model that runs in milliseconds. */
export const tiny: AutoregressorConfig = autoregressorConfig.parse({
  llama: {
    vocab_size: identifierWords.length,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
  },
  tokenDim: 6,
  sentenceDim: 5,
  faceDim: 4,
  mixture: { components: 3 },
});

export const tokenizer: ReturnType<typeof wordListTokenizer> = wordListTokenizer();

const random = Random.of(11, 'tiny autoregressor');
const identifier = (text: string): LayoutSegment => ({ kind: 'identifier', text });

/** A frame with random embeddings: `people` characters with a sentence each, and one sentence of plot. */
export function frame(people: number, options: { tokens?: number; predict?: boolean } = {}): SequenceFrame {
  const { tokens = 2, predict = true } = options;
  const layout = [identifier('[START_OF_FRAME]'), identifier('Characters:')];
  for (let i = 0; i < people; i++) {
    layout.push(identifier('-'), { kind: 'face', character: `c${i}` }, { kind: 'sentence', text: `s${i}` });
  }
  layout.push(identifier('Plots:'), identifier('-'), { kind: 'sentence', text: 'plot' });
  layout.push({ kind: 'visual', index: 0 }, { kind: 'visual', index: 1 }, identifier('[END_OF_FRAME]'));
  const vectors = (n: number, dim: number): Float32Array[] =>
    Array.from({ length: n }, () => random.normals(dim));
  return {
    layout,
    sentences: vectors(people + 1, tiny.sentenceDim),
    faces: vectors(people, tiny.faceDim),
    tokens: vectors(tokens, tiny.tokenDim),
    predict,
  };
}

/** A few-shot reference frame. */
export function reference(): SequenceFrame {
  const layout: LayoutSegment[] = [
    identifier('[REFERENCE]'),
    { kind: 'visual', index: 0 },
    { kind: 'visual', index: 1 },
    identifier('[END_OF_FRAME]'),
  ];
  return { ...frame(0, { predict: false }), layout, sentences: [] };
}

/** Random values for every parameter, as feeds. */
export function weights(parameters: Parameters): Record<string, TensorData> {
  const all = [...parameters].map(({ name, shape, tensor }) => {
    const norm = name.endsWith('norm.weight');
    const values = Random.of(12, name).normals(tensor.size);
    return [
      name,
      f32(
        values.map((v) => (norm ? 1 : 0) + 0.3 * v),
        shape,
      ),
    ] as const;
  });
  return Object.fromEntries(all);
}

export const pack = (frames: readonly SequenceFrame[]): PackedSequence => packSequence(frames, tokenizer);
