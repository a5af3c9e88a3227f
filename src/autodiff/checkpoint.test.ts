import { describe, expect, it } from 'vitest';
import {
  add,
  f32,
  input,
  mul,
  Parameters,
  type ParametersOptions,
  type Scope,
  sum,
  type Tensor,
  type TensorData,
  tanh,
} from '../graph/index.ts';
import { llama, readLlamaConfig } from '../models/llama/index.ts';
import { readUNet2DConfig, unet2d } from '../models/unet2d/index.ts';
import { linear } from '../nn/index.ts';
import { initialValues } from '../nn/initialise.ts';
import { Random } from '../random/index.ts';
import { runGraph } from '../testing/runGraph.ts';
import { checkpoint } from './checkpoint.ts';
import { grad } from './grad.ts';

const random = Random.of(1, 'checkpoint');
const numbers = (shape: readonly number[]): TensorData =>
  f32(random.normals(shape.reduce((a, b) => a * b, 1)), shape);

/** The loss and all gradients of a model's output against fixed numbers, with and without checkpoints. */
async function both(
  build: (p: Scope) => Tensor,
  feeds: Record<string, TensorData>,
): Promise<{ plain: Record<string, TensorData>; again: Record<string, TensorData> }> {
  const run = async (options: ParametersOptions): Promise<Record<string, TensorData>> => {
    const parameters = new Parameters(undefined, options);
    const y = build(parameters.scope());
    const loss = sum(mul(y, input('g', y.shape)));
    const all = [...parameters];
    const gradients = grad(
      loss,
      all.map((p) => p.tensor),
    );
    const outputs: Record<string, Tensor> = { loss };
    all.forEach((p, i) => {
      outputs[`d ${p.name}`] = gradients[i] as Tensor;
    });
    const weights = Object.fromEntries(
      all.map((p) => {
        const init = p.init.kind === 'zeros' ? ({ kind: 'normal', std: 0.1 } as const) : p.init;
        return [p.name, f32(initialValues({ ...p, init }, 1), p.shape)];
      }),
    );
    return runGraph(outputs, { ...feeds, ...weights, g: f32(Random.of(2, 'g').normals(y.size), y.shape) });
  };
  return { plain: await run({}), again: await run({ block: checkpoint }) };
}

function expectEqual({ plain, again }: Awaited<ReturnType<typeof both>>, most: number): void {
  for (const [name, { data }] of Object.entries(plain)) {
    const other = again[name]?.data as Float32Array;
    const norm = Math.hypot(...(data as Float32Array)) || 1;
    const off = Math.hypot(...(data as Float32Array).map((v, i) => v - (other[i] as number)));
    expect(off / norm, name).toBeLessThan(most);
  }
}

describe('checkpoint', () => {
  it("gives LLaMA's gradients", async () => {
    const config = readLlamaConfig({
      ...{ vocab_size: 11, hidden_size: 16, intermediate_size: 24, num_hidden_layers: 3 },
      ...{ num_attention_heads: 4, num_key_value_heads: 2 },
    });
    const results = await both(
      (p) => llama(p, config, linear(p.at('in'), input('x', [2, 5, 8]), 16)).lastHiddenState,
      { x: numbers([2, 5, 8]) },
    );
    expectEqual(results, 1e-6);
    expect(Object.keys(results.plain).length).toBeGreaterThan(25);
  });

  it("gives a U-Net's gradients", async () => {
    const config = readUNet2DConfig({
      ...{
        in_channels: 2,
        out_channels: 2,
        block_out_channels: [8, 16],
        layers_per_block: 1,
        norm_num_groups: 4,
      },
      ...{ down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'], cross_attention_dim: 6 },
      ...{ up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'], attention_head_dim: [1, 2] },
      ...{ transformer_layers_per_block: [1, 2], use_linear_projection: true },
    });
    const results = await both(
      (p) =>
        unet2d(p, config, {
          sample: input('sample', [2, 2, 8, 8]),
          timestep: input('t', [2]),
          encoderHiddenStates: input('context', [2, 3, 6]),
        }),
      { sample: numbers([2, 2, 8, 8]), t: f32([3, 700], [2]), context: numbers([2, 3, 6]) },
    );
    expectEqual(results, 1e-6);
  });

  it('computes the inside of a block again, behind the gradient', () => {
    const x = input('x', [4]);
    const y = checkpoint([x], () => tanh(tanh(x)));
    const [g] = grad(sum(y), [x]) as [Tensor];
    const ops = new Set<string>();
    const look = (t: Tensor): void => {
      if (t.source.kind !== 'node') return;
      ops.add(t.source.node.op);
      t.source.node.inputs.forEach(look);
    };
    look(g);
    expect(ops).toContain('after');
  });

  it('refuses a block whose inside is used elsewhere', () => {
    const x = input('x', [4]);
    let inside: Tensor | undefined;
    const y = checkpoint([x], () => {
      inside = tanh(x);
      return tanh(inside);
    });
    expect(() => grad(sum(add(y, inside as Tensor)), [x])).toThrow('inside of a checkpointed block');
  });
});
