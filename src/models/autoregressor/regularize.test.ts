import { expect, it } from 'vitest';
import { f32, input } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { drawDropout, fedDropout } from './index.ts';

it('fedDropout: scales what stays so that the mean does not move, with a mask of its own for each call', async () => {
  for (const p of [0.5, 0.1]) {
    const mask = input('mask', [2, 100, 100], 'uint8');
    const x = input('x', [100, 100]);
    const drop = fedDropout(mask, p);
    const [a, b] = [drop(x), drop(x)];
    expect(() => drop(x)).toThrow(/serves 2 calls/);
    const feeds = {
      x: f32(new Float32Array(10000).fill(3), [100, 100]),
      mask: drawDropout(mask.shape, p, Random.of(1)),
    };
    const out = await runGraph({ a, b }, feeds);
    const [va, vb] = [out.a!.data as Float32Array, out.b!.data as Float32Array];
    expect(va).not.toEqual(vb);
    for (const v of [va, vb]) {
      const zeros = v.filter((y) => y === 0).length / v.length;
      expect(Math.abs(zeros - p)).toBeLessThan(0.02);
      expect(Math.abs(v.reduce((s, y) => s + y, 0) / v.length - 3)).toBeLessThan(0.12); // four standard errors
    }
  }
});
