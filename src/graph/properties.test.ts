import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { broadcastShapes } from './ops/elementwise.ts';
import { ProtobufWriter } from './protobuf.ts';

const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });

/** numpy's rule, element by element: the shape of an array that holds every pair of indices. */
function naiveBroadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const pad = (s: readonly number[]): number[] => [...new Array<number>(rank - s.length).fill(1), ...s];
  const [x, y] = [pad(a), pad(b)];
  if (x.some((n, i) => n !== y[i] && Math.min(n, y[i] as number) !== 1)) return undefined;
  return x.map((n, i) => (n === 1 ? (y[i] as number) : n));
}

describe('broadcastShapes', () => {
  it('follows numpy', () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        expect(broadcastShapes(a, b)).toEqual(naiveBroadcast(a, b));
      }),
    );
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        expect(broadcastShapes(a, b)).toEqual(broadcastShapes(b, a));
      }),
    );
  });

  it('leaves a shape with itself as it is', () => {
    fc.assert(
      fc.property(shape, (a) => {
        expect(broadcastShapes(a, a)).toEqual(a);
      }),
    );
  });
});

describe('ProtobufWriter', () => {
  /** Reads varints, 7 bits a byte, the lowest first. */
  function varints(bytes: Uint8Array): bigint[] {
    const values: bigint[] = [];
    let [value, shift] = [0n, 0n];
    for (const byte of bytes) {
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
      if (byte & 128) continue;
      values.push(value);
      [value, shift] = [0n, 0n];
    }
    return values;
  }

  it('writes integers that read back, negative ones as 64-bit two complements', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 536_870_911 }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (field, value) => {
          const [tag, read] = varints(new ProtobufWriter().int(field, value).finish());
          expect(tag).toBe(BigInt(field) << 3n);
          expect(BigInt.asIntN(64, read as bigint)).toBe(value);
        },
      ),
    );
  });

  it('writes the length before bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        const bytes = new ProtobufWriter().bytes(1, data).finish();
        const head = bytes.length - data.length;
        expect(varints(bytes.subarray(0, head))).toEqual([10n, BigInt(data.length)]);
        expect(bytes.subarray(head)).toEqual(data);
      }),
    );
  });
});
