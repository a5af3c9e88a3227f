import { spawn } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { ended, fileUrl, quiet, run } from './ffmpegProcess.ts';
import { frameBytes, pixelLayout, readableFormat } from './pixelLayout.ts';
import { isHdr } from './toneMap.ts';
import { FrameSizeError, type RawFrame, type RawVideo, type VideoStream } from './videoBackend.ts';
import { VideoError } from './videoError.ts';

/** What is run to read films. */
export interface FfmpegPrograms {
  readonly ffmpeg: string;
  /** `ffprobe`, which comes with every `ffmpeg`, from the same folder. */
  readonly ffprobe: string;
  /** What makes `ffmpeg` neither repeat nor drop frames: the option's name depends on its version. */
  readonly passthrough: readonly string[];
}

/** Finds out how to call a program `ffmpeg`. Throws when it does not run. */
export async function ffmpegPrograms(ffmpeg: string): Promise<FfmpegPrograms> {
  const version = /^ffmpeg version n?(\d+)\.(\d+)/.exec(await run(ffmpeg, ['-version']));
  const isOld = version !== null && Number(version[1]) + Number(version[2]) / 10 < 5.1;
  const ffprobe = join(dirname(ffmpeg), basename(ffmpeg).replace('ffmpeg', 'ffprobe'));
  return { ffmpeg, ffprobe, passthrough: isOld ? ['-vsync', '0'] : ['-fps_mode', 'passthrough'] };
}

/** Opens a file through the programs for `VideoBackend.open`. */
export async function openWithFfmpeg(programs: FfmpegPrograms, path: string): Promise<RawVideo | undefined> {
  const text = await run(programs.ffprobe, [
    ...['-loglevel', 'error', '-select_streams', 'V:0', '-show_streams', '-of', 'json', fileUrl(path)],
  ]).catch((error: Error) => {
    if (!(error.cause instanceof Error)) throw error; // it ran
    const reason = 'does not run, and reading films with the program ffmpeg needs it';
    const fix = 'install all of FFmpeg, or the package: npm install node-av';
    throw new VideoError(programs.ffprobe, reason, fix, { cause: error });
  });
  const { streams = [] } = JSON.parse(text) as { streams?: readonly ProbedStream[] };
  const stream = streams[0] && describe(streams[0]);
  return stream && { stream, frames: () => frames(programs, path, stream) };
}

/** The program lacks an option that reading needs. */
function tooOld(ffmpeg: string, cause: Error): VideoError {
  const fix = 'install FFmpeg 4.4 or newer, or the package: npm install node-av';
  return new VideoError(ffmpeg, 'is too old to read films', fix, { cause });
}

/** The parts of ffprobe's description that we read. */
interface ProbedStream {
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
  readonly color_space?: string;
  readonly color_transfer?: string;
  readonly color_range?: string;
  readonly chroma_location?: string;
  readonly sample_aspect_ratio?: string;
  readonly time_base: string;
  readonly side_data_list?: readonly { readonly displaymatrix?: string }[];
}

function describe(probed: ProbedStream): VideoStream {
  const [num = 0, den = 0] = (probed.sample_aspect_ratio ?? '').split(':').map(Number);
  const [ticks = 0, seconds = 0] = probed.time_base.split('/').map(Number);
  const name = probed.pix_fmt ?? 'unknown';
  const range = probed.color_range;
  return {
    width: probed.width ?? 0,
    height: probed.height ?? 0,
    format: readableFormat(name) ?? name,
    matrix: probed.color_space,
    fullRange: range === 'pc' ? true : range === 'tv' ? false : undefined,
    chromaLocation: probed.chroma_location === 'unspecified' ? undefined : probed.chroma_location,
    transfer: isHdr(probed.color_transfer) ? probed.color_transfer : undefined,
    pixelAspect: { num, den },
    displayMatrix: displayMatrix(probed),
    timeBase: { num: ticks, den: seconds },
  };
}

/** Three lines "00000000: a b u", each of which starts with its number. */
function displayMatrix({ side_data_list: list = [] }: ProbedStream): number[] | undefined {
  const text = list.find((data) => data.displaymatrix !== undefined)?.displaymatrix;
  return text?.replace(/^\w+:/gm, '').trim().split(/\s+/).map(Number);
}

