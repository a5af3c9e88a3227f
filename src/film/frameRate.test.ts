import { describe, expect, it } from 'vitest';
import { type Image, newImage } from '../media/index.ts';
import { frameCount, framesNeeded, resampleFrames } from './frameRate.ts';

/** Frames whose value is ten times their number; counts how many are read. */
async function* ramp(length: number, read = { count: 0 }): AsyncGenerator<Image> {
  for (let i = 0; i < length; i++) {
    read.count++;
    yield newImage(2, 1, [10 * i, 10 * i, 10 * i]);
  }
}

const valuesOf = async (frames: AsyncIterable<Image>): Promise<number[]> => {
  const out: number[] = [];
  for await (const frame of frames) out.push(frame.data[0] as number);
  return out;
};

describe('frame rates', () => {
  it('counts the frames of a clip, never none', () => {
    expect([frameCount(2, 12), frameCount(0.01, 12), frameCount(0.3, 12)]).toEqual([24, 1, 4]);
  });

  it('leaves frames of the same rate as they are', async () => {
    expect(framesNeeded(5, 12, 12)).toBe(5);
    expect(await valuesOf(resampleFrames(ramp(9), { count: 5, fps: 12, sourceFps: 12 }))).toEqual([
      0, 10, 20, 30, 40,
    ]);
  });

  it('fades between slower frames and reads no more than it needs', async () => {
    const read = { count: 0 };
    const out = await valuesOf(resampleFrames(ramp(9, read), { count: 5, fps: 12, sourceFps: 6 }));
    expect(out).toEqual([0, 5, 10, 15, 20]);
    expect(read.count).toBe(framesNeeded(5, 12, 6));
  });

  it('holds slower frames where pictures shall not mix', async () => {
    const read = { count: 0 };
    const twos = { count: 6, fps: 12, sourceFps: 6, between: 'hold' } as const;
    expect(await valuesOf(resampleFrames(ramp(9, read), twos))).toEqual([0, 0, 10, 10, 20, 20]);
    expect(read.count).toBe(framesNeeded(6, 12, 6));
    const odd = { count: 6, fps: 12, sourceFps: 7, between: 'hold' } as const;
    expect(await valuesOf(resampleFrames(ramp(9), odd))).toEqual([0, 0, 10, 10, 20, 20]);
  });

  it('fades at odd ratios, too', async () => {
    expect(await valuesOf(resampleFrames(ramp(9), { count: 6, fps: 12, sourceFps: 7 }))).toEqual([
      0, 6, 12, 18, 23, 29,
    ]);
  });

  it('skips faster frames', async () => {
    expect(await valuesOf(resampleFrames(ramp(9), { count: 3, fps: 12, sourceFps: 24 }))).toEqual([
      0, 20, 40,
    ]);
  });

  it('says when the stream is too short', async () => {
    await expect(valuesOf(resampleFrames(ramp(2), { count: 9, fps: 12, sourceFps: 12 }))).rejects.toThrow(
      /2 frames; 9 are needed/,
    );
  });
});
