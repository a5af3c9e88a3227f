import { expect } from 'vitest';
import {
  type Image,
  type Rational,
  readVideo,
  type VideoBackendName,
  VideoError,
  type VideoFrame,
  videoBackend,
} from '../../media/index.ts';

/** The video backends that work here; for those that do not, a line says why nothing is tested with them. */
export async function workingBackends(): Promise<ReadonlySet<VideoBackendName>> {
  const working = new Set<VideoBackendName>();
  for (const name of ['node-av', 'ffmpeg'] as const) {
    await videoBackend(name).then(
      () => working.add(name),
      (error: Error) =>
        console.warn(`video backends: nothing is tested with ${name}, since ${error.message}`),
    );
  }
  if (!working.has('ffmpeg'))
    console.warn('video backends: films that the program ffmpeg makes are not tested');
  return working;
}

export type Colour = readonly [number, number, number];

/** What came of reading a film: frames, and the error that ended it. */
export interface Reading {
  readonly frames: readonly VideoFrame[];
  readonly error: string | undefined;
}

export async function read(path: string, backend: VideoBackendName, folder = ''): Promise<Reading> {
  const frames: VideoFrame[] = [];
  try {
    for await (const frame of readVideo(path, backend)) frames.push(frame);
  } catch (error) {
    expect(error).toBeInstanceOf(VideoError);
    return { frames, error: (error as VideoError).message.replaceAll(`${folder}/`, '') };
  }
  return { frames, error: undefined };
}

export const seconds = ({ num, den }: Rational): number => num / den;
export const pixel = ({ width, data }: Image, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
export const centre = (frame: Image): number[] => pixel(frame, frame.width >> 1, frame.height >> 1);

export function expectNear(got: readonly number[], expected: readonly number[], tolerance: number): void {
  const far = got.some((v, i) => Math.abs(v - expected[i]!) > tolerance);
  if (far) expect(got).toEqual(expected);
}
