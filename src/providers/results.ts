import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Capabilities } from '../film/index.ts';
import { type Answer, excerpt, ProviderError } from '../http/index.ts';
import {
  decodeImage,
  type Image,
  openVideo,
  PictureError,
  readSound,
  type Sound,
  soundLength,
  VideoError,
} from '../media/index.ts';
import { CameToNothing } from './orders.ts';

/** The bytes of a result and what they were called. */
export type Result = Pick<Answer, 'bytes' | 'mediaType'>;

/** A picture that a model gave. @throws ProviderError where it is none */
export async function pictureOf(who: string, result: Result): Promise<Image> {
  try {
    return await decodeImage(result.bytes, who);
  } catch (error) {
    if (!PictureError.isInstance(error)) throw error;
    throw wrongKind(who, 'a picture', result, error);
  }
}

export interface ClipWanted {
  /** At least. */
  readonly seconds: number;
  readonly allow: Capabilities['allow'];
}

/**
 * A clip that a model gave: its frames at the mean rate at which they are shown. It is decoded twice: first to measure it,
 * so that nothing of a clip that does not fit is written.
 * @throws ProviderError where it is no film or shorter than asked, unless `allow` has `seconds`: then its last frame stays
 */
export async function clipOf(
  who: string,
  result: Result,
  { seconds, allow }: ClipWanted,
): Promise<{
  readonly frames: AsyncIterable<Image>;
  readonly fps: number;
  readonly sound: Int16Array | undefined;
  readonly warnings: string[];
  readonly conformed: string;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-clip-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'clip');
  try {
    await writeFile(path, result.bytes);
    const { frames, width, height } = await openVideo(path);
    let count = 0;
    let last = 0;
    for await (const { time } of frames()) {
      count++;
      last = time.num / time.den;
    }
    if (count < 2 || last <= 0) throw wrongKind(who, 'a film of several frames', result);
    const fps = (count - 1) / last;
    const length = count / fps;
    const warnings: string[] = [];
    if (length < seconds - 1.5 / fps) {
      const short = `the clip has ${length.toFixed(2)} s, and ${seconds} s were asked for`;
      if (!allow.includes('seconds'))
        throw new ProviderError(
          `${who}: ${short}; make the shot shorter, or let its last frame stay by \`allow: [seconds]\``,
        );
      warnings.push(`${short}: its last frame stays`);
    }
    const sound = await soundIn(path, seconds, warnings);
    const size = `from ${width} x ${height}, ${fps.toFixed(3)} frames a second, ${length.toFixed(2)} s`;
    const conformed = sound ? `${size}, its sound as AAC` : size;
    return { sound, frames: held(frames(), Math.ceil(seconds * fps) + 1, remove), fps, warnings, conformed };
  } catch (error) {
    await remove();
    if (VideoError.isInstance(error)) throw wrongKind(who, 'a film', result, error);
    throw error;
  }
}

/** Sound that cannot be read is left out, with a warning: the pictures have been paid for. */
async function soundIn(path: string, seconds: number, warnings: string[]): Promise<Sound | undefined> {
  try {
    return await readSound(path, soundLength(seconds));
  } catch (error) {
    if (!VideoError.isInstance(error)) throw error;
    warnings.push(`its sound is left out: the clip ${error.reason}`);
    return undefined;
  }
}

/** `count` frames at least: the last one again where there are fewer. */
async function* held(
  frames: AsyncIterable<Image>,
  count: number,
  end: () => Promise<void>,
): AsyncGenerator<Image, void, void> {
  try {
    let last: Image | undefined;
    let given = 0;
    for await (const frame of frames) {
      last = frame;
      given++;
      yield frame;
    }
    for (; last && given < count; given++) yield last;
  } finally {
    await end();
  }
}

function wrongKind(who: string, expected: string, result: Result, cause?: unknown): CameToNothing {
  const type = result.mediaType || 'no media type';
  const isText = /^(text|application\/(json|xml))/.test(type);
  const came = isText ? `: ${excerpt(result)}` : ` (${result.bytes.length} bytes)`;
  return new CameToNothing(`${who}: expected ${expected}, got ${type}${came}`, { cause });
}
