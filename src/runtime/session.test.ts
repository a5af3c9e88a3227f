import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f32, i64, type OnnxProgram, type OnnxValue, OnnxWriter, type TensorData } from '../graph/index.ts';
import { SessionError } from './sessionError.ts';
import { WorkerHost } from './workerHost.ts';

type Shapes = Record<string, readonly number[]>;

/** A float32 program from nodes; outputs carry their ONNX names. */
function program(inputs: Shapes, outputs: Shapes, write: (onnx: OnnxWriter) => void): OnnxProgram {
  const onnx = new OnnxWriter();
  const values = (shapes: Shapes): OnnxValue[] =>
    Object.entries(shapes).map(([name, shape]) => ({ name, dtype: 'float32', shape }));
  write(onnx);
  const [ins, outs] = [values(inputs), values(outputs)];
  return { bytes: onnx.finish(ins, outs), inputs: ins, outputs: outs };
}

const addProgram = program({ a: [2], b: [2] }, { sum: [2] }, (onnx) =>
  onnx.node('Add', ['a', 'b'], { outputs: ['sum'] }),
);

let host: WorkerHost;
beforeAll(async () => {
  host = await WorkerHost.start({ threads: 2 });
});
afterAll(() => host.close());

describe('run', () => {
  it('copies feeds unless told to move them, and gives results away', async () => {
    const session = await host.load(addProgram);
    const [a, b] = [f32([1, 2], [2]), f32(new Float32Array([9, 10, 20]).subarray(1), [2])];
    const { sum } = await session.run({ a, b });
    expect(sum).toEqual(f32([11, 22], [2]));
    expect(a.data).toEqual(Float32Array.of(1, 2));
    const again = await session.run({ a, b }, { transfer: true });
    expect(again.sum?.data).toEqual(Float32Array.of(11, 22));
    expect(a.data.length).toBe(0); // moved
    expect(b.data.length).toBe(2); // a part of a buffer stays
    await session.release();
    await expect(session.run({ a, b })).rejects.toThrow(/released/);
  });

  it('fills outputs in place that are inputs, constants, or one value under several names', async () => {
    const outputs = { same: [2], fixed: [2], one: [2], two: [2], row: [1, 2] };
    const session = await host.load(
      program({ x: [2] }, outputs, (onnx) => {
        const c = onnx.constant(f32([5, 6], [2]));
        onnx.node('Identity', ['x'], { outputs: ['same'] });
        onnx.node('Identity', [c], { outputs: ['fixed'] });
        const [y] = onnx.node('Neg', ['x']) as [string];
        onnx.node('Identity', [y], { outputs: ['one'] });
        onnx.node('Identity', [y], { outputs: ['two'] });
        onnx.node('Reshape', [y, onnx.ints([1, 2])], { outputs: ['row'] });
      }),
    );
    const results = await session.run({ x: f32([1, 2], [2]) });
    const values = Object.fromEntries(Object.entries(results).map(([name, t]) => [name, [...t.data]]));
    expect(values).toEqual({ same: [1, 2], fixed: [5, 6], one: [-1, -2], two: [-1, -2], row: [-1, -2] });
    const some = await session.run({ x: f32([3, 4], [2]) }, { fetch: ['row', 'same'] });
    expect(Object.keys(some)).toEqual(['row', 'same']);
    expect(some.row).toEqual(f32([-3, -4], [1, 2]));
    expect(some.same).toEqual(f32([3, 4], [2]));
  });

  it('passes every dtype through', async () => {
    const tensors: Record<string, TensorData> = {
      float16: { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0x7bff) },
      int32: { dtype: 'int32', shape: [2], data: Int32Array.of(-5, 2 ** 30) },
      int64: i64([-(2 ** 40), 3], [2]),
      uint8: { dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255) },
      bool: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
      empty: f32([], [0, 3]),
      scalar: f32([7], []),
    };
    const onnx = new OnnxWriter();
    const inputs = Object.entries(tensors).map(
      ([name, { dtype, shape }]): OnnxValue => ({ name, dtype, shape }),
    );
    const outputs = inputs.map((v) => ({ ...v, name: `${v.name}:out` }));
    for (const { name } of inputs) onnx.node('Identity', [name], { outputs: [`${name}:out`] });
    const session = await host.load({ bytes: onnx.finish(inputs, outputs), inputs, outputs });
    const results = await session.run(tensors);
    for (const [name, tensor] of Object.entries(tensors)) expect(results[`${name}:out`]).toEqual(tensor);
  });

  it('does not block the event loop', async () => {
    const n = 1024;
    const session = await host.load(
      program({ x: [n, n] }, { y: [n, n] }, (onnx) => {
        let y = 'x';
        for (let i = 0; i < 12; i++) [y] = onnx.node('MatMul', ['x', y]) as [string];
        onnx.node('Identity', [y], { outputs: ['y'] });
      }),
    );
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await session.run({ x: f32(new Float32Array(n * n), [n, n]) });
    clearInterval(timer);
    // a run on this thread would settle before any timer could fire
    expect(ticks).toBeGreaterThan(0);
    await session.release();
  });

  it('says what does not fit, before anything runs', async () => {
    const session = await host.load(addProgram);
    const a = f32([1, 2], [2]);
    await expect(session.run({ a })).rejects.toThrow("input 'b' is not fed");
    await expect(session.run({ a, b: f32([1, 2, 3], [3]) })).rejects.toThrow(
      "run: input 'b': expected float32 [2], got float32 [3]",
    );
    await expect(session.run({ a, b: i64([1, 2], [2]) })).rejects.toThrow(
      /expected float32 \[2\], got int64 \[2\]/,
    );
    await expect(session.run({ a, b: { ...a, data: new Int32Array(2) } })).rejects.toThrow(
      /Float32Array, got Int32Array/,
    );
    await expect(session.run({ a, b: { ...a, data: new Float32Array(3) } })).rejects.toThrow(
      /needs 2 values, got 3/,
    );
    await expect(session.run({ a, b: a, c: a })).rejects.toThrow("no input 'c' to feed; it has 'a', 'b'");
    await expect(session.run({ a, b: a }, { fetch: ['d'] })).rejects.toThrow(
      "no output 'd' to take; it has 'sum'",
    );
    await expect(session.run({ a, b: a }, { accumulate: true })).rejects.toThrow(/bound to a store/);
  });
});

