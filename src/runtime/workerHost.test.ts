import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SafetensorsFile, writeSafetensors } from '../checkpoints/safetensors.ts';
import { f32, type OnnxProgram, type OnnxValue, OnnxWriter } from '../graph/index.ts';
import { DeviceError } from './devices.ts';
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

describe('parameter stores', () => {
  // loss = sum((w * x)^2) with gradient 2 w x^2; the slots lie apart.
  const training = program(
    { x: [3], w: [3], bias: [2] },
    { loss: [], 'grad w': [3], 'grad bias': [2] },
    (onnx) => {
      const [y] = onnx.node('Mul', ['w', 'x']) as [string];
      onnx.node('ReduceSumSquare', [y], { outputs: ['loss'], attributes: { keepdims: 0 } });
      const [yx] = onnx.node('Mul', [y, 'x']) as [string];
      onnx.node('Add', [yx, yx], { outputs: ['grad w'] });
      onnx.node('Neg', ['bias'], { outputs: ['grad bias'] });
    },
  );
  const layout = [
    { name: 'bias', shape: [2], offset: 1 },
    { name: 'w', shape: [3], offset: 4 },
  ];
  const gradients = { 'grad w': 'w', 'grad bias': 'bias' };

  it('feed programs, take gradients, accumulate and learn', async () => {
    const store = await host.createStore(layout, 8);
    await host.writeStore(store, 'parameters', Float32Array.of(0, 5, 6, 0, 1, 2, 3, 0));
    const session = await host.load(training, { store, gradients });
    const x = f32([1, -1, 2], [3]);
    const { loss, ...others } = await session.run({ x });
    expect(others).toEqual({});
    expect(loss).toEqual(f32([1 + 4 + 36], []));
    expect([...(await host.readStore(store, 'gradients'))]).toEqual([0, -5, -6, 0, 2, 4, 24, 0]);
    await session.run({ x }, { accumulate: true });
    expect([...(await host.readStore(store, 'gradients'))]).toEqual([0, -10, -12, 0, 4, 8, 48, 0]);
    expect([...(await host.readStore(store, 'gradients', [3, 5]))]).toEqual([0, 4, 8, 48, 0]);
    const frozen = [[0, 4]] as const;
    const { gradNorm } = await host.adamw(store, {
      lr: 0.1,
      step: 1,
      weightDecay: 0,
      gradientScale: 0.5,
      frozen,
    });
    expect(gradNorm).toBeCloseTo(Math.hypot(2, 4, 24), 5);
    const after = [...(await host.readStore(store, 'parameters'))];
    expect(after.map((v) => Math.round(v * 1e4) / 1e4)).toEqual([0, 5, 6, 0, 0.9, 1.9, 2.9, 0]);
    await host.writeStore(store, 'ema', Float32Array.of(0, 0, 0, 0, 1, 1, 1, 0));
    expect((await session.run({ x }, { weights: 'ema' })).loss?.data[0]).toBe(6);
  });

  it('refuse what does not fit', async () => {
    const store = await host.createStore(layout, 8);
    const other = await host.createStore([{ name: 'w', shape: [1, 3], offset: 0 }], 3);
    await expect(host.load(training, { store: other })).rejects.toThrow(
      'expected float32 [3], got float32 [1,3]',
    );
    await expect(host.load(training, { store, gradients: { loss: 'w' } })).rejects.toThrow("gradient 'loss'");
    await expect(host.load(training, { store, gradients: { 'grad w': 'u' } })).rejects.toThrow(
      "no parameter 'u'",
    );
    await expect(host.load(training, { gradients })).rejects.toThrow('gradients need a store');
    await expect(host.writeStore(store, 'm', new Float32Array(7))).rejects.toThrow(
      'writeStore: expected 8 values, got 7',
    );
    await expect(host.readStore(store, 'm', [4, 5])).rejects.toThrow(
      /readStore: range \[4, 5\] lies outside of the store's 8 values/,
    );
    await expect(host.writeStore(store, 'm', new Float32Array(4), { range: [2, 4] })).rejects.toThrow(
      "range [2, 4] cuts parameter 'bias'",
    );
    await expect(host.adamw(store, { lr: 1, step: 0 })).rejects.toThrow(/step must be an integer from 1/);
    await expect(host.adamw(store, { lr: 1, step: 1, frozen: [[4, 5]] })).rejects.toThrow(
      /frozen range \[4, 5\]/,
    );
    await expect(host.adamw(store, { lr: Number.NaN, step: 1 })).rejects.toThrow('adamw: lr is NaN');
    await host.dropStore(store);
    await expect(host.readStore(store, 'm')).rejects.toThrow(/parameter store was dropped/);
  });
});

