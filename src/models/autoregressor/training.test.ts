import { describe, expect, it } from 'vitest';
import { grad } from '../../autodiff/index.ts';
import { f32, Parameters, type TensorData } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { frame, pack, reference, tiny, weights } from '../../testing/tinyAutoregressor.ts';
import { hostMixture } from '../gaussianMixture/index.ts';
import { llama } from '../llama/index.ts';
import {
  type AutoregressorConfig,
  autoregressorLoss,
  embedSequence,
  evaluation,
  maskedCausalBias,
  mixtureHead,
  trainingFeeds,
  trainingInputs,
  trainingShape,
} from './index.ts';

const batch = [pack([reference(), frame(2), frame(1)]), pack([frame(0)])];
const shape = trainingShape(batch, tiny, 8);
const random = [3, 'step', 0] as const;
const dataOf = (t: TensorData | undefined): Float32Array => t!.data as Float32Array;

/** The loss graph with everything it is fed. */
function build(config: AutoregressorConfig, regularisers = {}) {
  const parameters = new Parameters();
  const inputs = trainingInputs(config, shape, regularisers);
  const parts = autoregressorLoss(parameters.scope(), config, inputs);
  const feeds = {
    ...weights(parameters),
    ...trainingFeeds(batch, config, shape, { ...regularisers, random }),
  };
  return { parameters, inputs, parts, feeds };
}

/** The raw head outputs at the target positions, without regularisers. */
function rawOutputs(config = tiny) {
  const p = new Parameters();
  const inputs = trainingInputs(config, shape, evaluation);
  const { lastHiddenState } = llama(p.scope(), config.llama, embedSequence(p.scope(), config, inputs));
  const raw = mixtureHead(p.scope(), config, lastHiddenState, inputs.targetPositions);
  return { raw, feeds: { ...weights(p), ...trainingFeeds(batch, config, shape, evaluation) } };
}

describe('autoregressorLoss', () => {
  it('gives every parameter a finite gradient, with both regularisers on', async () => {
    const { parameters, parts, feeds } = build({ ...tiny, dropout: 0.2 });
    const list = [...parameters];
    const gradients = grad(
      parts.loss,
      list.map((p) => p.tensor),
    );
    const outputs = Object.fromEntries(gradients.map((g, i) => [`d.${list[i]!.name}`, g]));
    const out = await runGraph({ ...outputs, loss: parts.loss }, feeds);
    expect(dataOf(out.loss)[0]).toBeGreaterThan(0);
    for (const { name } of list) {
      const g = dataOf(out[`d.${name}`]);
      expect(g.every(Number.isFinite), name).toBe(true);
      expect(Math.max(...g.map(Math.abs)), name).toBeGreaterThan(1e-7);
    }
  });

  it('is the likelihood of the tokens under the mixtures at the positions before them', async () => {
    const { parts, feeds } = build(tiny, evaluation);
    const out = await runGraph({ ...parts }, feeds);
    const { raw, feeds: rawFeeds } = rawOutputs();
    const rows = dataOf((await runGraph({ raw }, rawFeeds)).raw);
    const targets = batch.flatMap((s) => s.targets);
    expect(targets.length).toBe(6); // two a frame, none for the reference
    const size = raw.dim(1);
    let nll = 0;
    targets.forEach(({ embedding }, i) => {
      const m = hostMixture(rows.subarray(i * size, (i + 1) * size), tiny.mixture);
      let p = 0;
      m.weights.forEach((w, j) => {
        let density = w;
        embedding.forEach((x, c) => {
          const s = m.stds[j * tiny.tokenDim + c]!;
          density *=
            Math.exp(-0.5 * ((x - m.locations[j * tiny.tokenDim + c]!) / s) ** 2) /
            (s * Math.sqrt(2 * Math.PI));
        });
        p += density;
      });
      nll -= Math.log(p);
    });
    expect(dataOf(out.nll)[0]).toBeCloseTo(nll / 6 / tiny.tokenDim, 4);
    expect(dataOf(out.loss)[0]).toBeCloseTo(dataOf(out.nll)[0]! + dataOf(out.l1)[0]! + dataOf(out.l2)[0]!, 4);
  });

  it('does not depend on padding', async () => {
    const { parts, feeds } = build(tiny, evaluation);
    const a = await runGraph({ loss: parts.loss }, feeds);
    const wide = { ...shape, length: shape.length + 5, visual: shape.visual + 3, targets: shape.targets + 4 };
    const p = new Parameters();
    const { loss } = autoregressorLoss(p.scope(), tiny, trainingInputs(tiny, wide, evaluation));
    const b = await runGraph({ loss }, { ...weights(p), ...trainingFeeds(batch, tiny, wide, evaluation) });
    expect(dataOf(b.loss)[0]).toBeCloseTo(dataOf(a.loss)[0]!, 5);
  });

  it('is causal: a token changes the predictions after it and no other', async () => {
    const { raw, feeds } = rawOutputs();
    const before = dataOf((await runGraph({ raw }, feeds)).raw);
    // rows of `visual`: 0 and 1 are the reference, 2 and 3 the first frame, 4 and 5 the second
    const visual = dataOf(feeds.visual).slice();
    visual.fill(2, 3 * tiny.tokenDim, 4 * tiny.tokenDim); // token 2 of the first frame
    const after = dataOf(
      (await runGraph({ raw }, { ...feeds, visual: f32(visual, feeds.visual!.shape) })).raw,
    );
    const size = raw.dim(1);
    const changed = (i: number): boolean =>
      !before.subarray(i * size, (i + 1) * size).every((v, k) => v === after[i * size + k]);
    expect([0, 1, 2, 3, 4, 5].map(changed)).toEqual([false, false, true, true, false, false]);
  });

  it('learns to tell its components apart from its own fresh state', async () => {
    const { parameters, parts, feeds } = build(tiny, evaluation);
    const head = parameters.get('gmm_head.weight')!;
    const fresh = { ...feeds, [head.name]: f32(new Float32Array(head.tensor.size), head.shape) };
    const bias = parameters.get('gmm_head.bias')!;
    fresh[bias.name] = f32(
      Random.of(4)
        .normals(bias.tensor.size)
        .map((v) => v * 0.1),
      bias.shape,
    );
    const [g] = grad(parts.loss, [head.tensor]);
    const { d } = await runGraph({ d: g! }, fresh);
    // logits first, then (location, raw scale) of each component
    const block = (j: number): Float32Array => {
      const from = tiny.mixture.components + 2 * j * tiny.tokenDim;
      return dataOf(d).subarray(from * 16, (from + tiny.tokenDim) * 16);
    };
    const difference = block(0).reduce((a, v, i) => a + Math.abs(v - block(1)[i]!), 0);
    expect(difference).toBeGreaterThan(0.01 * block(0).reduce((a, v) => a + Math.abs(v), 0));
  });
});

