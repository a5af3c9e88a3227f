import { f32, i64, type TensorData } from '../../graph/index.ts';
import type { AutoregressorConfig } from './config.ts';
import type { PackedSequence, SequenceItem } from './sequence.ts';

/** The static sizes of one batch: graphs are compiled for them, shorter sequences are padded. */
export interface SequenceShape {
  /** Sequences in a batch. */
  readonly batch: number;
  /** Positions of each sequence. */
  readonly length: number;
  /** Rows for distinct identifiers, sentences, faces and visual tokens of the whole batch, each at least 1. */
  readonly text: number;
  /** Rows for sentences. */
  readonly sentences: number;
  /** Rows for faces. */
  readonly faces: number;
  /** Rows for visual tokens. */
  readonly visual: number;
}

/** The names of the inputs that hold the sequence itself; see `sequenceInputs`. */
export type SequenceFeeds = Record<'text_ids' | 'sentences' | 'faces' | 'visual' | 'index', TensorData>;

const kinds = ['identifier', 'sentence', 'face', 'visual'] as const;
type Kind = (typeof kinds)[number];
const capacityOf: Record<Kind, 'text' | 'sentences' | 'faces' | 'visual'> = {
  identifier: 'text',
  sentence: 'sentences',
  face: 'faces',
  visual: 'visual',
};

/** Distinct rows of each kind in order of first use: an embedding is known by its array, an identifier by its id. */
class Rows {
  readonly of: Record<Kind, Map<number | Float32Array, number>> = {
    identifier: new Map(),
    sentence: new Map(),
    face: new Map(),
    visual: new Map(),
  };

  add(item: SequenceItem): number {
    return this.row(item.kind, item.kind === 'identifier' ? item.id : item.embedding);
  }

  row(kind: Kind, key: number | Float32Array): number {
    const rows = this.of[kind];
    const known = rows.get(key);
    if (known !== undefined) return known;
    rows.set(key, rows.size);
    return rows.size - 1;
  }
}

/** The row of an identifier that the language model's vocabulary lacks. */
function specialRow(id: number, { llama, specialTokens }: AutoregressorConfig): number {
  const row = id - llama.vocabSize;
  if (row < specialTokens) return row;
  throw new RangeError(
    `packItems: identifier ${id} is out of range; the model has ${llama.vocabSize} text and ${specialTokens} special tokens`,
  );
}

/** A batch of item lists as host arrays, and the row of each visual token among the `visual` rows. */
export interface SequenceBatch {
  /** Feeds of the training graph by input name. */
  readonly feeds: SequenceFeeds;
  /**
   * The row of a visual token among the `visual` rows.
   * @param embedding the array that was given in the item list; found by identity, not by value
   * @throws RangeError when the batch has no such visual token
   */
  visualRow(embedding: Float32Array): number;
}

/**
 * Writes a batch of sequences as the arrays that `embedSequence` takes: distinct rows of each kind, padded with zeros,
 * and for every position the index of its row in their concatenation. Padded positions repeat row 0; they stand behind
 * the real ones, which causal attention keeps from seeing them.
 * @throws RangeError where something does not fit the shape; the message names the size that is needed
 */
export function packItems(
  lists: readonly (readonly SequenceItem[])[],
  shape: SequenceShape,
  config: AutoregressorConfig,
): SequenceBatch {
  const { vocabSize } = config.llama;
  const need = measure(lists, vocabSize);
  const rows = need.rows;
  for (const key of ['batch', 'length', 'text', 'sentences', 'faces', 'visual'] as const) {
    if (need.shape[key] > shape[key]) {
      throw new RangeError(
        `packItems: the batch needs ${key} ${need.shape[key]}, the graph was built for ${shape[key]}`,
      );
    }
  }
  const start = { identifier: 0, sentence: 0, face: 0, visual: 0 };
  let offset = config.specialTokens;
  for (const kind of kinds) {
    start[kind] = offset;
    offset += shape[capacityOf[kind]];
  }
  const index = new Int32Array(shape.batch * shape.length);
  lists.forEach((items, b) => {
    items.forEach((item, t) => {
      const special = item.kind === 'identifier' && item.id >= vocabSize;
      index[b * shape.length + t] = special ? specialRow(item.id, config) : start[item.kind] + rows.add(item);
    });
  });
  const ids = new Int32Array(shape.text);
  for (const [id, row] of rows.of.identifier) ids[row] = id as number;
  const matrix = (kind: Exclude<Kind, 'identifier'>, dim: number): TensorData => {
    const count = shape[capacityOf[kind]];
    const data = new Float32Array(count * dim);
    for (const [embedding, row] of rows.of[kind] as Map<Float32Array, number>) {
      if (embedding.length !== dim) {
        throw new RangeError(
          `packItems: a ${kind} embedding must have ${dim} values, got ${embedding.length}`,
        );
      }
      data.set(embedding, row * dim);
    }
    return f32(data, [count, dim]);
  };
  return {
    feeds: {
      text_ids: i64(ids, [shape.text]),
      sentences: matrix('sentence', config.sentenceDim),
      faces: matrix('face', config.faceDim),
      visual: matrix('visual', config.tokenDim),
      index: i64(index, [shape.batch, shape.length]),
    },
    visualRow: (embedding) => rows.row('visual', embedding),
  };
}

/**
 * The smallest shape that holds the sequences, with sizes rounded up to multiples of `step`, so that batches of
 * similar size share a compiled graph.
 */
export function sequenceShape(
  sequences: readonly Pick<PackedSequence, 'items'>[],
  config: AutoregressorConfig,
  step = 1,
): SequenceShape {
  const { shape } = measure(
    sequences.map((s) => s.items),
    config.llama.vocabSize,
  );
  const up = (n: number): number => Math.ceil(n / step) * step;
  const { batch, length, text, sentences, faces, visual } = shape;
  return {
    batch,
    length: up(length),
    text: up(text),
    sentences: up(sentences),
    faces: up(faces),
    visual: up(visual),
  };
}

function measure(
  lists: readonly (readonly SequenceItem[])[],
  vocabSize: number,
): { rows: Rows; shape: SequenceShape } {
  const rows = new Rows();
  for (const items of lists) {
    for (const item of items) if (item.kind !== 'identifier' || item.id < vocabSize) rows.add(item);
  }
  const size = (kind: Kind): number => Math.max(1, rows.of[kind].size);
  return {
    rows,
    shape: {
      batch: lists.length,
      length: Math.max(1, ...lists.map((items) => items.length)),
      text: size('identifier'),
      sentences: size('sentence'),
      faces: size('face'),
      visual: size('visual'),
    },
  };
}
