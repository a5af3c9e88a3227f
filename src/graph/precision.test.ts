import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkpoint, float32ToFloat16, writeSafetensors } from '../checkpoints/index.ts';
import { llama, llamaEmbed, readLlamaConfig } from '../models/llama/index.ts';
import { readUNet2DConfig, unet2d } from '../models/unet2d/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { freshValues } from '../testing/gradients.ts';
import { f32, i64, type TensorData } from './data.ts';
import { providers } from './lowering/index.ts';
import { add, cos, exp, gemm, layerNorm, mul, silu, softmax, sum } from './ops/index.ts';
import { type CompileOptions, compile, type OnnxProgram } from './program.ts';
import { Parameters } from './scope.ts';
import { constant, input, parameter, type Tensor } from './tensor.ts';

const folder = mkdtempSync(join(tmpdir(), 'precision-'));
let host: WorkerHost;
beforeAll(async () => {
  host = await WorkerHost.start({ threads: 1 });
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

const half: CompileOptions = { ...providers.webgpu, precision: 'float16' };

/** How many conversions a program has. */
const castsOf = (program: OnnxProgram): number =>
  Buffer.from(program.bytes)
    .toString('latin1')
    .split(/Cast_\d+/).length - 1;

/** Runs in both precisions over the same half-precision checkpoint; the CPU stands in for a device. */
async function both(
  outputs: Record<string, Tensor>,
  parameters: Parameters,
  feeds: Record<string, TensorData>,
): Promise<{ error: number; program: OnnxProgram }> {
  const fresh = freshValues(Object.values(outputs), parameters);
  const path = join(folder, `${Object.keys(outputs).join()}.safetensors`);
  await writeSafetensors(
    path,
    Object.fromEntries(
      [...parameters].map(({ name, shape }) => {
        const data = float32ToFloat16((fresh[name] as TensorData).data as Float32Array);
        return [name, { dtype: 'float16', shape, data }];
      }),
    ),
  );
  const checkpoint = await Checkpoint.open([path]);
  await checkpoint.close();
  const run = async (options: CompileOptions): Promise<[OnnxProgram, Record<string, TensorData>]> => {
    const program = compile(outputs, { weights: checkpoint.weights(), ...options });
    const session = await host.load(program);
    const all = program.inputs.map(({ name }) => [name, feeds[name] ?? fresh[name]]);
    const results = await session.run(Object.fromEntries(all));
    await session.release();
    return [program, results];
  };
  const [, expected] = await run({});
  const [program, got] = await run(half);
  let [off, norm] = [0, 0];
  for (const [name, { data }] of Object.entries(expected)) {
    const [is, was] = [got[name]!.data, data] as [Float32Array, Float32Array];
    for (let i = 0; i < was.length; i++) {
      off += (is[i]! - was[i]!) ** 2;
      norm += was[i]! ** 2;
    }
  }
  return { error: Math.sqrt(off / norm), program };
}

describe('precision float16', () => {
  it('computes a U-Net to half precision, also at late time steps', async () => {
    const config = readUNet2DConfig({
      in_channels: 4,
      out_channels: 4,
      block_out_channels: [8, 16],
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
      up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
      layers_per_block: 1,
      attention_head_dim: 4,
      cross_attention_dim: 8,
      norm_num_groups: 4,
    });
    const parameters = new Parameters();
    const prediction = unet2d(parameters.scope(), config, {
      sample: input('sample', [1, 4, 8, 8]),
      timestep: input('timestep', [1]),
      encoderHiddenStates: input('rows', [1, 5, 8]),
    });
    const { error } = await both({ prediction }, parameters, { timestep: f32([987], [1]) });
    expect(error).toBeGreaterThan(1e-5);
    expect(error).toBeLessThan(5e-3);
  });

  it('computes LLaMA to half precision, its weights used as they are stored', async () => {
    const config = readLlamaConfig({
      ...{ vocab_size: 30, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2 },
      ...{ num_attention_heads: 4, num_key_value_heads: 2 },
    });
    const parameters = new Parameters();
    const p = parameters.scope();
    const { lastHiddenState } = llama(p, config, llamaEmbed(p, config, input('ids', [1, 9], 'int64')));
    const ids = i64([1, 5, 9, 2, 22, 7, 7, 3, 0], [1, 9]);
    const { error, program } = await both({ lastHiddenState }, parameters, { ids });
    expect(error).toBeGreaterThan(1e-5);
    expect(error).toBeLessThan(5e-3);
    const text = Buffer.from(program.bytes).toString('latin1');
    for (const { name, shape } of parameters) {
      const isCast = new RegExp(`${name.replaceAll('.', '\\.')}\x12.[^\x1a]*\x1a.Cast_`, 's').test(text);
      expect(isCast, name).toBe(shape.length === 1); // the norms' scales only
    }
  });

  it('keeps in float32 what half precision does not hold', async () => {
    const x = input('x', [2, 4]);
    const scale = parameter('w', [4, 4]);
    const programOf = (y: Tensor): OnnxProgram => compile({ y }, half);
    // no product, nothing to gain
    for (const y of [exp(x), cos(mul(x, 1000)), sum(x), add(x, 1), softmax(x), silu(x)])
      expect(castsOf(programOf(y))).toBe(0);
    // two factors to half precision, and the result back
    expect(castsOf(programOf(gemm(x, scale)))).toBe(3);
    expect(castsOf(programOf(mul(gemm(x, scale), 0.5)))).toBe(4);
    // an epsilon would be nothing, and a mask's number infinite: such sums are wide
    expect(castsOf(programOf(add(gemm(x, scale), 1e-6)))).toBe(3);
    const mask = constant(f32([0, 0, -1e9, -1e9], [4]));
    expect(castsOf(programOf(softmax(add(gemm(x, scale), mask))))).toBe(3);
    // a norm reads float32 and gives back half precision to the next product
    const normal = layerNorm(gemm(x, scale), parameter('s', [4]), parameter('b', [4]), 1e-5);
    expect(castsOf(programOf(gemm(normal, scale)))).toBe(5);
  });
});
