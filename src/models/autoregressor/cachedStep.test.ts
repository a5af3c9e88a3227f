import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, f32, Parameters, sizeOf, type TensorData } from '../../graph/index.ts';
import { initialValues } from '../../nn/initialise.ts';
import { Random } from '../../random/index.ts';
import { type Resident, type Session, WorkerHost } from '../../runtime/index.ts';
import { cacheTensor, currentName } from '../llama/index.ts';
import {
  autoregressorConfig,
  autoregressorStep,
  cachedStepFeeds,
  cachedStepInputs,
  type SequenceItem,
  stepFeeds,
  stepInputs,
  unknownLength,
} from './index.ts';

const config = autoregressorConfig.parse({
  llama: {
    ...{ vocab_size: 20, hidden_size: 64, intermediate_size: 48, num_hidden_layers: 2 },
    ...{ num_attention_heads: 4, num_key_value_heads: 2 },
  },
  ...{ tokenDim: 6, sentenceDim: 5, faceDim: 4, mixture: { components: 2 } },
});
const random = Random.of(2, 'items');
const items = Array.from({ length: 11 }, (_, i): SequenceItem => {
  if (i % 4 === 0) return { kind: 'sentence', embedding: random.normals(5) };
  if (i % 4 === 1) return { kind: 'visual', embedding: random.normals(6) };
  return { kind: 'identifier', id: i };
});

/** Weights of the model; the head's kernel, zero at first, is drawn as well. */
function weights(parameters: Parameters, scale = 0.004): Record<string, TensorData> {
  return Object.fromEntries(
    [...parameters].map((p) => {
      const init = p.name === 'gmm_head.weight' ? ({ kind: 'normal', std: 0.2 } as const) : p.init;
      const isScale = p.name.startsWith('kv_cache');
      const values = isScale
        ? new Float32Array(sizeOf(p.shape)).fill(scale)
        : initialValues({ ...p, init }, 1);
      return [p.name, f32(values, p.shape)];
    }),
  );
}

describe('a step over a cache that is extended in place', () => {
  let host: WorkerHost;
  beforeAll(async () => {
    host = await WorkerHost.start({ threads: 1 });
  });
  afterAll(() => host.close());

  /** The mixtures after each of the chunks. */
  async function run(bits: 32 | 8 | 4, chunks: readonly number[]): Promise<Float32Array[]> {
    const parameters = new Parameters();
    const p = parameters.scope();
    const shape = { capacity: 16, bits };
    const outputs = autoregressorStep(p, config, cachedStepInputs(p, config, shape));
    const session: Session = await host.load(compile(outputs, { unknown: unknownLength }));
    const cache: Record<string, Resident> = {};
    const { dtype, shape: slots } = cacheTensor(config.llama, shape);
    for (let i = 0; i < config.llama.layers; i++) {
      for (const name of [currentName(i, 'key'), currentName(i, 'value')]) {
        const data = dtype === 'float32' ? new Float32Array(sizeOf(slots)) : new Int8Array(sizeOf(slots));
        cache[name] = await host.put(name, {
          dtype,
          shape: slots,
          data: dtype === 'uint8' ? new Uint8Array(data) : data,
        });
      }
    }
    const past = Object.fromEntries(Object.entries(cache).map(([name, r]) => [`past_${name}`, r]));
    const results: Float32Array[] = [];
    let filled = 0;
    for (const n of chunks) {
      const feeds = {
        ...weights(parameters, bits === 4 ? 0.07 : 0.004),
        ...past,
        ...cachedStepFeeds(items.slice(filled, filled + n), filled, config),
      };
      const { raw } = await session.run(feeds, { fetch: ['raw'], update: cache });
      results.push(raw?.data as Float32Array);
      filled += n;
    }
    await session.release();
    return results;
  }

  /** The mixture behind the first `n` items, without any cache. */
  async function whole(n: number): Promise<Float32Array> {
    const shape = {
      batch: 1,
      length: n,
      capacity: n,
      reads: 1,
      text: 11,
      sentences: 11,
      faces: 11,
      visual: 11,
    };
    const parameters = new Parameters();
    const outputs = autoregressorStep(parameters.scope(), config, stepInputs(config, shape));
    const session = await host.load(compile({ raw: outputs.raw! }));
    const { dtype } = cacheTensor(config.llama, { capacity: n, bits: 32 });
    const slots = [1, config.llama.kvHeads, n, config.llama.headDim];
    const empty = { dtype, shape: slots, data: new Float32Array(sizeOf(slots)) };
    const past = Object.fromEntries(
      [0, 1].flatMap((i) => [`past_key.${i}`, `past_value.${i}`].map((name) => [name, empty])),
    );
    const feeds = {
      ...weights(parameters),
      ...past,
      ...stepFeeds({ items: [items.slice(0, n)] }, config, shape),
    };
    const { raw } = await session.run(feeds);
    await session.release();
    return raw?.data as Float32Array;
  }

  const error = (a: Float32Array, b: Float32Array): number =>
    Math.hypot(...a.map((v, i) => v - (b[i] as number))) / Math.hypot(...b);

  it.each([
    { bits: 32, most: 1e-5 },
    { bits: 8, most: 2e-2 },
    { bits: 4, most: 0.2 },
  ] as const)('of $bits bits agrees with one without a cache', async ({ bits, most }) => {
    const got = await run(bits, [6, 1, 1, 3]);
    const expected = await Promise.all([6, 7, 8, 11].map(whole));
    for (const [i, e] of expected.entries()) expect(error(got[i] as Float32Array, e)).toBeLessThan(most);
  });

  it('gives the same bits however a sequence is fed again', async () => {
    expect(await run(32, [6, 1, 4])).toEqual(await run(32, [6, 1, 4]));
  });
});
