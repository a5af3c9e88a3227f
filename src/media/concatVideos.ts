import { dirname } from 'node:path';
import { MovieDreamerError } from '../base/index.ts';
import { explainDiskError, writeAtomically } from '../files/index.ts';
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
 * @throws {OutputError} when the disk is full or not writable.
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
    const explained = await explainDiskError(error, dirname(out));
    if (MovieDreamerError.isInstance(explained)) throw explained;
    const reason = `cannot be joined from ${paths.length} clips (${(error as Error).message})`;
    throw new VideoError(out, reason, 'make the clips again', {
      cause: error,
    });
  }
}

function checkAlike(a: Mp4Track, pathA: string, b: Mp4Track, pathB: string): void {
  const traits: readonly ((track: Mp4Track) => string)[] = [
    ({ width, height }) => `frames of ${width} x ${height}`,
    ({ timescale, frameTicks }) => `${Number((timescale / frameTicks).toFixed(3))} frames a second`,
    ({ timescale, frameTicks }) => `frames of ${frameTicks} ticks of 1/${timescale} s`,
    ({ codec }) => `the codec ${codec}`,
  ];
  const differing = traits.find((trait) => trait(a) !== trait(b));
  if (!differing && a.settings === b.settings) return;
  const difference = differing
    ? `${differing(b)}, expected ${differing(a)}`
    : 'other settings of the encoder';
  const reason = `has ${difference}, and is to be joined with ${pathA}`;
  throw new VideoError(pathB, reason, 'make the clips again with one size, rate and encoder');
}
