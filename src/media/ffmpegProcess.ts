import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** Options that every call of the program starts with. */
export const quiet: readonly string[] = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'];

/** The path as FFmpeg takes no other way: without it, `a:b.mp4` names a protocol and `-x.mp4` an option. */
export const fileUrl = (path: string): string => `file:${resolve(path)}`;

/** Runs the program to its end and returns what it printed. */
export async function run(program: string, args: readonly string[]): Promise<string> {
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
export function ended(child: ChildProcess, program: string): Promise<void> {
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