/** The samples come through one pipe, and the timestamps through another as a list in FFmpeg's format `framecrc`. */
async function* frames(
  { ffmpeg, passthrough }: FfmpegPrograms,
  path: string,
  stream: VideoStream,
): AsyncGenerator<RawFrame> {
  const layout = pixelLayout(stream.format);
  if (!layout) throw new Error(`unknown pixel format ${stream.format}`);
  const { num, den } = stream.timeBase;
  const each = [
    ...['-map', '0:V:0', ...passthrough, '-autoscale', '0', '-enc_time_base', `${num}:${den}`],
    ...['-c:v', 'rawvideo', '-pix_fmt', stream.format, '-flush_packets', '1'],
  ];
  const args = [
    ...[...quiet, '-xerror', '-copyts', '-threads', '1', '-noautorotate', '-i', fileUrl(path)],
    ...[...each, '-f', 'rawvideo', 'pipe:1', ...each, '-f', 'framecrc', 'pipe:3'],
  ];
  const child = spawn(ffmpeg, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const finished = ended(child, ffmpeg);
  finished.catch(() => undefined);
  const list = new FrameList(child.stdio[3] as Readable);
  const bytes = new ByteReader(child.stdout as Readable);
  const size = frameBytes(layout, stream.width, stream.height);
  try {
    for (let i = 0; ; i++) {
      const data = await bytes.take(size);
      if (!data) break;
      const entry = await bytes.meanwhile(list.entry(i));
      if (!entry) break; // the program ended between the two: its exit status says why
      if (entry.size !== size) throw new FrameSizeError(`${entry.size} bytes instead of ${size}`);
      yield { data, pts: entry.pts };
    }
    await finished.catch((error: Error) => {
      if (/Unrecognized option|Option \S+ not found/.test(error.message)) throw tooOld(ffmpeg, error);
      throw error;
    });
  } finally {
    child.kill('SIGKILL');
  }
}

/** The lines "stream, dts, pts, duration, size, checksum" of a `framecrc` list, as they come. */
class FrameList {
  private readonly entries: { readonly pts: number; readonly size: number }[] = [];
  private rest = '';
  private ended = false;
  private wake: () => void = () => undefined;

  constructor(stream: Readable) {
    stream.setEncoding('latin1').on('data', (text: string) => this.add(text));
    for (const event of ['end', 'error', 'close']) {
      stream.on(event, () => {
        this.ended = true;
        this.wake();
      });
    }
  }

  private add(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('#') || line === '') continue;
      const [, , pts, , size] = line.split(',').map(Number);
      this.entries.push({ pts: pts as number, size: size as number });
    }
    this.wake();
  }

  /** The frame with this number, or undefined when the list ends before it. */
  async entry(index: number): Promise<{ pts: number; size: number } | undefined> {
    while (index >= this.entries.length && !this.ended) {
      await new Promise<void>((yes) => {
        this.wake = yes;
      });
    }
    return this.entries[index];
  }
}

/** Cuts a stream of bytes into pieces of known lengths. */
class ByteReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private readonly waiting: Buffer[] = [];
  private pending: Promise<boolean> | undefined;

  constructor(stream: Readable) {
    this.chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** The next `length` bytes, or undefined when the stream ends before. */
  async take(length: number): Promise<Buffer | undefined> {
    const out = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; ) {
      const chunk = this.waiting[0];
      if (!chunk) {
        if (!(await this.more())) return undefined;
        continue;
      }
      const count = Math.min(chunk.length, length - at);
      chunk.copy(out, at, 0, count);
      at += count;
      if (count === chunk.length) this.waiting.shift();
      else this.waiting[0] = chunk.subarray(count);
    }
    return out;
  }

  /** Waits for something else and reads on meanwhile: a program that cannot write here would not write there either. */
  async meanwhile<T>(other: Promise<T>): Promise<T> {
    for (let more = true; more; ) {
      const first = await Promise.race([other.then((value) => ({ value })), this.more()]);
      if (typeof first === 'object') return first.value;
      more = first;
    }
    return other;
  }

  private more(): Promise<boolean> {
    this.pending ??= this.chunks.next().then(
      ({ done, value }) => {
        this.pending = undefined;
        if (!done) this.waiting.push(value);
        return !done;
      },
      () => false, // a broken pipe: the program's exit status says more
    );
    return this.pending;
  }
}
