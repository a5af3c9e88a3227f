import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What a process took. */
export interface Cost {
  /** Wall-clock time, in seconds. */
  readonly wall: number;
  /** Processor time of all its threads, in seconds; NaN where there is no /proc. */
  readonly processor: number;
  /** The most physical memory that it had at once, in bytes; NaN where there is no /proc. */
  readonly peak: number;
}

export interface Command {
  /** A script with its arguments, for Node. */
  readonly args: readonly string[];
  readonly cwd: string;
}

/** Times are read this often, in milliseconds: what a process did since the last reading is not counted at its end. */
const interval = 20;

/** Clock ticks a second in /proc: USER_HZ, the same on all Linux that Node runs on. */
const ticks = 100;

/** Processor time in seconds and peak memory in bytes so far. */
export function usageOf(pid: number): { processor: number; peak: number } {
  try {
    // the name of the program, in brackets, may hold blanks
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // utime, stime, and those of children that have ended
    const processor = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticks;
    const peak = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { processor, peak: peak === undefined ? Number.NaN : Number(peak) * 1024 };
  } catch {
    return { processor: Number.NaN, peak: Number.NaN };
  }
}

/**
 * Runs a program and tells what it took.
 * @param onLine gets every line of its standard output, with its cost until then
 * @throws Error where it ends with another code than 0, with the end of what it said
 */
export async function watch(
  { args, cwd }: Command,
  onLine: (line: string, soFar: Cost) => void = () => {},
): Promise<Cost> {
  const began = performance.now();
  const child = spawn(process.execPath, [...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let last = { processor: Number.NaN, peak: Number.NaN };
  const read = (): Cost => {
    const now = usageOf(child.pid ?? 0);
    // of a process that has just ended nothing can be read any more
    if (!Number.isNaN(now.peak)) last = now;
    return { wall: (performance.now() - began) / 1000, ...last };
  };
  const timer = setInterval(read, interval);
  let said = '';
  const keep = (text: string): void => {
    said = (said + text).slice(-2000);
  };
  child.stderr.setEncoding('utf8').on('data', keep);
  createInterface({ input: child.stdout }).on('line', (line) => {
    keep(`${line}\n`);
    onLine(line, read());
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new Error(`node ${args.join(' ')} in ${cwd} ended with ${code}:\n${said}`);
  return { wall: (performance.now() - began) / 1000, ...last };
}
