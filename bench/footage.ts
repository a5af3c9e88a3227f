/*
 * How long keyframes of a film take without models, beside `ffmpeg -vf fps=1` that writes JPEGs of the same size, in one run; and
 * how much memory a long film takes.
 *
 *   npm run build && npx tsx bench/footage.ts [FILM] [--rounds 5] [--hours 2] [--preset theatre]
 *
 * Without FILM half a minute of the theatre is drawn, four times as large as keyframes are. The long film is FILM again and again.
 * Both are measured alternately, as programs; the ratio of processor times says more than that of wall times on a busy machine.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { frameSizeOf } from '../src/footage/index.ts';
import { openVideo } from '../src/media/index.ts';
import { Preset } from '../src/presets/index.ts';
import { writeTheatreFilm } from '../src/testing/films/theatreFilm.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    hours: { type: 'string', default: '2' },
    preset: { type: 'string', default: 'theatre' },
  },
});
const ffmpeg = process.env.FFMPEG || 'ffmpeg';
const program = new URL('../dist/cli/main.js', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'bench-footage-'));

interface Cost {
  readonly wall: number;
  /** Seconds of processor time, of all threads and children. */
  readonly cpu: number;
  /** MB that were resident at most; undefined where the system does not tell. */
  readonly peak: number | undefined;
}

/** Runs a program to its end. */
async function cost(command: string, args: readonly string[]): Promise<Cost> {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null';
  const child = spawn('bash', ['-c', script, 'bash', command, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  let peak: number | undefined;
  const watch = setInterval(() => {
    peak = Math.max(peak ?? 0, ...childrenOf(child.pid as number).map(residentMost)) || peak;
  }, 50);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${text}`);
  const [wall = 0, user = 0, system = 0] = text.trim().split('\n').at(-1)!.split(' ').map(Number);
  return { wall, cpu: user + system, peak };
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  } catch {
    return [];
  }
}

/** MB. */
function residentMost(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] as number;
const text = (n: number): string => n.toFixed(2);

try {
  let [film] = positionals;
  if (!film) {
    film = join(dir, 'theatre.mp4');
    const shots = Array.from({ length: 10 }, (_, shot) => ({ shot, frames: 36 }));
    await writeTheatreFilm(film, shots, { height: 1024 });
  }
  const { width, height } = await frameSizeOf(await Preset.open(values.preset));
  const source = await openVideo(film);
  console.log(
    `${film}: ${source.width} x ${source.height}, ${(statSync(film).size / 1e6).toFixed(1)} MB, to ${width} x ${height}`,
  );
  const scale = `fps=1,scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height}`;
  const theirs: Cost[] = [];
  const ours: Cost[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const [a, b] = [mkdtempSync(join(dir, 'ffmpeg-')), mkdtempSync(join(dir, 'ours-'))];
    theirs.push(
      await cost(ffmpeg, [
        '-v',
        'error',
        '-nostdin',
        '-i',
        film,
        '-vf',
        scale,
        '-q:v',
        '3',
        join(a, '%06d.jpg'),
      ]),
    );
    const args = [program, 'footage', film, '--people', 'none', '--preset', values.preset, '--out', b];
    ours.push(await cost(process.execPath, args));
  }
  // what starting our program costs is no part of a film's: a film of one frame tells it
  const still = join(dir, 'still.mp4');
  execFileSync(ffmpeg, ['-v', 'error', '-y', '-i', film, '-frames:v', '1', '-c:v', 'libx264', still]);
  const start = await cost(process.execPath, [
    ...[
      program,
      'footage',
      still,
      '--people',
      'none',
      '--preset',
      values.preset,
      '--out',
      join(dir, 'still'),
    ],
  ]);
  const say = (name: string, costs: readonly Cost[]): void => {
    const { wall, cpu } = { wall: median(costs.map((c) => c.wall)), cpu: median(costs.map((c) => c.cpu)) };
    console.log(
      `${name.padEnd(16)} wall ${text(wall)} s, processor ${text(cpu)} s, medians of ${costs.length}`,
    );
  };
  say('ffmpeg -vf fps=1', theirs);
  say('footage', ours);
  console.log(`one frame alone  wall ${text(start.wall)} s, processor ${text(start.cpu)} s`);
  const ratio = (of: keyof Cost & ('wall' | 'cpu')): number =>
    median(ours.map((cost, i) => (cost[of] - start[of]) / (theirs[i] as Cost)[of]));
  console.log(
    `ratio, without starting: wall ${text(ratio('wall'))}, processor ${text(ratio('cpu'))} (bar: 1.2)`,
  );

  const hours = Number(values.hours);
  if (hours > 0) {
    const long = join(dir, 'long.mp4');
    const times = String(Math.ceil((hours * 3600) / (await secondsOf(film))));
    execFileSync(ffmpeg, [
      ...['-v', 'error', '-stream_loop', times, '-i', film, '-map', '0:v:0'],
      '-c',
      'copy',
      '-t',
      String(hours * 3600),
      long,
    ]);
    const args = [
      program,
      'footage',
      long,
      '--people',
      'none',
      '--preset',
      values.preset,
      '--out',
      join(dir, 'long'),
    ];
    const { wall, cpu, peak } = await cost(process.execPath, args);
    console.log(
      `${hours} h: wall ${text(wall)} s, processor ${text(cpu)} s, at most ${peak?.toFixed(0)} MB resident (bar: 500)`,
    );
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}

/** Length of a film by its frames. */
async function secondsOf(path: string): Promise<number> {
  let last = 0;
  for await (const { time } of (await openVideo(path)).scan()) last = time.num / time.den;
  return Math.max(1, last);
}
