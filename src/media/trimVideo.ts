import { readMp4Track } from './mp4Track.ts';
import { readSound, soundLength, writeWithSound } from './sound.ts';
import { type VideoBackendName, VideoWriter } from './video.ts';
import { openVideo } from './videoSource.ts';

/**
 * Writes some frames of a clip that `VideoWriter` made, with their sound, as another such clip: it is decoded and encoded
 * again with the same options, so that it can stand beside the others in `concatVideos`.
 * @param start first frame, from 0
 * @param frames how many, at least 1
 * @throws {RangeError} where the clip has fewer. {VideoError} {OutputError}
 */
export async function trimVideo(
  path: string,
  { start, frames }: { readonly start: number; readonly frames: number },
  out: string,
  backend?: VideoBackendName,
): Promise<void> {
  const track = await readMp4Track(path);
  if (start < 0 || frames < 1 || start + frames > track.frames) {
    throw new RangeError(
      `trimVideo: ${path} has ${track.frames} frames, not ${start} to ${start + frames - 1}`,
    );
  }
  const fps = track.timescale / track.frameTicks;
  const write = async (to: string): Promise<void> => {
    const { width, height } = track;
    const writer = await VideoWriter.create(to, { width, height, fps, ...(backend ? { backend } : {}) });
    try {
      let at = 0;
      for await (const frame of (await openVideo(path, backend)).frames()) {
        if (at >= start) await writer.write(frame);
        if (++at === start + frames) break;
      }
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  };
  if (!track.hasSound) return write(out);
  const [from, to] = [soundLength(start / fps), soundLength((start + frames) / fps)];
  const sound = (await readSound(path, to, backend)) ?? new Int16Array(to);
  await writeWithSound(out, { sound: [sound.subarray(from)], length: to - from }, write, backend);
}
