import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** A signal that fires at the first Ctrl-C or SIGTERM; the second ends the process at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** The exit status that says how the process was stopped: 130 after Ctrl-C, 143 after SIGTERM. */
  readonly exitCode: number;
  /** Listens no longer. */
  stop(): void;
}

export class StoppedError extends MovieDreamerError {
  static override readonly kind: string = 'StoppedError';
  static override readonly code: ErrorCode = 'STOPPED';
  readonly exitCode: number;

  constructor(exitCode: number, message = 'stopped; the same command goes on from here') {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The exit status of a program whose reader has gone: what the signal SIGPIPE gives. */
export const BROKEN_PIPE = 141;

/** Those that listen now. */
const stops = new Set<(exitCode: number) => void>();

/** Stops what listens, as Ctrl-C does, but says nothing. Returns whether anything listened. */
export function interruptQuietly(exitCode: number): boolean {
  for (const stop of stops) stop(exitCode);
  return stops.size > 0;
}

/** @param message of the error that is the signal's reason. */
export function listenForInterrupt(onFirst: () => void, message?: string): Interrupt {
  const controller = new AbortController();
  const codes = { SIGINT: 130, SIGTERM: 143 } as const;
  let exitCode = 0;
  const quietly = (code: number): void => {
    if (controller.signal.aborted) return;
    exitCode = code;
    controller.abort(new StoppedError(code, message));
  };
  stops.add(quietly);
  const stop = (): void => {
    stops.delete(quietly);
    for (const [name, listener] of listeners) process.off(name, listener);
  };
  const listeners = Object.entries(codes).map(([name, code]) => {
    const listener = (): void => {
      if (controller.signal.aborted) {
        // by the signal itself: process.exit tears workers down, and ONNX Runtime with them in the middle of a run
        stop();
        process.kill(process.pid, name);
        return;
      }
      exitCode = code;
      onFirst();
      controller.abort(new StoppedError(code, message));
    };
    process.on(name, listener);
    return [name, listener] as const;
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    stop,
  };
}
