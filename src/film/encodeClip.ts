import type { ClipSettings } from '../inference/index.ts';
import {
  coverImage,
  type Image,
  type Sound,
  soundLength,
  VideoWriter,
  writeWithSound,
} from '../media/index.ts';
import { frameCount, resampleFrames } from './frameRate.ts';

/** What a clip is encoded as. */
export interface ClipShape extends Pick<ClipSettings, 'between'> {
  /** Size in pixels; frames of another size are cut to its shape and resized. */
  readonly width: number;
  readonly height: number;
  /** Frames a second, a whole number. */
  readonly fps: number;
  readonly seconds: number;
}

/** What a clip is written from. */
export interface ClipParts {
  readonly frames: AsyncIterable<Image>;
  /** Rate at which they come. */
  readonly fps: number;
  readonly sound?: Sound | undefined;
}

/** Writes the clip of a film: frames resampled to its rate and length, sound cut to it. Nothing stays where it fails. */
export async function encodeClip(path: string, made: ClipParts, shape: ClipShape): Promise<void> {
  const { sound } = made;
  if (!sound) return encodeFrames(path, made, shape);
  const fitted = new Int16Array(soundLength(frameCount(shape.seconds, shape.fps) / shape.fps));
  fitted.set(sound.subarray(0, fitted.length));
  const all = { sound: [fitted], length: fitted.length };
  await writeWithSound(path, all, (silent) => encodeFrames(silent, made, shape));
}

async function encodeFrames(
  path: string,
  made: ClipParts,
  { width, height, fps, seconds, between }: ClipShape,
): Promise<void> {
  const count = frameCount(seconds, fps);
  const writer = await VideoWriter.create(path, { width, height, fps });
  try {
    for await (const frame of resampleFrames(made.frames, { count, fps, sourceFps: made.fps, between })) {
      const isFit = frame.width === width && frame.height === height;
      await writer.write(isFit ? frame : coverImage(frame, width, height));
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
