import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { temporaryPath } from '../files/index.ts';
import { ffmpegPrograms, openWithFfmpeg } from './ffmpegDecoder.ts';
import { ended, quiet, run } from './ffmpegProcess.ts';
import { type FrameSink, type VideoBackend, type VideoSpec, x264 } from './videoBackend.ts';

/** A system `ffmpeg` as the video backend. Throws when the program does not run or has no libx264. */
export async function loadFfmpeg(program: string): Promise<VideoBackend> {
  const encoders = await run(program, ['-hide_banner', '-encoders']);
  if (!encoders.includes('libx264')) throw new Error(`${program} was built without libx264`);
  const programs = await ffmpegPrograms(program);
  return {
    name: 'ffmpeg',
    encode: (path, spec) => encode(program, path, spec),
    open: (path) => openWithFfmpeg(programs, path),
    concat: (paths, out, frameTicks) => concat(program, paths, out, frameTicks),
  };
}

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
      '-x264-params',
      x264.params,
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
        await finished; // a broken pipe: the program's own message is the better error
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

/** The program's `concat` takes a clip's length from its header, in whole milliseconds; so each frame gets its time anew. */
async function concat(
  program: string,
  paths: readonly string[],
  out: string,
  frameTicks: number,
): Promise<void> {
  const list = temporaryPath(`${out}.txt`);
  const lines = paths.map((path) => `file '${resolve(path).replaceAll("'", "'\\''")}'\n`);
  await writeFile(list, lines.join(''));
  const time = `N*${frameTicks}`;
  const stamps = `setts=pts=${time}:dts=${time}:duration=${frameTicks}`;
  try {
    await run(program, [
      ...[...quiet, '-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', '-bsf:v', stamps],
      ...[...mp4, out],
    ]);
  } finally {
    await rm(list, { force: true });
  }
}
