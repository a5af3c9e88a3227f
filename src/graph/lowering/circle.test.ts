import { describe, expect, it } from 'vitest';
import { runGraph } from '../../testing/runGraph.ts';
import { f32 } from '../data.ts';
import { cos, sin } from '../ops/index.ts';
import { input } from '../tensor.ts';
import { providers } from './index.ts';

describe('sine and cosine on GPUs', () => {
  it('are good to 1e-6 over all time steps of diffusion', async () => {
    const xs = Float32Array.from({ length: 4001 }, (_, i) => i / 2 - 1000 + Math.sin(i));
    const x = input('x', [xs.length]);
    const feeds = { x: f32(xs, [xs.length]) };
    const result = await runGraph({ sin: sin(x), cos: cos(x) }, feeds, providers.webgpu);
    for (const which of ['sin', 'cos'] as const) {
      const values = result[which]?.data as Float32Array;
      const most = values.reduce((m, v, i) => Math.max(m, Math.abs(v - Math[which](xs[i] as number))), 0);
      expect(most, which).toBeLessThan(1e-6);
    }
  });
});
