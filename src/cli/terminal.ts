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
  // `... | head` ends the pipe: nobody is listening any more, which is no error
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
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
