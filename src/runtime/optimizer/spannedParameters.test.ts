import { describe, expect, it } from 'vitest';
import { Random } from '../../random/index.ts';
import { cutLayout, layoutParameters } from './parameterLayout.ts';
import { type AdamWOptions, FlatParameters } from './parameterStore.ts';
import { SpannedParameters } from './spannedParameters.ts';
import {
  checkLayout,
  maxStoreValues,
  type StoreArray,
  type StoreOptions,
  storeBytes,
} from './storeMemory.ts';

const { layout, length } = layoutParameters([
  { name: 'a', shape: [70, 70] },
  { name: 'b', shape: [33] },
  { name: 'c', shape: [5001] },
  { name: 'd', shape: [1] },
  { name: 'e', shape: [64, 80] },
]);
const most = 5500; // a with b, c with d, e
const all: readonly StoreArray[] = ['parameters', 'gradients', 'm', 'v', 'ema'];

/** Values where parameters lie, zeros between them. */
function values(...path: (string | number)[]): Float32Array {
  const flat = new Float32Array(length);
  const random = Random.of(1, ...path);
  for (const { offset, shape } of layout) flat.set(random.normals(shape.reduce((x, y) => x * y, 1)), offset);
  return flat;
}

function steps(store: FlatParameters | SpannedParameters, options: Partial<AdamWOptions>): number[] {
  store.write('parameters', values('parameters'));
  store.write('ema', values('parameters'));
  return Array.from({ length: 4 }, (_, step) => {
    store.write('gradients', values('gradients', step));
    return store.adamw({ lr: 0.01, step: step + 1, ...options }).gradNorm;
  });
}

describe('a store in several memories', () => {
  it.each<[string, StoreOptions, Partial<AdamWOptions>]>([
    ['float32 moments', {}, { emaDecay: 0.9 }],
    ['8-bit moments, no average', { optimizer: 'adamw8bit', ema: false }, {}],
    [
      'ranges that go through more than one',
      {},
      {
        noDecay: [[layout[1]!.offset, layout[3]!.offset - layout[1]!.offset]],
        frozen: [
          [layout[0]!.offset, 16],
          [layout[3]!.offset, 16 + 64 * 80],
        ],
      },
    ],
  ])('steps as one memory does: %s', (_, options, adamw) => {
    const one = new FlatParameters(layout, length, options);
    const several = new SpannedParameters(layout, length, options, most);
    const norms = steps(one, adamw);
    steps(several, adamw).forEach((norm, i) => {
      expect(norm).toBeCloseTo(norms[i]!, 9);
    });
    for (const name of all) expect(several.read(name), name).toEqual(one.read(name));
  });

  it('clips by the norm of all gradients', () => {
    const one = new FlatParameters(layout, length);
    const several = new SpannedParameters(layout, length, {}, most);
    steps(one, { clipNorm: 0.5 });
    steps(several, { clipNorm: 0.5 });
    const other = several.read('parameters');
    expect(Math.max(...one.read('parameters').map((v, i) => Math.abs(v - other[i]!)))).toBeLessThan(1e-6);
  });

  it('changes nothing where a gradient of one memory is not finite', () => {
    const store = new SpannedParameters(layout, length, {}, most);
    store.write('gradients', values('g').fill(Number.POSITIVE_INFINITY, layout[4]!.offset));
    expect(store.adamw({ lr: 1, step: 1 }).applied).toBe(false);
    expect(store.read('parameters').every((v) => v === 0)).toBe(true);
  });

  it.each<[string, StoreOptions]>([
    ['float32 moments', {}],
    ['8-bit moments', { optimizer: 'adamw8bit' }],
  ])('is read and written in pieces: %s', (_, options) => {
    const store = new SpannedParameters(layout, length, options, most);
    steps(store, { emaDecay: 0.9 });
    const copy = new SpannedParameters(layout, length, options, most);
    const pieces = cutLayout(layout, length, 10_000); // the first lies in two memories
    expect(pieces.map((p) => p.layout.map((slot) => slot.name).join(''))).toEqual(['abcd', 'e']);
    for (const name of all)
      for (const { offset, length } of pieces) copy.write(name, store.read(name, [offset, length]), offset);
    for (const name of all) expect(copy.read(name), name).toEqual(store.read(name));
  });

  it('has views of parameters, and adds batches', () => {
    const store = new SpannedParameters(layout, length, {}, most);
    const flat = values('views');
    store.write('gradients', flat);
    for (const slot of layout) {
      const size = slot.shape.reduce((a, b) => a * b, 1);
      expect(store.view('gradients', slot)).toEqual(flat.slice(slot.offset, slot.offset + size));
      store.view('scratch', slot).fill(1);
    }
    store.accumulate();
    expect(store.read('gradients')[layout[2]!.offset + 5]).toBe(
      Math.fround(flat[layout[2]!.offset + 5]! + 1),
    );
  });
});

describe('checkLayout', () => {
  const wide = layoutParameters([0, 1, 2, 3].map((i) => ({ name: `${i}`, shape: [1e8] })));

  it('takes more than one memory holds, as far as the machine goes', () => {
    expect(wide.length).toBeGreaterThan(maxStoreValues());
    expect(() => checkLayout(wide.layout, wide.length, {}, 10e9)).not.toThrow();
    expect(storeBytes(wide.length)).toBe(9.6e9);
    expect(() => checkLayout(wide.layout, wide.length, {}, 8e9)).toThrow(
      /400000000 trained values need 9\.6 GB.*machine has 8\.0 GB\. Train with lora, or optimizer adamw8bit, or no average/s,
    );
    const lean = { optimizer: 'adamw8bit', ema: false, accumulates: false } as const;
    expect(() => checkLayout(wide.layout, wide.length, lean, 8e9)).not.toThrow();
  });

  it('refuses a parameter that no memory holds', () => {
    const { layout, length } = layoutParameters([{ name: 'vast', shape: [2 ** 28] }]);
    expect(() => checkLayout(layout, length, {}, 1e12)).toThrow(/'vast' has 268435456 values/);
  });
});
