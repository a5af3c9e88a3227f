import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DType, f32, type OnnxProgram, OnnxWriter } from '../../graph/index.ts';
import { WorkerHost } from '../workerHost.ts';
import { outputModes } from './outputMode.ts';

const value = (name: string, shape: readonly number[], dtype: DType = 'float32') => ({ name, shape, dtype });

/** out = x w [2, 2], halves = out / 2, rounded as int64, and x itself. */
function program(): OnnxProgram {
  const onnx = new OnnxWriter();
  const inputs = [value('x', [2, 3]), value('w', [3, 2])];
  const outputs = [
    value('out', [2, 2]),
    value('halves', [2, 2]),
    value('rounded', [2, 2], 'int64'),
    value('same', [2, 3]),
  ];
  onnx.node('MatMul', ['x', 'w'], { outputs: ['out'] });
  onnx.node('Mul', ['out', onnx.constant(f32([0.5], [1]))], { outputs: ['halves'] });
  onnx.node('Cast', ['halves'], { outputs: ['rounded'], attributes: { to: 7 } });
  onnx.node('Identity', ['x'], { outputs: ['same'] });
  return { bytes: onnx.finish(inputs, outputs), inputs, outputs };
}

/** Fails when it runs: x has no 4 values to be reshaped to. */
function failing(): OnnxProgram {
  const onnx = new OnnxWriter();
  const inputs = [value('x', [3]), value('shape', [1], 'int64')];
  const outputs = [value('y', [4])];
  onnx.node('Reshape', ['x', 'shape'], { outputs: ['y'] });
  return { bytes: onnx.finish(inputs, outputs), inputs, outputs };
}

const x = f32([1, 2, 3, 4, 5, 6], [2, 3]);
const w = f32([1, 0.5, -1, 2, 0.25, 3], [3, 2]);

it('is by default the fastest: with this onnxruntime-node its binding can be stopped before it copies', async () => {
  const host = await WorkerHost.start({ threads: 1 });
  expect(host.outputs).toBe('stopped');
  await host.close();
});

describe.each(outputModes)('outputs that are %s', (mode) => {
  let host: WorkerHost;
  beforeAll(async () => {
    host = await WorkerHost.start({ threads: 1, outputs: mode });
  });
  afterAll(() => host.close());

  it('are used when they are asked for', () => expect(host.outputs).toBe(mode));

  it('have the right values, all or some of them', async () => {
    const session = await host.load(program());
    const results = await session.run({ x, w });
    expect(Object.fromEntries(Object.entries(results).map(([name, t]) => [name, [...t.data]]))).toEqual({
      out: [-0.25, 13.5, 0.5, 30],
      halves: [-0.125, 6.75, 0.25, 15],
      rounded: [0n, 6n, 0n, 15n],
      same: [1, 2, 3, 4, 5, 6],
    });
    const some = await session.run({ x, w }, { fetch: ['halves'] });
    expect(Object.keys(some)).toEqual(['halves']);
    expect([...(some.halves?.data ?? [])]).toEqual([-0.125, 6.75, 0.25, 15]);
    await session.release();
  });

  it('go into tensors that stay in the worker: kept, fed and kept at once, row by row', async () => {
    const session = await host.load(program());
    const kept = await host.put('kept', x);
    const rows = await host.put('rows', f32(new Float32Array(8), [4, 2]));
    await session.run(
      { x: kept, w },
      { keep: { same: kept }, scatter: { out: { into: rows, axis: 0, offset: 1 } } },
    );
    expect(await host.get(kept)).toEqual(x);
    expect(await host.get(rows)).toEqual(f32([0, 0, -0.25, 13.5, 0.5, 30, 0, 0], [4, 2]));
    await session.release();
  });

  it('come after errors as before', async () => {
    const session = await host.load(failing());
    const feeds = {
      x: f32([1, 2, 3], [3]),
      shape: { dtype: 'int64', shape: [1], data: BigInt64Array.of(4n) },
    } as const;
    for (let i = 0; i < 2; i++)
      await expect(session.run(feeds)).rejects.toThrow(/running a program: .*Reshape/);
    await session.release();
  });
});

it('is refused where it is none', async () => {
  await expect(WorkerHost.start({ outputs: 'lost' as 'copied' })).rejects.toThrow(
    "WorkerHost.start: outputs must be one of stopped, filled, copied, got 'lost'",
  );
});
