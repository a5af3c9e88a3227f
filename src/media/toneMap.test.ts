import { describe, expect, it } from 'vitest';
import { newImage } from './image.ts';
import { toneMapper } from './toneMap.ts';

const mappers = { smpte2084: toneMapper('smpte2084'), 'arib-std-b67': toneMapper('arib-std-b67') };
const shown = (transfer: keyof typeof mappers, ...colour: [number, number, number]): number[] => [
  ...mappers[transfer](newImage(1, 1, colour)).data,
];

describe('toneMapper', () => {
  it('keeps black, and makes the peak of 1000 cd/m2 white', () => {
    for (const transfer of ['smpte2084', 'arib-std-b67'] as const)
      expect(shown(transfer, 0, 0, 0)).toEqual([0, 0, 0]);
    expect(shown('arib-std-b67', 255, 255, 255)).toEqual([255, 255, 255]);
    expect(shown('smpte2084', 200, 200, 200)).toEqual([255, 255, 255]); // PQ 0.7518 (191.7) is 1000 cd/m2
    expect(shown('smpte2084', 186, 186, 186)[0]).toBeLessThan(253);
    expect(shown('smpte2084', 255, 255, 255)).toEqual([255, 255, 255]);
  });

  it('shows the reference white of 203 cd/m2 at 68.7 percent', () => {
    // HLG 0.75 and PQ 0.58; BT.2446-1 gives 0.687 for (203 / 1000) ** (1 / 2.4), worked out by hand
    for (const v of shown('arib-std-b67', 191, 191, 191)) expect(Math.abs(v - 175)).toBeLessThanOrEqual(1);
    for (const v of shown('smpte2084', 148, 148, 148)) expect(Math.abs(v - 175)).toBeLessThanOrEqual(1);
  });

  it('keeps greys neutral and in their order', () => {
    for (const transfer of ['smpte2084', 'arib-std-b67'] as const) {
      let last = -1;
      for (let v = 0; v <= 255; v += 5) {
        const [r, g, b] = shown(transfer, v, v, v) as [number, number, number];
        expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThanOrEqual(1);
        expect(g).toBeGreaterThanOrEqual(last);
        last = g;
      }
    }
  });

  it('keeps hues: the red, green and blue of BT.2020 are out of reach and become those of BT.709', () => {
    for (const c of [0, 1, 2]) {
      const colour: [number, number, number] = [0, 0, 0];
      colour[c] = 180;
      const got = shown('arib-std-b67', ...colour);
      expect(got.indexOf(Math.max(...got))).toBe(c);
      expect(got.filter((_, i) => i !== c)).toEqual([0, 0]);
    }
  });
});
