import { setTimeout as sleep } from 'node:timers/promises';
import type { MakerContext } from '../film/index.ts';
import { ProviderError } from './providerError.ts';

/** How a job is ordered at a model elsewhere; `H` is plain data. */
export interface Job<H, R> {
  /**
   * Finds what an earlier process may have ordered: its handle, or undefined where the server surely did not hear it.
   * @throws ProviderError (ORDER_UNCERTAIN) where it is uncertain whether the order was received
   */
  find(key: string): Promise<H | undefined>;
  /** Orders it: the handle, or the result of a model that answers with it at once. */
  start(key: string): Promise<{ readonly handle: H } | { readonly result: R }>;
  /** The result; undefined while it is made. */
  poll(handle: H): Promise<R | undefined>;
  /** Seconds between two polls. */
  readonly pause: number;
}

/**
 * Orders a job once, whatever happens in between, and waits for its result. What the model refused, and what surely came to
 * nothing, is written down; anything else leaves the order as it is, for the next process.
 */
export async function carryOut<H, R>(
  job: Job<H, R>,
  { order, signal }: Pick<MakerContext, 'order' | 'signal'>,
): Promise<R> {
  try {
    let handle = order.earlier?.handle as H | undefined;
    if (handle === undefined && order.earlier) handle = await job.find(order.key);
    if (handle === undefined) {
      await order.begin();
      const started = await job.start(order.key);
      if ('result' in started) return started.result;
      handle = started.handle;
    }
    await order.keep(handle);
    for (;;) {
      const result = await job.poll(handle);
      if (result !== undefined) return result;
      await sleep(job.pause * 1000, undefined, signal ? { signal } : {});
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!ProviderError.isInstance(error)) throw error;
    if (error.code === 'PROVIDER_REFUSED') await order.refuse(error.message);
    else if (error instanceof CameToNothing) await order.drop();
    throw error;
  }
}

/** A job that was not taken, or ended without a result: ordering it anew makes nothing twice. */
export class CameToNothing extends ProviderError {}
