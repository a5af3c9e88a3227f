import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { builtForTests } from './buildOnce.ts';

/** The program in a process of its own. */
export interface SpawnedCli {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; err: string }>;
}

/** Starts `moviedreamer` with `args`; `onLine` gets every line of its standard output. `env`: default this process's. */
export function spawnCli(
  args: readonly string[],
  onLine: (line: string) => void = () => {},
  env: NodeJS.ProcessEnv = process.env,
): SpawnedCli {
  const child = spawn(process.execPath, [join(builtForTests(), 'cli/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let err = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  if (child.stdout) createInterface({ input: child.stdout }).on('line', onLine);
  const ended = new Promise<Awaited<SpawnedCli['ended']>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, err }));
  });
  return { child, ended };
}
