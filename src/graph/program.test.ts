import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  float32ToBfloat16,
  float32ToFloat16,
  SafetensorsFile,
  writeSafetensors,
} from '../checkpoints/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { runGraph } from '../testing/runGraph.ts';
import { f32, i64, type TensorData } from './data.ts';
import { add, cast, exp, gather, gemm, layerNorm, mul, reshape, slice, split } from './ops/index.ts';
import { type CompileOptions, compile } from './program.ts';
import { constant, GraphError, input, parameter, scalar } from './tensor.ts';

const values = async (...args: Parameters<typeof runGraph>): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    Object.entries(await runGraph(...args)).map(([k, t]) => [k, Array.from(t.data as Float32Array, Number)]),
  );

describe('compile', () => {
  test('says what is fed and what comes out', () => {
    const x = input('x', [2]);
    const w = parameter('w', [2]);
    const program = compile({ y: mul(x, w), z: exp(input('k', [])) });
    expect(program.inputs).toEqual([
      { name: 'x', dtype: 'float32', shape: [2] },
      { name: 'k', dtype: 'float32', shape: [] },
      { name: 'w', dtype: 'float32', shape: [2] },
    ]);
    expect(program.outputs).toEqual([
      { name: 'y', dtype: 'float32', shape: [2] },
      { name: 'z', dtype: 'float32', shape: [] },
    ]);
    expect(program.external).toBeUndefined();
  });

  test('refuses two leaves of one name, and outputs named like leaves', () => {
    const [a, b] = [input('a', [2]), input('a', [2])];
    expect(() => compile({ y: add(a, b) })).toThrow(GraphError);
    expect(() => compile({ y: add(a, b) })).toThrow("two inputs or parameters are called 'a'");
    expect(() => compile({ y: add(a, parameter('a', [2])) })).toThrow("are called 'a'");
    expect(() => compile({ a: exp(a) })).toThrow("output 'a' has the name of an input or parameter");
    expect(() => compile({ '%1': exp(a) })).toThrow("'%1'");
    expect(() => compile({})).toThrow('at least one output');
  });

  test('returns inputs, constants and one tensor under two names', async () => {
    const x = input('x', [2]);
    const y = exp(x);
    const c = constant(i64([3, 4], [2]));
    const out = await values({ same: x, one: y, two: y, c }, { x: f32([0, 0], [2]) });
    expect(out).toEqual({ same: [0, 0], one: [1, 1], two: [1, 1], c: [3, 4] });
  });

  test('leaves out what no output needs', async () => {
    const x = input('x', [4]);
    const [first] = split(x, 2, 0);
    mul(x, parameter('unused', [4])); // built, never asked for
    const program = compile({ first: first! });
    expect(program.inputs.map((i) => i.name)).toEqual(['x']);
    expect(await values({ first: first! }, { x: f32([1, 2, 3, 4], [4]) })).toEqual({ first: [1, 2] });
  });

  test('writes the same bytes for the same graph', () => {
    const build = (): Uint8Array => {
      const x = input('x', [2, 3]);
      return compile({
        y: layerNorm(x, parameter('s', [3]), parameter('b', [3]), 1e-5),
        z: mul(x, scalar(2)),
      }).bytes;
    };
    expect(build()).toEqual(build());
  });

  test('outlives graphs deeper than the call stack', async () => {
    let t = input('x', [1]);
    for (let i = 0; i < 20_000; i++) t = add(t, 1);
    expect(compile({ y: t }).outputs).toHaveLength(1);
  });
});

