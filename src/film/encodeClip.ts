import type { ClipSettings } from '../inference/index.ts';
import { coverImage, type Image, VideoWriter } from '../media/index.ts';
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

/** Writes frames as the clip of a film, resampled to its rate and length. Nothing stays where it fails. */
export async function encodeClip(
  path: string,
  made: { readonly frames: AsyncIterable<Image>; readonly fps: number },
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