describe('errors of ONNX Runtime', () => {
  it('name the node when loading', async () => {
    const wrong = program({ x: [2] }, { y: [2] }, (onnx) => onnx.node('Nonsense', ['x'], { outputs: ['y'] }));
    const error = await host.load(wrong).then(
      () => expect.fail('no error'),
      (e: unknown) => e as SessionError,
    );
    expect(error).toBeInstanceOf(SessionError);
    expect(error.message).toMatch(/loading a program: .*Nonsense/);
  });

  it('name the node when running', async () => {
    const wrong = program({ x: [2], y: [3] }, { z: [3] }, (onnx) => {
      const [expanded] = onnx.node('Expand', ['x', onnx.ints([4])]) as [string];
      onnx.node('Add', [expanded, 'y'], { outputs: ['z'] });
    });
    const session = await host.load(wrong).catch((e: unknown) => e);
    const error =
      session instanceof SessionError
        ? session
        : await (session as Awaited<ReturnType<typeof host.load>>)
            .run({ x: f32([1, 2], [2]), y: f32([1, 2, 3], [3]) })
            .then(
              () => expect.fail('no error'),
              (e: unknown) => e as SessionError,
            );
    expect(error).toMatchObject({ name: 'SessionError', operator: expect.stringMatching(/Expand|Add/) });
    expect(error.message).toContain(error.node);
  });
});

describe('resident tensors', () => {
  it('are fed, kept into, and read back', async () => {
    const session = await host.load(addProgram);
    const total = await host.put('total', f32([0, 0], [2]));
    const step = await host.put('step', f32([1, 10], [2]));
    for (let i = 0; i < 3; i++) {
      // Fed and kept at once: correct only because the worker takes a detour.
      expect(await session.run({ a: total, b: step }, { keep: { sum: total } })).toEqual({});
    }
    expect(await host.get(total)).toEqual(f32([3, 30], [2]));
    await session.run({ a: step, b: step }, { keep: { sum: total } });
    expect((await host.get(total)).data).toEqual(Float32Array.of(2, 20));
    await host.drop(step);
    await expect(session.run({ a: total, b: step })).rejects.toThrow("resident tensor 'step' was dropped");
    const wrong = await host.put('wrong', f32([1], [1]));
    await expect(session.run({ a: total, b: total }, { keep: { sum: wrong } })).rejects.toThrow(
      "output 'sum': expected float32 [2], got float32 [1]",
    );
  });

  it('take rows of an output: a key/value cache', async () => {
    const [batch, heads, capacity, width] = [2, 3, 5, 4];
    const shape = [batch, heads, 1, width];
    const session = await host.load(
      program({ x: shape }, { rows: shape, rest: shape }, (onnx) => {
        onnx.node('Neg', ['x'], { outputs: ['rows'] });
        onnx.node('Abs', ['x'], { outputs: ['rest'] });
      }),
    );
    const size = batch * heads * capacity * width;
    const cache = await host.put('cache', f32(new Float32Array(size), [batch, heads, capacity, width]));
    const expected = new Float32Array(size);
    for (const t of [0, 3, 4]) {
      const x = Float32Array.from({ length: batch * heads * width }, (_, i) => 100 * t + i);
      const results = await session.run(
        { x: f32(x, shape) },
        { scatter: { rows: { into: cache, axis: 2, offset: t } } },
      );
      expect(Object.keys(results)).toEqual(['rest']);
      for (let bh = 0; bh < batch * heads; bh++) {
        for (let w = 0; w < width; w++) expected[(bh * capacity + t) * width + w] = -x[bh * width + w]!;
      }
    }
    expect((await host.get(cache)).data).toEqual(expected);
    const x = f32(new Float32Array(batch * heads * width), shape);
    await expect(
      session.run({ x }, { scatter: { rows: { into: cache, axis: 2, offset: 5 } } }),
    ).rejects.toThrow("output 'rows': float32 [2,3,1,4] does not fit into float32 [2,3,5,4] at 5 of axis 2");
    await host.copyInto(
      cache,
      f32(
        Float32Array.from({ length: 24 }, () => 7),
        shape,
      ),
      2,
      1,
    );
    expect((await host.get(cache)).data.filter((v) => v === 7).length).toBe(24);
  });
});
