import { describe, expect, it } from 'vitest';
import { Random } from '../../random/index.ts';
import { dynamicMap, NearestCode } from './dynamicMap.ts';
import { layoutParameters } from './parameterLayout.ts';
import { FlatParameters } from './parameterStore.ts';
import { QuantizedMoment } from './quantizedMoments.ts';
import { maxStoreValues, storeBytes } from './storeMemory.ts';

describe('dynamicMap', () => {
  it('has the published values', () => {
    const signed = dynamicMap(true);
    expect(signed).toHaveLength(256);
    expect(signed[0]).toBeCloseTo(-0.99296875, 6); // no -1: the last step's middle
    expect([signed[127], signed[255]]).toEqual([0, 1]);
    expect(signed[128]).toBeCloseTo(5.5e-7, 12); // the middle of 0.1 .. 1, times 10^-6
    const unsigned = dynamicMap(false);
    expect(unsigned).toHaveLength(256);
    expect([unsigned[0], unsigned[255]]).toEqual([0, 1]);
    expect(unsigned[1]).toBeCloseTo(3.25e-7, 12);
    for (const map of [signed, unsigned])
      for (let i = 1; i < 256; i++) expect(map[i]).toBeGreaterThan(map[i - 1]!);
  });

  it.each([true, false])('finds the nearest value (signed: %s)', (signed) => {
    const map = dynamicMap(signed);
    const code = new NearestCode(map);
    const random = Random.of(1, 'nearest');
    for (let i = 0; i < 5000; i++) {
      const x =
        Math.fround(random.normal() * 10 ** -random.int(9)) * (signed ? 1 : Math.sign(random.normal()));
      const best = map.reduce((a, v, j) => (Math.abs(v - x) < Math.abs(map[a]! - x) ? j : a), 0);
      expect(Math.abs(map[code.of(x)]! - x)).toBeCloseTo(Math.abs(map[best]! - x), 9);
    }
  });
});

describe('QuantizedMoment', () => {
  const random = Random.of(2, 'moment');

  it.each(['m', 'v'] as const)('keeps %s to a few percent, and its bytes when written again', (kind) => {
    const values = random.normals(5000).map((v) => (kind === 'v' ? v * v : v));
    const moment = new QuantizedMoment(kind, values.length);
    moment.write(0, values);
    const back = new Float32Array(values.length);
    moment.read(0, back);
    const off = Math.hypot(...values.map((v, i) => v - back[i]!)) / Math.hypot(...values);
    expect(off).toBeLessThan(0.02);
    moment.write(0, back);
    const again = new Float32Array(values.length);
    moment.read(0, again);
    expect(again).toEqual(back);
  });

  it('begins at zero, and reads parts', () => {
    const moment = new QuantizedMoment('m', 1000);
    const part = new Float32Array(300).fill(1);
    moment.read(512, part);
    expect(part.every((v) => v === 0)).toBe(true);
    moment.write(512, new Float32Array(300).fill(0.5));
    moment.read(512, part);
    expect(part.every((v) => v === 0.5)).toBe(true);
  });
});

describe('a store with 8-bit moments', () => {
  const { layout, length } = layoutParameters([
    { name: 'matrix', shape: [90, 101] },
    { name: 'bias', shape: [101] },
    { name: 'wide', shape: [70_001] },
  ]);
  const target = Random.of(5, 'target').normals(length);

  /** Steps towards the target; gradients are noisy. Returns the mean distance. */
  function descend(store: FlatParameters, from: number, to: number): number {
    const [p, g] = [store.array('parameters'), store.array('gradients')];
    for (let step = from; step <= to; step++) {
      const noise = Random.of(6, 'noise', step).normals(1024);
      for (const slot of layout) {
        const size = slot.shape.reduce((a, b) => a * b, 1);
        for (let i = slot.offset; i < slot.offset + size; i++)
          g[i] = p[i]! - target[i]! + 0.1 * noise[i % 1024]!;
      }
      store.adamw({ lr: 0.05, step, weightDecay: 0, clipNorm: 1e9, noDecay: [[layout[1]!.offset, 101]] });
    }
    return Math.hypot(...p.subarray(0, 9000).map((v, i) => v - target[i]!)) / Math.sqrt(9000);
  }

  it('ends where float32 ends, in a quarter of the memory', () => {
    const exact = new FlatParameters(layout, length, { ema: false, accumulates: false });
    const small = new FlatParameters(layout, length, {
      optimizer: 'adamw8bit',
      ema: false,
      accumulates: false,
    });
    const before = descend(exact, 1, 1);
    const [a, b] = [descend(exact, 2, 80), descend(small, 1, 80)];
    expect(a).toBeLessThan(before / 5);
    expect(Math.abs(a - b)).toBeLessThan(0.05 * before);
    // what lies between parameters stays zero
    const end = layout[0]!.offset + 90 * 101;
    expect([...small.array('parameters').subarray(end, layout[1]!.offset)].every((v) => v === 0)).toBe(true);
  });

  it('goes on exactly from what it wrote', () => {
    const options = { optimizer: 'adamw8bit', accumulates: false } as const;
    const whole = new FlatParameters(layout, length, options);
    descend(whole, 1, 12);
    const first = new FlatParameters(layout, length, options);
    descend(first, 1, 6);
    const second = new FlatParameters(layout, length, options);
    for (const name of ['parameters', 'm', 'v', 'ema'] as const) second.write(name, first.read(name));
    descend(second, 7, 12);
    for (const name of ['parameters', 'm', 'v', 'ema'] as const)
      expect(second.read(name)).toEqual(whole.read(name));
  });

  it('has more room', () => {
    const leaner = { optimizer: 'adamw8bit', ema: false, accumulates: false } as const;
    expect(maxStoreValues(leaner)).toBeGreaterThan(2.9 * maxStoreValues());
    expect(storeBytes(1000, leaner)).toBe(8000 + 2031.25);
  });
});
