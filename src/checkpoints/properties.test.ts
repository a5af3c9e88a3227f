import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DType, sizeOf, type TensorData, type TypedArray } from '../graph/index.ts';
import { TorchFile } from './pickle/torchFile.ts';
import { writeTorchFile } from './pickle/writeTorchFile.ts';
import { SafetensorsFile, writeSafetensors } from './safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'properties-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const makers: Readonly<Partial<Record<DType, (n: number, seed: number) => TypedArray>>> = {
  float32: (n, seed) => Float32Array.from({ length: n }, (_, i) => Math.sin(seed + i)),
  float16: (n, seed) => Uint16Array.from({ length: n }, (_, i) => (seed * 7 + i * 13) & 0x7bff),
  int64: (n, seed) => BigInt64Array.from({ length: n }, (_, i) => BigInt(seed - i) * 2n ** 40n),
  int32: (n, seed) => Int32Array.from({ length: n }, (_, i) => seed * 1000 - i),
  uint8: (n, seed) => Uint8Array.from({ length: n }, (_, i) => (seed + i) & 255),
};
const tensor = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(makers) as DType[])),
    shape: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
    seed: fc.nat(1000),
  })
  .map(({ dtype, shape, seed }): TensorData => {
    return { dtype, shape, data: makers[dtype]?.(sizeOf(shape), seed) as TypedArray };
  });
// names as people write them in Python, some of them awkward as keys of a JavaScript object
const name = fc.oneof(
  fc.stringMatching(/^[a-z_]{1,8}(\.[a-z0-9_]{1,8}){0,3}$/),
  fc.constantFrom('__proto__', 'constructor', '0', 'ключ', 'weight "quoted"'),
);
const state = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([n]) => n, minLength: 1, maxLength: 6 });

describe('what is written reads back', () => {
  it('from safetensors', async () => {
    await fc.assert(
      fc.asyncProperty(
        state,
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        async (tensors, metadata) => {
          const path = join(folder, 'a.safetensors');
          await writeSafetensors(path, new Map(tensors), metadata);
          const file = await SafetensorsFile.open(path);
          try {
            expect([...file.names()].sort()).toEqual(tensors.map(([n]) => n).sort());
            for (const [n, t] of tensors) expect(await file.read(n)).toEqual(t);
          } finally {
            await file.close();
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("from torch's files", async () => {
    await fc.assert(
      fc.asyncProperty(state, fc.constantFrom(undefined, 'state_dict'), async (tensors, under) => {
        const path = join(folder, 'a.pt');
        await writeTorchFile(
          path,
          tensors.map(([n, { dtype, shape, data }]) => ({ name: n, dtype, shape, data: () => [data] })),
          under === undefined ? {} : { under },
        );
        const file = await TorchFile.open(path);
        try {
          expect([...file.names()].sort()).toEqual(tensors.map(([n]) => n).sort());
          for (const [n, t] of tensors) expect(await file.read(n)).toEqual(t);
        } finally {
          await file.close();
        }
      }),
      { numRuns: 50 },
    );
  });
});
