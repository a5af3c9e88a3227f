import { errorRecord } from '../base/index.ts';
import { listenForInterrupt } from './interrupt.ts';
import type { Terminal } from './terminal.ts';

/** Writes a command's events, in words or as JSON. */
export interface Show<E> {
  event(event: E): void;
  /** The command failed or was stopped; the message itself is printed by the caller. */
  failed(error: unknown): void;
}

/** What JSON says last of a command that failed or was stopped. */
export function failedAsJson(terminal: Terminal): Show<never>['failed'] {
  return (error) => terminal.out(JSON.stringify({ type: 'error', ...errorRecord(error) }));
}

/** What is said at Ctrl-C, and at the end. */
export interface StopWords {
  readonly stopping: string;
  readonly stopped?: string;
}

const goesOn: StopWords = { stopping: 'stopping after this step; Ctrl-C again ends at once' };

/** Of commands that keep nothing. */
export const stopsForGood: StopWords = { ...goesOn, stopped: 'stopped; the same command begins anew' };

/**
 * Runs a long command: shows its events, and stops it cleanly at Ctrl-C or when nobody reads its output any more, with what
 * is done kept. `work` ends soon after its signal fired, or else at its next event.
 */
export async function runEvents<E>(
  work: (signal: AbortSignal) => AsyncIterable<E>,
  show: Show<E>,
  terminal: Terminal,
  words: StopWords = goesOn,
): Promise<void> {
  await stoppable(
    async (signal) => {
      for await (const event of work(signal)) {
        show.event(event);
        signal.throwIfAborted(); // the generator's own `finally` gives back what it holds
      }
    },
    (error) => show.failed(error),
    terminal,
    words,
  );
}

/** As `runEvents`, for work that shows its own progress. */
export async function stoppable<T>(
  work: (signal: AbortSignal) => Promise<T>,
  failed: (error: unknown) => void,
  terminal: Terminal,
  { stopping, stopped }: StopWords = goesOn,
): Promise<T> {
  const interrupt = listenForInterrupt(() => terminal.err(stopping), stopped);
  const { signal } = interrupt;
  try {
    return await work(signal);
  } catch (error) {
    terminal.status?.('');
    const cause = signal.aborted ? signal.reason : error;
    failed(cause);
    throw cause;
  } finally {
    interrupt.stop();
  }
}
