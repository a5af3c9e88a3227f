import { inWords } from '../files/index.ts';
import { BROKEN_PIPE, interruptQuietly } from './interrupt.ts';

/** Where a command writes. Tests give their own. */
export interface Terminal {
  /** Results, and events as JSON. */
  out(line: string): void;
  /** Errors, hints and progress. */
  err(line: string): void;
  /** Replaces the last line of a terminal; undefined where there is none, and progress is written line by line. */
  readonly status: ((line: string) => void) | undefined;
}

/** This process's own. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  // `... | head` ends the pipe: nobody is listening any more. That is no error to talk about, but nothing to go on for either
  let isBroken = false;
  const onError = (error: NodeJS.ErrnoException): void => {
    if (isBroken) return;
    isBroken = true;
    const exitCode = error.code === 'EPIPE' ? BROKEN_PIPE : 1;
    if (exitCode === 1) stderr.write(`what is printed cannot be written: ${inWords(error)}\n`);
    process.exitCode = exitCode;
    if (!interruptQuietly(exitCode)) process.exit(exitCode);
  };
  stdout.on('error', onError);
  stderr.on('error', onError);
  let isStatus = false;
  const clear = (): void => {
    if (isStatus) stderr.write('\r\x1b[K');
    isStatus = false;
  };
  return {
    out: (line) => {
      clear();
      stdout.write(`${line}\n`);
    },
    err: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    status: stderr.isTTY
      ? (line) => {
          stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns ?? 80) - 1)}`);
          isStatus = line !== '';
        }
      : undefined,
  };
}
