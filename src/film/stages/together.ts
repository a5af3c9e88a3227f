import { pump } from '../../base/pump.ts';
import type { DreamEvent } from '../events.ts';
import type { Job } from '../jobs.ts';

/**
 * Carries jobs out, `most` at a time, and yields what they emit. When one fails no other is begun; those that are under
 * way are finished first, since they may have been paid for, and then its error is thrown.
 */
export async function* together(
  signal: AbortSignal | undefined,
  jobs: readonly Job[],
  most: number,
  carryOut: (job: Job, emit: (event: DreamEvent) => void, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<DreamEvent, void, void> {
  if (most <= 1) {
    for (const job of jobs) yield* pump<DreamEvent>(signal, (emit, stop) => carryOut(job, emit, stop));
    return;
  }
  yield* pump<DreamEvent>(signal, async (emit, stop) => {
    const left = [...jobs];
    const errors: unknown[] = [];
    const worker = async (): Promise<void> => {
      for (let job = left.shift(); job && errors.length === 0; job = left.shift())
        await carryOut(job, emit, stop).catch((error: unknown) => errors.push(error));
    };
    await Promise.all(Array.from({ length: Math.min(most, jobs.length) }, worker));
    if (errors.length > 0) throw errors[0];
  });
}
