import { afterAll, beforeAll, expect, it } from 'vitest';
import { add, compile, f32, input, mul, neg, type TensorData } from '../graph/index.ts';
import { describeOnWebgpu } from '../testing/webgpu.ts';
import { WorkerHost } from './workerHost.ts';

describeOnWebgpu('tensors in the memory of a WebGPU device', () => {
  let host: WorkerHost;
  beforeAll(async () => {
    host = await WorkerHost.start({ device: 'webgpu', threads: 1 });
  });
  afterAll(() => host.close());

  const tensors: readonly TensorData[] = [
    f32([1, -2, 3.5, 4, 5, 6], [2, 3]),
    f32([7], []),
    { dtype: 'float16', shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 1) },
    { dtype: 'int32', shape: [2], data: Int32Array.of(-1, 2 ** 30) },
    { dtype: 'int64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 40n) },
    { dtype: 'int8', shape: [3], data: Int8Array.of(-1, 2, 3) },
    { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 255, 3) },
    { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
  ];

  it.each(tensors)('take and give back $dtype $shape', async (tensor) => {
    const resident = await host.put('t', tensor);
    expect(await host.get(resident)).toEqual(tensor);
    expect(await host.get(resident)).toEqual(tensor);
    await host.drop(resident);
  });

  it('are fed, and kept into, also in the run that reads them', async () => {
    const x = input('x', [2, 3]);
    const session = await host.load(compile({ y: add(x, 1), z: neg(x) }, host.target));
    const a = await host.put('a', f32([1, 2, 3, 4, 5, 6], [2, 3]));
    const b = await host.put('b', f32(new Float32Array(6), [2, 3]));
    for (let i = 0; i < 3; i++) await session.run({ x: a }, { keep: { y: a }, fetch: [] });
    expect((await host.get(a)).data).toEqual(Float32Array.of(4, 5, 6, 7, 8, 9));
    const { z } = await session.run({ x: a }, { keep: { y: b } });
    expect(z?.data).toEqual(Float32Array.of(-4, -5, -6, -7, -8, -9));
    expect((await host.get(b)).data).toEqual(Float32Array.of(5, 6, 7, 8, 9, 10));
    await session.release();
    expect((await host.get(b)).data).toEqual(Float32Array.of(5, 6, 7, 8, 9, 10));
  });

  it('take rows of outputs: a key/value cache', async () => {
    const x = input('x', [2, 1, 3]);
    const outputs = { first: neg(x), second: mul(x, 2), rest: x };
    const session = await host.load(compile(outputs, host.target));
    const zeros = f32(new Float32Array(2 * 5 * 3), [2, 5, 3]);
    const [key, value] = [await host.put('key', zeros), await host.put('value', zeros)];
    for (const offset of [0, 3, 4]) {
      const row = f32(
        Float32Array.from({ length: 6 }, (_, i) => 10 * offset + i + 1),
        [2, 1, 3],
      );
      const place = { axis: 1, offset };
      const scatter = { first: { into: key, ...place }, second: { into: value, ...place } };
      expect(await session.run({ x: row }, { scatter })).toEqual({ rest: row });
    }
    await host.copyInto(key, f32([7, 7, 7, 8, 8, 8], [2, 1, 3]), 1, 1);
    const rowsOf = (at: number, batch: number, f: (v: number) => number): number[] =>
      [1, 2, 3].map((i) => f(10 * at + i + 3 * batch));
    const none = [0, 0, 0];
    const expected = (f: (v: number) => number, second: (batch: number) => number[]): number[] =>
      [0, 1].flatMap((b) => [
        ...rowsOf(0, b, f),
        ...second(b),
        ...none,
        ...rowsOf(3, b, f),
        ...rowsOf(4, b, f),
      ]);
    expect([...(await host.get(key)).data]).toEqual(
      expected(
        (v) => -v,
        (b) => [7 + b, 7 + b, 7 + b],
      ),
    );
    expect([...(await host.get(value)).data]).toEqual(
      expected(
        (v) => 2 * v,
        () => none,
      ),
    );
  });

  it('does not compute in a precision that it does not have, and says so', async () => {
    const started = await WorkerHost.start({ device: 'webgpu', precision: 'float16' }).catch(
      (e: unknown) => e,
    );
    if (started instanceof WorkerHost) await started.close();
    else expect((started as Error).message).toMatch(/half precision.*shader-f16/);
  });
});
