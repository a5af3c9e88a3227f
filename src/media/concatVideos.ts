import { writeAtomically } from '../files/index.ts';
import { type Mp4Track, readMp4Track } from './mp4Track.ts';
import { type VideoBackendName, videoBackend } from './video.ts';
import { VideoError } from './videoError.ts';

/**
 * Joins clips that `VideoWriter` made with the same options into one MP4 without encoding again, atomically. All frames
 * keep their exact length, however many clips there are. The same clips give the same bytes.
 *
 * @throws {RangeError} without clips.
 * @throws {VideoError} for clips of different sizes, rates or encodings, for files that `VideoWriter` did not make, and when
 * there is no FFmpeg.
 */
export async function concatVideos(
  paths: readonly string[],
  out: string,
  backend?: VideoBackendName,
): Promise<void> {
  const [first, ...others] = paths;
  if (first === undefined) throw new RangeError(`concatVideos: ${out} needs at least one clip, got none`);
  const { concat } = await videoBackend(backend);
  const model = await readMp4Track(first);
  for (const path of others) checkAlike(model, first, await readMp4Track(path), path);
  try {
    await writeAtomically(out, (temporary) => concat(paths, temporary, model.frameTicks));
  } catch (error) {
    const reason = `cannot be joined from ${paths.length} clips (${(error as Error).message})`;
    throw new VideoError(out, reason, 'see that the disk has room, and make the clips again', { cause: error });
  }
}

function checkAlike(a: Mp4Track, pathA: string, b: Mp4Track, pathB: string): void {
  const rate = ({ timescale, frameTicks }: Mp4Track): string => `${timescale}/${frameTicks} frames a second`;
  const differing = ([rate, (track: Mp4Track) => track.encoding] as const).find((of) => of(a) !== of(b));
  if (!differing) return;
  throw new VideoError(
    pathB,
    `is not encoded like ${pathA}, with which it is to be joined: it has ${differing(b)}, expected ${differing(a)}`,
    'make the clips again with one size, rate and encoder',
  );
}
