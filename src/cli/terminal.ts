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
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    process.exitCode = BROKEN_PIPE;
    if (!interruptQuietly(BROKEN_PIPE)) process.exit(BROKEN_PIPE);
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
