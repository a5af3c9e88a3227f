import { expect, it } from 'vitest';
import { isCombed, partScaler } from './coverFrame.ts';
import { frameConverter } from './rawFrame.ts';
import { coverImage } from './resample.ts';

const [width, height] = [64, 48];

/** Luma of a ramp from left to right, `shift` pixels further in odd rows, and chroma of another. */
function frame(shift: number): Uint8Array {
  const data = new Uint8Array((width * height * 3) / 2).fill(128);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = 16 + 3 * ((x + (y % 2) * shift) % width);
  for (let i = 0; i < (width * height) / 4; i++) data[width * height + i] = 100 + (i % (width / 2));
  return data;
}

const stream = { width, height, format: 'yuv420p', matrix: 'bt709', fullRange: false } as const;

it('scales to what the whole picture scaled is', async () => {
  const scale = partScaler(stream, 28, 16)!;
  const data = frame(0);
  const part = { left: 0, top: 6, width: 64, height: 37 };
  const small = await scale(data, part, false);
  const reference = coverImage(frameConverter(stream)(data), 28, 16);
  expect([small.width, small.height]).toEqual([28, 16]);
  let worst = 0;
  for (const [i, value] of reference.data.entries()) {
    const x = Math.floor(i / 3) % 28;
    if (x > 1 && x < 26) worst = Math.max(worst, Math.abs(value - small.data[i]!)); // filters differ at borders
  }
  expect(worst).toBeLessThanOrEqual(4);
});

it('shows the first field where the two are of two moments', async () => {
  const scale = partScaler(stream, 32, 24)!;
  const whole = { left: 0, top: 0, width, height };
  const one = await scale(frame(0), whole, true);
  expect(await scale(frame(20), whole, true)).toEqual(one);
  expect(await scale(frame(20), whole, false)).not.toEqual(one);
});

it('knows frames of two moments', () => {
  expect(isCombed(frame(0), width, height)).toBe(false);
  expect(isCombed(frame(20), width, height)).toBe(true);
  // fine horizontal stripes are as fine within a field
  const stripes = frame(0);
  for (let y = 0; y < height; y++) stripes.fill(y % 3 === 0 ? 40 : 180, y * width, (y + 1) * width);
  expect(isCombed(stripes, width, height)).toBe(false);
  expect(isCombed(new Uint8Array(6), 2, 2)).toBe(false);
});

it('leaves other formats to the whole conversion', () => {
  for (const format of ['yuv420p10le', 'gbrp', 'rgba', 'gray', 'yuva420p'])
    expect(partScaler({ ...stream, format }, 8, 8)).toBeUndefined();
});