describe('weights in place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'session-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read from a .safetensors file, at any offset', async () => {
    const path = join(folder, 'w.safetensors');
    await writeSafetensors(path, {
      w: f32([1, 2, 3, 4], [2, 2]),
      half: { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
    });
    const file = await SafetensorsFile.open(path);
    const onnx = new OnnxWriter();
    for (const name of file.names()) {
      const { dtype, shape, byteOffset: offset, byteLength: length } = file.info(name);
      onnx.external(
        { name, dtype: dtype as 'float32', shape },
        { location: 'w.safetensors', offset, length },
      );
    }
    await file.close();
    const [y] = onnx.node('MatMul', ['w', 'x']) as [string];
    onnx.node('Add', [y, onnx.node('Cast', ['half'], { attributes: { to: 1 } })[0]!], { outputs: ['y'] });
    const [inputs, outputs] = [
      [{ name: 'x', dtype: 'float32', shape: [2] }],
      [{ name: 'y', dtype: 'float32', shape: [2] }],
    ] as const;
    const external = { bytes: onnx.finish(inputs, outputs), inputs, outputs, external: folder };
    const session = await host.load(external);
    expect((await session.run({ x: f32([10, 1], [2]) })).y?.data).toEqual(Float32Array.of(13, 32));
    await expect(host.load({ ...external, external: join(folder, 'none') })).rejects.toThrow(SessionError);
  });
});

describe('hosts', () => {
  it('end after the calls under way, and refuse later ones', async () => {
    const second = await WorkerHost.start({ threads: 1 });
    const session = await second.load(addProgram, {
      spinning: false,
      optimization: 'basic',
      arena: false,
      threads: 2,
    });
    const a = f32([1, 2], [2]);
    const running = session.run({ a, b: a });
    const closing = second.close();
    await expect(session.run({ a, b: a })).rejects.toThrow('the worker was closed');
    expect((await running).sum?.data).toEqual(Float32Array.of(2, 4));
    await Promise.all([closing, second.close()]);
    const resident = await host.put('mine', a);
    await expect(second.get(resident)).rejects.toThrow(/belongs to another WorkerHost/);
  });

  it('reject pending calls when the worker dies', async () => {
    const second = await WorkerHost.start({ threads: 1 });
    const session = await second.load(addProgram);
    const a = f32([1, 2], [2]);
    const running = session.run({ a, b: a });
    // The worker's own thread: nothing of the public surface can end it like this.
    await Promise.all([
      expect(running).rejects.toThrow(/the worker stopped with exit code 1/),
      (second as unknown as { worker: { terminate(): Promise<number> } }).worker.terminate(),
    ]);
    await expect(session.run({ a, b: a })).rejects.toThrow(/the worker stopped/);
    await second.close();
  });

  it('say what to install for a device that is not there', async () => {
    await expect(WorkerHost.start({ device: 'tpu' as 'cpu' })).rejects.toThrow(
      "unknown device 'tpu'; expected one of cpu, webgpu, cuda",
    );
    await expect(WorkerHost.start({ threads: 0 })).rejects.toThrow(/threads must be an integer from 1/);
    for (const [device, advice] of [
      ['cuda', /cuDNN.*npm rebuild/],
      ['webgpu', /libvulkan1/],
    ] as const) {
      const started = await WorkerHost.start({ device }).catch((e: unknown) => e);
      if (started instanceof WorkerHost) {
        await started.close(); // this machine has one
      } else {
        expect(started).toBeInstanceOf(DeviceError);
        expect((started as Error).message).toMatch(advice);
      }
    }
  });
});
