import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ClusterItem, cluster, clusterInto } from './cluster.ts';

/** A direction in a plane, by its angle in degrees. */
const at = (degrees: number, frame: number): ClusterItem => {
  const turn = (degrees * Math.PI) / 180;
  return { sum: Float32Array.of(Math.cos(turn), Math.sin(turn)), count: 1, frames: [frame] };
};
const cosine = (degrees: number): number => Math.cos((degrees * Math.PI) / 180);

it('joins what is alike on average, most alike first', () => {
  const items = [at(0, 1), at(90, 2), at(4, 3), at(95, 4), at(180, 5)];
  expect(cluster(items, cosine(20))).toEqual([[0, 2], [1, 3], [4]]);
  // 0, 4 and 40 degrees: the mean similarity of 40 to the other two decides
  const three = [at(0, 1), at(40, 2), at(4, 3)];
  const mean = (cosine(40) + cosine(36)) / 2;
  expect(cluster(three, mean - 1e-6)).toEqual([[0, 1, 2]]);
  expect(cluster(three, mean + 1e-6)).toEqual([[0, 2], [1]]);
});

it('never joins faces of one frame, nor groups that hold some', () => {
  expect(cluster([at(0, 1), at(0, 1)], 0.5)).toEqual([[0], [1]]);
  // twins in frame 1, and a face nearer to the second of them
  expect(cluster([at(0, 1), at(3, 1), at(2, 2)], 0.5)).toEqual([[0], [1, 2]]);
  // both groups hold a face of frame 2
  expect(cluster([at(0, 1), at(0, 2), at(5, 2), at(5, 3)], 0.5)).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

it('gives so many groups as are asked for, more where frames keep faces apart', () => {
  const items = [at(0, 1), at(1, 2), at(30, 3), at(32, 4), at(90, 5)];
  expect(clusterInto(items, 2)).toEqual([[0, 1, 2, 3], [4]]);
  expect(clusterInto(items, 3)).toEqual([[0, 1], [2, 3], [4]]);
  expect(clusterInto(items, 5)).toHaveLength(5);
  expect(clusterInto([at(0, 1), at(0, 1)], 1)).toEqual([[0], [1]]);
});

it('does what joining the most alike pair of all again and again does', () => {
  const item = fc.record({ angle: fc.integer({ min: 0, max: 3599 }), frame: fc.integer({ min: 1, max: 6 }) });
  fc.assert(
    fc.property(
      fc.uniqueArray(item, { maxLength: 12, selector: ({ angle }) => angle }),
      fc.integer({ min: 0, max: 19 }),
      (list, t) => {
        // irrational steps, so that no two pairs are exactly as alike
        const items = list.map(({ angle, frame }) => at((angle / 10) * 1.0001 + Math.sin(angle) / 50, frame));
        expect(cluster(items, t / 10 - 0.95)).toEqual(greedy(items, t / 10 - 0.95));
      },
    ),
    { numRuns: 300 },
  );
});

/** The definition, in cubic time. */
function greedy(items: readonly ClusterItem[], threshold: number): number[][] {
  let groups = items.map((_, i) => [i]);
  const alike = (a: readonly number[], b: readonly number[]): number => {
    const frames = new Set(a.map((i) => items[i]!.frames[0]));
    if (b.some((i) => frames.has(items[i]!.frames[0]))) return Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (const i of a)
      for (const j of b) sum += items[i]!.sum[0]! * items[j]!.sum[0]! + items[i]!.sum[1]! * items[j]!.sum[1]!;
    return sum / (a.length * b.length);
  };
  for (;;) {
    let best: { similarity: number; i: number; j: number } | undefined;
    for (let i = 0; i < groups.length; i++)
      for (let j = i + 1; j < groups.length; j++) {
        const similarity = alike(groups[i]!, groups[j]!);
        if (similarity >= threshold && similarity > (best?.similarity ?? -2)) best = { similarity, i, j };
      }
    if (!best) break;
    const { i, j } = best;
    groups = [...groups.filter((_, k) => k !== i && k !== j), [...groups[i]!, ...groups[j]!]];
  }
  return groups.map((g) => g.toSorted((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!);
}
