import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { temporaryPath } from '../files/index.ts';
import { type FrameSink, type VideoBackend, type VideoSpec, x264 } from './videoBackend.ts';
import type { YuvFrame } from './yuv.ts';

/** A system `ffmpeg` as the video backend. Throws when the program does not run or has no libx264. */
export async function loadFfmpeg(program: string): Promise<VideoBackend> {
  const encoders = await run(program, ['-hide_banner', '-encoders']);
  if (!encoders.includes('libx264')) throw new Error(`${program} was built without libx264`);
  return {
    name: 'ffmpeg',
    encode: (path, spec) => encode(program, path, spec),
    decode: (path) => decode(program, path),
    concat: (paths, out) => concat(program, paths, out),
  };
}

const quiet = ['-hide_banner', '-loglevel', 'error', '-y'];
const mp4 = [
  '-map_metadata',
  '-1',
  '-fflags',
  '+bitexact',
  '-movflags',
  '+faststart+write_colr',
  '-f',
  'mp4',
];

async function encode(program: string, path: string, spec: VideoSpec): Promise<FrameSink> {
  const { width, height, fps, crf } = spec;
  const args = [
    ...quiet,
    ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', `${fps}`, '-i', 'pipe:0'],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      x264.preset,
      '-crf',
      `${crf}`,
      '-bf',
      '0',
      '-g',
      `${x264.keyframeInterval}`,
    ],
    ...['-threads', '1', '-flags:v', '+bitexact', '-pix_fmt', 'yuv420p'],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
    ...[...mp4, path],
  ];
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  const finished = ended(child, program);
  finished.catch(() => undefined); // reported by the next write or by close
  child.stdin.on('error', () => undefined); // EPIPE: the exit status says more
  return {
    async write(data) {
      try {
        if (!child.stdin.write(Buffer.from(data))) await once(child.stdin, 'drain');
      } catch (error) {
        await finished; // a broken pipe: what the program said before it ended tells more
        throw error;
      }
    },
    async close() {
      child.stdin.end();
      await finished;
    },
    async abort() {
      child.kill('SIGKILL');
      await finished.catch(() => undefined);
    },
  };
}

async function* decode(program: string, path: string): AsyncGenerator<YuvFrame> {
  // YUV4MPEG carries the frame size, and the filter gives every input one matrix and range
  const filter = 'scale=out_color_matrix=bt709:out_range=tv,format=yuv420p';
  const args = [...quiet, '-xerror', '-i', path, '-vf', filter, '-f', 'yuv4mpegpipe', 'pipe:1'];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const finished = ended(child, program);
  finished.catch(() => undefined);
  try {
    yield* parseYuv4mpeg(child.stdout as AsyncIterable<Buffer>);
    await finished;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Splits a YUV4MPEG2 stream into frames. */
export async function* parseYuv4mpeg(chunks: AsyncIterable<Buffer>): AsyncGenerator<YuvFrame> {
  let rest: Buffer = Buffer.alloc(0);
  let size: { width: number; height: number } | undefined;
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const line = rest.indexOf(10);
      if (line < 0) break;
      if (!size) {
        const header = rest.toString('latin1', 0, line);
        const [, width, height] = /^YUV4MPEG2 W(\d+) H(\d+) /.exec(`${header} `) ?? [];
        if (!width || !height) throw new Error(`expected a YUV4MPEG2 header, got "${header.slice(0, 80)}"`);
        size = { width: Number(width), height: Number(height) };
        rest = rest.subarray(line + 1);
        continue;
      }
      const { width, height } = size;
      const bytes = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
      if (rest.length < line + 1 + bytes) break;
      const data = new Uint8Array(rest.subarray(line + 1, line + 1 + bytes));
      yield { width, height, data, matrix: 'bt709', fullRange: false };
      rest = rest.subarray(line + 1 + bytes);
    }
  }
}

async function concat(program: string, paths: readonly string[], out: string): Promise<void> {
  const list = temporaryPath(`${out}.txt`);
  const lines = paths.map((path) => `file '${resolve(path).replaceAll("'", "'\\''")}'\n`);
  await writeFile(list, lines.join(''));
  try {
    await run(program, [...quiet, '-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', ...mp4, out]);
  } finally {
    await rm(list, { force: true });
  }
}

/** Runs the program to its end and returns what it printed. */
async function run(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const finished = ended(child, program);
  finished.catch(() => undefined);
  let text = '';
  child.stdout.setEncoding('utf8');
  for await (const chunk of child.stdout) text += chunk;
  await finished;
  return text;
}

/** Resolves when the process has ended well; rejects with the last lines that it printed otherwise. */
function ended(child: ChildProcess, program: string): Promise<void> {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  return new Promise((yes, no) => {
    child.once('error', (error) =>
      no(new Error(`${program} does not run: ${error.message}`, { cause: error })),
    );
    child.once('close', (code, signal) =>
      code === 0 ? yes() : no(new Error(`${program} ended with ${signal ?? code}: ${errors.trim()}`)),
    );
  });
}
