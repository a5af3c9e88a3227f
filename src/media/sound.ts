import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MovieDreamerError } from '../base/index.ts';
import { explainDiskError, temporaryPath, writeAtomically } from '../files/index.ts';
import { type VideoBackendName, videoBackend } from './video.ts';
import { sampleBytes, soundRate } from './videoBackend.ts';
import { VideoError } from './videoError.ts';

/** Sound of two channels, interleaved (left, right, left, ...), 48,000 samples a second of each. */
export type Sound = Int16Array;

/** How many values a sound of some seconds has: two a sample. */
export const soundLength = (seconds: number): number => 2 * Math.round(seconds * soundRate);

/**
 * The first track of sound of a file, mixed to two channels and resampled to 48 kHz; undefined where it has none.
 * @param length values to give: what is longer is cut, what is shorter ends in silence
 * @throws {VideoError} when it is damaged, and when there is no FFmpeg.
 */
export async function readSound(
  path: string,
  length: number,
  backend?: VideoBackendName,
): Promise<Sound | undefined> {
  const { sound } = await videoBackend(backend);
  try {
    const parts = await sound(path);
    if (!parts) return undefined;
    const bytes = new Uint8Array(2 * length);
    let at = 0;
    for await (const part of parts) {
      const piece = part.subarray(0, bytes.length - at);
      bytes.set(piece, at);
      at += piece.length;
      if (at === bytes.length) break;
    }
    return new Int16Array(bytes.buffer);
  } catch (error) {
    if (MovieDreamerError.isInstance(error)) throw error;
    const reason = `has sound that cannot be read (${(error as Error).message})`;
    throw new VideoError(path, reason, 'make it again', { cause: error });
  }
}

/**
 * Writes a film with sound, atomically: the video as `write` makes it, copied, and the sound as AAC beside it.
 * @param length values of all parts of the sound together
 * @throws {VideoError} when FFmpeg fails. {OutputError} when the disk is full or not writable
 */
export async function writeWithSound(
  out: string,
  { sound, length }: { readonly sound: AsyncIterable<Sound> | Iterable<Sound>; readonly length: number },
  write: (silent: string) => Promise<void>,
  backend?: VideoBackendName,
): Promise<void> {
  const { addSound } = await videoBackend(backend);
  const silent = temporaryPath(out);
  try {
    await write(silent);
    await writeAtomically(out, (temporary) => addSound(silent, bytesOf(sound), length / 2, temporary));
  } catch (error) {
    const explained = await explainDiskError(error, dirname(out));
    if (MovieDreamerError.isInstance(explained)) throw explained;
    const reason = `cannot be written with its sound (${(error as Error).message})`;
    throw new VideoError(out, reason, 'give another place', { cause: error });
  } finally {
    await rm(silent, { force: true });
  }
}

/** In pieces of a second: little of a long film is in memory. */
async function* bytesOf(sound: AsyncIterable<Sound> | Iterable<Sound>): AsyncGenerator<Uint8Array> {
  for await (const part of sound) {
    const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    const piece = soundRate * sampleBytes;
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
}
