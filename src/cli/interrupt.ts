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

  constructor(exitCode: number) {
    super('stopped; the same command goes on from here');
    this.exitCode = exitCode;
  }
}

export function listenForInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  const codes = { SIGINT: 130, SIGTERM: 143 } as const;
  let exitCode = 0;
  const stop = (): void => {
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
      controller.abort(new StoppedError(code));
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
