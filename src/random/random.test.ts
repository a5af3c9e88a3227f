import { describe, expect, it } from 'vitest';
import { Random } from './index.ts';

// Every film and every training hangs on these numbers. A change here changes all of them: it must not happen by accident.
describe('the sequence of a seed and a path', () => {
  const random = (): Random => Random.of(7, 'keyframe', 12);
  const draw = <T>(count: number, next: (random: Random) => T): T[] => {
    const stream = random();
    return Array.from({ length: count }, () => next(stream));
  };

  it('is fixed in its words', () => {
    const words = [2935059767, 3792529163, 3350060927, 1768878289, 3225646139, 311492570];
    expect(draw(6, (r) => r.uint32())).toEqual(words);
    expect(Random.of(0).state).toEqual([864499798, 2155522942, 2231783010, 2980077057]);
    const last = Random.of(Number.MAX_SAFE_INTEGER, 'x');
    expect(last.state).toEqual([2773791305, 2208459685, 524814734, 2197791759]);
  });

  it('is fixed in the numbers made of them', () => {
    expect(draw(3, (r) => r.uniform())).toEqual([0.6833718559370712, 0.7799968377638539, 0.7510292609969155]);
    expect(draw(12, (r) => r.int(10))).toEqual([6, 7, 7, 0, 6, 7, 5, 2, 0, 1, 8, 5]);
    expect(draw(3, (r) => r.normal())).toEqual([
      0.2841516001638503, 1.4332795976981714, -0.43697960131130964,
    ]);
    expect([...random().normals(5)]).toEqual([
      0.2841516137123108, -1.489735722541809, 1.4332796335220337, 0.8523786664009094, -0.43697959184646606,
    ]);
    expect(
      random()
        .shuffle([...'abcdefgh'])
        .join(''),
    ).toBe('gbdcaehf');
  });

  it('does not depend on how a number in the path is written, only on where one name ends', () => {
    expect(Random.of(7, 'keyframe', '12').state).toEqual(random().state);
    expect(Random.of(1, 'a', 'b').state).not.toEqual(Random.of(1, 'ab').state);
    expect(Random.of(1, 'a').state).not.toEqual(Random.of(2, 'a').state);
  });

  it('goes on from a saved state', () => {
    const stream = random();
    stream.normals(3);
    const restored = Random.fromState(stream.state);
    expect(restored.normals(4)).toEqual(stream.normals(4));
  });
});

describe('Random', () => {
  it('draws evenly', () => {
    const stream = Random.of(3, 'even');
    const counts = new Array<number>(8).fill(0);
    for (let i = 0; i < 8000; i++) counts[stream.int(8)]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000 * (7 / 8)));
  });

  it('draws normal numbers of mean 0 and variance 1', () => {
    const values = Random.of(3, 'normal').normals(20_000);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(values.length));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length));
  });

  it('refuses seeds and counts that are none', () => {
    for (const seed of [-1, 1.5, Number.NaN, 2 ** 53])
      expect(() => Random.of(seed)).toThrow(/seed must be an integer/);
    for (const n of [0, -1, Number.NaN]) expect(() => Random.of(1).int(n)).toThrow(/n must be at least 1/);
    expect(() => Random.fromState([1, 2, 3])).toThrow('expected 4 words, got 3');
  });
});
