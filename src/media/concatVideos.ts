import { dirname } from 'node:path';
import { MovieDreamerError } from '../base/index.ts';
import { explainDiskError, writeAtomically } from '../files/index.ts';
import { type Mp4Track, readMp4Track } from './mp4Track.ts';
import { readSound, type Sound, soundLength, writeWithSound } from './sound.ts';
import { type VideoBackendName, videoBackend } from './video.ts';
import { VideoError } from './videoError.ts';

/**
 * Joins clips that `VideoWriter` made with the same options into one MP4 without encoding again, atomically. All frames
 * keep their exact length, however many clips there are. The same clips give the same bytes. Where a clip has sound it is
 * encoded anew, in one track that is silent where clips are.
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
  const tracks = [model];
  for (const path of others) {
    const track = await readMp4Track(path);
    checkAlike(model, first, track, path);
    tracks.push(track);
  }
  const join = (to: string): Promise<void> => concat(paths, to, model.frameTicks);
  try {
    if (tracks.some(({ hasSound }) => hasSound)) {
      const lengths = soundLengths(tracks);
      const all = {
        sound: soundOf(paths, tracks, lengths, backend),
        length: lengths.reduce((a, b) => a + b),
      };
      await writeWithSound(out, all, join, backend);
    } else await writeAtomically(out, join);
  } catch (error) {
    const explained = await explainDiskError(error, dirname(out));
    if (MovieDreamerError.isInstance(explained)) throw explained;
    const reason = `cannot be joined from ${paths.length} clips (${(error as Error).message})`;
    throw new VideoError(out, reason, 'make the clips again', {
      cause: error,
    });
  }
}

/** Values of sound of every clip; the rounding of one clip does not add to that of the next. */
function soundLengths(tracks: readonly Mp4Track[]): number[] {
  let [frames, given] = [0, 0];
  return tracks.map(({ frames: own, frameTicks, timescale }) => {
    frames += own;
    const length = soundLength((frames * frameTicks) / timescale) - given;
    given += length;
    return length;
  });
}

/** The sound of the clips one after the other. */
async function* soundOf(
  paths: readonly string[],
  tracks: readonly Mp4Track[],
  lengths: readonly number[],
  backend: VideoBackendName | undefined,
): AsyncGenerator<Sound> {
  for (const [i, path] of paths.entries()) {
    const length = lengths[i] as number;
    const own = tracks[i]?.hasSound ? await readSound(path, length, backend) : undefined;
    yield own ?? new Int16Array(length);
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