describe('weights in a .safetensors file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'program-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const numbers = Float32Array.of(1.5, -2, 0.25, 3, 100, -0.125);
  const kinds: Record<string, TensorData> = {
    float32: f32(numbers, [2, 3]),
    float16: { dtype: 'float16', shape: [2, 3], data: float32ToFloat16(numbers) },
    bfloat16: { dtype: 'bfloat16', shape: [2, 3], data: float32ToBfloat16(numbers) },
  };

  async function weights(stored: TensorData): Promise<NonNullable<CompileOptions['weights']>> {
    const location = `${stored.dtype}.safetensors`;
    // one byte of odd length in front: nothing needs to be aligned
    const odd: TensorData = { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) };
    await writeSafetensors(join(folder, location), { odd, 'fc.weight': stored });
    const file = await SafetensorsFile.open(join(folder, location));
    const { byteOffset: offset, byteLength: length, shape } = file.info('fc.weight');
    await file.close();
    const found = { location, offset, length, dtype: stored.dtype, shape };
    return { folder, locate: (name) => (name === 'fc.weight' ? found : undefined) };
  }

  test.each(Object.entries(kinds))('%s is read in place', async (_name, stored) => {
    const w = parameter('fc.weight', [2, 3]);
    const x = input('x', [1, 3]);
    const y = gemm(x, w, { transB: true, bias: parameter('fc.bias', [2]) });
    const options = { weights: await weights(stored) };
    // the weight does not become part of the model, the bias is still fed
    expect(compile({ y }, options).inputs.map((i) => i.name)).toEqual(['x', 'fc.bias']);
    const feeds = { x: f32([1, 2, 4], [1, 3]), 'fc.bias': f32([10, 20], [2]) };
    const rows = gather(w, constant(i64([1], [1])));
    expect(await values({ y, rows }, feeds, options)).toEqual({
      y: [1.5 - 4 + 1 + 10, 3 + 200 - 0.5 + 20],
      rows: [3, 100, -0.125],
    });
  });

  test.each(Object.entries(kinds))('rows of %s are read in place', async (_name, stored) => {
    const w = parameter('fc.weight', [2, 3]);
    const x = input('x', [1, 3]);
    const outputs = {
      y: gemm(x, slice(w, 0, 1, 2), { transB: true }),
      first: slice(slice(w, 0, 0, 1), 1, 1),
    };
    const options = { weights: await weights(stored) };
    expect(await values(outputs, { x: f32([1, 2, 4], [1, 3]) }, options)).toEqual({
      y: [3 + 200 - 0.5],
      first: [-2, 0.25],
    });
  });

  test('a wrong shape is an error that names the parameter and both shapes', async () => {
    const w = parameter('fc.weight', [3, 2]);
    const options = { weights: await weights(kinds.float32!) };
    expect(() => compile({ y: exp(w) }, options)).toThrow(
      "parameter 'fc.weight' is [3,2] in the model and [2,3] in float32.safetensors",
    );
  });

  test('integers are no weights', async () => {
    const stored: TensorData = { dtype: 'int32', shape: [2], data: Int32Array.of(1, 2) };
    const options = { weights: await weights(stored) };
    expect(() => compile({ y: exp(parameter('fc.weight', [2])) }, options)).toThrow("'fc.weight' is int32");
  });
});

test('float16 outputs keep their raw bits', async () => {
  const { y } = await runGraph({ y: cast(input('x', [2]), 'float16') }, { x: f32([1, -2], [2]) });
  expect(y?.dtype).toBe('float16');
  expect([...(y!.data as Uint16Array)]).toEqual([0x3c00, 0xc000]);
});

describe('a dimension that is known only when the program runs', () => {
  const some = 65_521;

  test('takes any number of rows', async () => {
    const x = input('x', [1, some, 4]);
    const rows = reshape(gemm(reshape(x, [-1, 4]), parameter('w', [2, 4]), { transB: true }), [1, some, 2]);
    const program = compile(
      { last: gather(reshape(rows, [-1, 2]), input('at', [1], 'int64')) },
      { unknown: some },
    );
    expect(program.inputs[0]).toEqual({ name: 'x', dtype: 'float32', shape: [1, -1, 4] });
    const host = await WorkerHost.start({ threads: 1 });
    const session = await host.load(program);
    const w = f32([1, 1, 1, 1, 1, 0, 0, 0], [2, 4]);
    for (const n of [1, 3]) {
      const data = Float32Array.from({ length: 4 * n }, (_, i) => i);
      const { last } = await session.run({ x: f32(data, [1, n, 4]), at: i64([n - 1], [1]), w });
      expect(Array.from(last?.data as Float32Array)).toEqual([16 * n - 10, 4 * n - 4]);
    }
    await expect(
      session.run({ x: f32(new Float32Array(6), [1, 2, 3]), at: i64([0], [1]), w }),
    ).rejects.toThrow("input 'x': expected float32 [1,-1,4], got float32 [1,2,3]");
    await host.close();
  });

  test('is refused where it must be known', () => {
    const x = input('x', [some, 4]);
    const cut = (): unknown => compile({ y: slice(x, 0, 1, some) }, { unknown: some });
    expect(cut).toThrow('must be known when the graph is built');
    const two = reshape(input('x', [some, some, 1]), [some, some]);
    expect(() => compile({ y: two }, { unknown: some })).toThrow('more than one dimension');
  });
});
