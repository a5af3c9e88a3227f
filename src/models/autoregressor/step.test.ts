import { describe, expect, it } from 'vitest';
import { constant, f32, Parameters, type TensorData } from '../../graph/index.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { frame, pack, reference, tiny, weights } from '../../testing/tinyAutoregressor.ts';
import { llama } from '../llama/index.ts';
import {
  autoregressorStep,
  embedSequence,
  mixtureHead,
  packItems,
  type SequenceItem,
  type StepShape,
  sequenceInputs,
  sequenceShape,
  stepFeeds,
  stepInputs,
} from './index.ts';

const { layers, kvHeads, headDim } = tiny.llama;
const shape: StepShape = {
  batch: 1,
  length: 16,
  capacity: 48,
  reads: 1,
  text: 7,
  sentences: 8,
  faces: 4,
  visual: 8,
};
const dataOf = (t: TensorData | undefined): Float32Array => t!.data as Float32Array;

const parameters = new Parameters();
const outputs = autoregressorStep(parameters.scope(), tiny, stepInputs(tiny, shape));

/** What a session does: keeps the cache, feeds the items that are new. */
class Generation {
  filled = 0;
  readonly cache = new Map<string, Float32Array>();

  constructor() {
    for (let i = 0; i < layers; i++) {
      for (const part of ['key', 'value'])
        this.cache.set(`${part}.${i}`, new Float32Array(kvHeads * shape.capacity * headDim));
    }
  }

  async run(items: readonly SequenceItem[]): Promise<Float32Array> {
    const feeds: Record<string, TensorData> = { ...weights(parameters) };
    for (const [name, data] of this.cache)
      feeds[`past_${name}`] = f32(data, [1, kvHeads, shape.capacity, headDim]);
    const out = await runGraph(outputs, {
      ...feeds,
      ...stepFeeds({ items: [items], filled: this.filled }, tiny, shape),
    });
    for (const [name, data] of this.cache) {
      const rows = dataOf(out[name]);
      for (let h = 0; h < kvHeads; h++) {
        const from = h * shape.length * headDim;
        data.set(
          rows.subarray(from, from + items.length * headDim),
          (h * shape.capacity + this.filled) * headDim,
        );
      }
    }
    this.filled += items.length;
    return dataOf(out.raw);
  }
}

/** The head's output at the last item, computed from the whole sequence at once. */
async function atOnce(items: readonly SequenceItem[]): Promise<Float32Array> {
  const p = new Parameters();
  const full = sequenceShape([{ items }], tiny);
  const x = embedSequence(p.scope(), tiny, sequenceInputs(tiny, full));
  const last = { dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(items.length - 1)) } as const;
  const raw = mixtureHead(p.scope(), tiny, llama(p.scope(), tiny.llama, x).lastHiddenState, constant(last));
  return dataOf((await runGraph({ raw }, { ...weights(p), ...packItems([items], full, tiny).feeds })).raw);
}

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i]!, 4);
  });
}

describe('autoregressorStep', () => {
  it('frame by frame with a cache equals the whole sequence at once', async () => {
    const [first, second] = [frame(2), frame(1)];
    const frames = [reference(), first, second];
    const generation = new Generation();
    const tokensOf = (n: number, count: number): typeof frames =>
      frames.slice(0, n + 1).map((f, i) => (i < n ? f : { ...f, tokens: f.tokens.slice(0, count) }));
    // each sequence continues the one before: script, then token 1, then token 2 with the next script
    for (const [n, count] of [
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1],
    ] as const) {
      const sequence = pack(tokensOf(n, count));
      expect(sequence.open).toBe(true);
      const raw = await generation.run(sequence.items.slice(generation.filled));
      expectClose(raw, await atOnce(sequence.items));
    }
  });

  it('can hide the script from one row of a batch, for guidance without condition', async () => {
    const pair: StepShape = { ...shape, batch: 2, reads: 2, padded: true };
    const p = new Parameters();
    const graph = autoregressorStep(p.scope(), tiny, stepInputs(tiny, pair));
    const { items } = pack([{ ...frame(1), tokens: [] }]);
    const mask = new Uint8Array(2 * pair.length).fill(1);
    items.forEach((item, t) => {
      if (item.kind !== 'identifier') mask[pair.length + t] = 0;
    });
    const empty = f32(new Float32Array(2 * kvHeads * shape.capacity * headDim), [
      2,
      kvHeads,
      shape.capacity,
      headDim,
    ]);
    const past = Object.fromEntries(
      Array.from({ length: layers }, (_, i) =>
        ['key', 'value'].map((part) => [`past_${part}.${i}`, empty]),
      ).flat(),
    );
    const run = async (list: readonly SequenceItem[]): Promise<Float32Array> => {
      const feeds = stepFeeds({ items: [list, list], mask }, tiny, pair);
      return dataOf((await runGraph(graph, { ...weights(p), ...past, ...feeds })).raw);
    };
    const before = await run(items);
    const half = before.length / 2;
    const other = items.map((item) =>
      item.kind === 'face' ? { ...item, embedding: item.embedding.map((v) => v + 1) } : item,
    );
    const after = await run(other);
    expect(after.subarray(0, half)).not.toEqual(before.subarray(0, half));
    expect(after.subarray(half)).toEqual(before.subarray(half));
    expectClose(before.subarray(0, half), await atOnce(items));
  });

  it('says when the cache is full or the chunk too long', () => {
    const { items } = pack([frame(2)]);
    expect(() => stepFeeds({ items: [items], filled: 40 }, tiny, shape)).toThrow(
      /capacity 48; roll the window/,
    );
    expect(() => stepFeeds({ items: [[...items, ...items]] }, tiny, shape)).toThrow(/needs length 28/);
    expect(() => stepFeeds({ items: [items], read: [[0, 14]] }, tiny, shape)).toThrow(/which has 14 items/);
  });
});