describe('token masking', () => {
  it('hides a position from all others: changing it leaves their outputs unchanged', async () => {
    const { inputs, feeds } = build({ ...tiny, dropout: 0 });
    const p = new Parameters();
    const x = embedSequence(p.scope(), tiny, inputs);
    const hidden = llama(p.scope(), tiny.llama, x, { bias: maskedCausalBias(inputs.keep!) }).lastHiddenState;
    const keep = new Float32Array(inputs.keep!.size).fill(1);
    const at = batch[0]!.items.findIndex((item) => item.kind === 'face');
    keep[at] = 0;
    const run = async (faces: TensorData): Promise<Float32Array> =>
      dataOf((await runGraph({ hidden }, { ...feeds, faces, keep: f32(keep, inputs.keep!.shape) })).hidden);
    const before = await run(feeds.faces!);
    const other = dataOf(feeds.faces).slice();
    other.fill(3, 0, tiny.faceDim); // the first face
    const after = await run(f32(other, feeds.faces!.shape));
    const changed = Array.from({ length: shape.length }, (_, t) => t).filter((t) =>
      before.subarray(t * 16, (t + 1) * 16).some((v, i) => v !== after[t * 16 + i]),
    );
    expect(changed).toEqual([at]); // it still sees itself
    keep[at] = 1;
    expect(
      (await run(f32(other, feeds.faces!.shape))).some((v, i) => i > (at + 1) * 16 && v !== before[i]),
    ).toBe(true);
  });

  it('hides 15 % of the positions and drops half, the same for the same step', () => {
    const feeds = (step: number): Record<string, TensorData> =>
      trainingFeeds(batch, tiny, { ...shape, batch: 8, length: 400 }, { random: [3, 'step', step] });
    const one = feeds(1);
    const mean = (v: ArrayLike<number>): number => Array.from(v).reduce((a, b) => a + b, 0) / v.length;
    expect(Math.abs(mean(dataOf(one.keep)) - 0.85)).toBeLessThan(0.03);
    expect(Math.abs(mean(one.dropout!.data as Uint8Array) - 0.5)).toBeLessThan(0.01);
    expect(feeds(1).keep).toEqual(one.keep);
    expect(feeds(1).dropout).toEqual(one.dropout);
    expect(feeds(2).keep).not.toEqual(one.keep);
  });

  it('hides all visual tokens of some sequences, and nothing else', () => {
    const config = { ...tiny, maskProbability: 0, hiddenHistoryProbability: 0.5 };
    let hidden = 0;
    for (let step = 0; step < 20; step++) {
      const keep = dataOf(trainingFeeds(batch, config, shape, { random: [3, 'step', step] }).keep);
      batch.forEach(({ items }, b) => {
        const row = Array.from(keep).slice(b * shape.length, (b + 1) * shape.length);
        const seen = items.flatMap(({ kind }, t) => (kind === 'visual' ? [row[t]] : []));
        expect(new Set(seen).size).toBe(1);
        expect(row.every((v, t) => v === 1 || items[t]?.kind === 'visual')).toBe(true);
        if (seen[0] === 0) hidden++;
      });
    }
    expect(hidden).toBeGreaterThan(0);
    expect(hidden).toBeLessThan(20 * batch.length);
  });

  it('and dropout can each be left out', () => {
    const names = (c: AutoregressorConfig, r = {}): string[] =>
      Object.keys(trainingFeeds(batch, c, shape, { ...r, random }));
    expect(names(tiny)).toEqual(expect.arrayContaining(['keep', 'dropout']));
    expect(names({ ...tiny, maskProbability: 0 })).not.toContain('keep');
    expect(names(tiny, { dropout: false })).not.toContain('dropout');
    expect(() => trainingFeeds(batch, tiny, shape)).toThrow(/random/);
  });
});

it('names the size that a batch needs', () => {
  const small = { ...shape, length: 7 };
  expect(() => trainingFeeds(batch, tiny, small, evaluation)).toThrow(
    /needs length \d+, the graph was built for 7/,
  );
  expect(() => trainingFeeds(batch, tiny, { ...shape, targets: 5 }, evaluation)).toThrow(/needs targets 6/);
});
