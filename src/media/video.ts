import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MovieDreamerError } from '../base/index.ts';
import { explainDiskError, temporaryPath, writeAtomically } from '../files/index.ts';
import { loadFfmpeg } from './ffmpegProgram.ts';
import type { Image } from './image.ts';
import { loadNodeAv } from './nodeAv.ts';
import type { FrameSink, VideoBackend, VideoSpec } from './videoBackend.ts';
import { VideoError } from './videoError.ts';
import { toYuv } from './yuv.ts';

export type VideoBackendName = VideoBackend['name'];

const backends = new Map<VideoBackendName, Promise<VideoBackend>>();

/**
 * The FFmpeg that reads and writes video: the optional package `node-av`, otherwise a system `ffmpeg` (the program that
 * the environment variable FFMPEG names, or the one on the PATH).
 *
 * @throws {VideoError} when neither works; it says what to install.
 */
export async function videoBackend(name?: VideoBackendName): Promise<VideoBackend> {
  const candidates: readonly VideoBackendName[] = name ? [name] : ['node-av', 'ffmpeg'];
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      return await load(candidate);
    } catch (error) {
      failures.push(`${candidate}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new VideoError(
    'FFmpeg',
    `reading and writing video needs it, and there is none that works (${failures.join('; ')})`,
    'install the package: npm install node-av, or the program: apt install ffmpeg, brew install ffmpeg',
  );
}

function load(name: VideoBackendName): Promise<VideoBackend> {
  const program = process.env.FFMPEG || 'ffmpeg';
  let backend = backends.get(name);
  if (!backend) {
    backend = name === 'node-av' ? loadNodeAv() : loadFfmpeg(program);
    backend.catch(() => backends.delete(name)); // another try may find it installed
    backends.set(name, backend);
  }
  return backend;
}

export interface VideoOptions {
  readonly width: number;
  readonly height: number;
  /** Frames a second; 12 by default. */
  readonly fps?: number;
  /** x264's constant rate factor, 0 to 51; 18 by default. */
  readonly crf?: number;
  readonly backend?: VideoBackendName;
}

/** What to throw when FFmpeg cannot write: it reports a full disk each time in other words. */
async function failure(path: string, cause: unknown): Promise<unknown> {
  const explained = await explainDiskError(cause, dirname(path));
  if (MovieDreamerError.isInstance(explained)) return explained;
  return new VideoError(path, `cannot be written (${(cause as Error).message})`, 'give another place', {
    cause,
  });
}

/**
 * Writes an H.264 MP4 (yuv420p, BT.709, index in front) frame by frame: `write` each frame, then `close`. The file
 * appears under its name only when closed. The same frames and options give the same bytes. After an error, or to
 * give up, call `abort`, which leaves nothing behind.
 */
export class VideoWriter {
  readonly path: string;
  readonly spec: VideoSpec;
  private readonly temporary: string;
  private readonly sink: FrameSink;
  private frames = 0;
  private open = true;

  private constructor(path: string, spec: VideoSpec, temporary: string, sink: FrameSink) {
    this.path = path;
    this.spec = spec;
    this.temporary = temporary;
    this.sink = sink;
  }

  static async create(path: string, options: VideoOptions): Promise<VideoWriter> {
    const { width, height, fps = 12, crf = 18 } = options;
    for (const [name, n] of Object.entries({ width, height })) {
      if (!Number.isInteger(n) || n < 2 || n % 2) {
        throw new RangeError(`VideoWriter: ${name} must be an even number of pixels, got ${n}`);
      }
    }
    if (!Number.isInteger(fps) || fps < 1)
      throw new RangeError(`VideoWriter: fps must be a whole number, got ${fps}`);
    if (!(crf >= 0 && crf <= 51)) throw new RangeError(`VideoWriter: crf must be 0 to 51, got ${crf}`);
    const backend = await videoBackend(options.backend);
    await mkdir(dirname(path), { recursive: true });
    const temporary = temporaryPath(path);
    const spec = { width, height, fps, crf };
    const sink = await backend.encode(temporary, spec).catch(async (error: unknown) => {
      throw await failure(path, error);
    });
    return new VideoWriter(path, spec, temporary, sink);
  }

  /** Appends a frame of the writer's size. */
  async write(image: Image): Promise<void> {
    const { width, height } = this.spec;
    if (!this.open) throw new Error(`VideoWriter: ${this.path} is closed`);
    if (image.width !== width || image.height !== height) {
      throw new RangeError(
        `VideoWriter: ${this.path} takes frames of ${width} x ${height}, got ${image.width} x ${image.height}`,
      );
    }
    try {
      await this.sink.write(toYuv(image).data);
    } catch (error) {
      throw await failure(this.path, error);
    }
    this.frames++;
  }

  /** Finishes the file and moves it into place; throws when no frame was written. */
  async close(): Promise<void> {
    if (!this.open) return;
    try {
      if (this.frames === 0) throw new Error(`VideoWriter: ${this.path} got no frames; write at least one`);
      this.open = false;
      await writeAtomically(this.path, async (temporary) => {
        await this.sink.close().catch(async (error: unknown) => {
          throw await failure(this.path, error);
        });
        await rename(this.temporary, temporary);
      });
    } catch (error) {
      this.open = true;
      await this.abort();
      throw error;
    }
  }

  /** Gives the file up and removes what was written; never throws. */
  async abort(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    await this.sink.abort();
    await rm(this.temporary, { force: true });
  }
}
