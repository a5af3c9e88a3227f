import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { restore, standardise } from './latentSpace.ts';

const x = Random.of(1, 'x').normals(2 * 3 * 4); // two images, three channels, four positions

describe('standardised latents', () => {
  it('are shifted and divided by channel, and come back', () => {
    const space = { mean: [1, -2, 0.5], std: [2, 0.5, 4] };
    const z = standardise(x, 2, space);
    expect(z[0]).toBeCloseTo(((x[0] as number) - 1) / 2, 6);
    expect(z[12 + 4]).toBeCloseTo(((x[12 + 4] as number) + 2) / 0.5, 6);
    restore(z, 2, space).forEach((v, i) => {
      expect(v).toBeCloseTo(x[i] as number, 5);
    });
  });

  it('are turned onto components, and without the last of them come back as the nearest latents', () => {
    const [c, s] = [0.6, 0.8];
    const components = [
      [c, s, 0],
      [-s, c, 0],
    ];
    const space = { mean: [1, 2, 3], std: [2, 4], components };
    const z = standardise(x, 2, space);
    expect(z).toHaveLength(2 * 2 * 4);
    const at = (channel: number) => (x[12 + channel * 4 + 3] as number) - (channel + 1);
    expect(z[8 + 3]).toBeCloseTo((c * at(0) + s * at(1)) / 2, 5);
    expect(z[8 + 4 + 3]).toBeCloseTo((-s * at(0) + c * at(1)) / 4, 5);
    const back = restore(z, 2, space);
    back.forEach((v, i) => {
      const channel = Math.floor(i / 4) % 3;
      expect(v).toBeCloseTo(channel === 2 ? 3 : (x[i] as number), 5);
    });
  });
});
