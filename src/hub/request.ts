import { setTimeout as sleep } from 'node:timers/promises';
import { logOf } from '../base/index.ts';
import { HubError } from './hubError.ts';
import type { ProxyServer } from './proxy.ts';
import { type RateLimit, rateLimitOf } from './rateLimit.ts';
import { requestFault } from './requestFault.ts';

const log = logOf('hub');

export interface RequestOptions {
  /** How requests are made. Default: Node's own fetch. */
  readonly fetch?: typeof fetch;
  /** How often a request is tried before it has failed. Default 5. */
  readonly attempts?: number;
  /** Milliseconds before the second try; each further wait is twice as long. Default 1000. */
  readonly delay?: number;
  /** Milliseconds without an answer after which a request counts as failed. Default 60 000. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
  /** The proxy through which an address is asked for, in messages. */
  readonly proxy?: (url: URL) => ProxyServer | undefined;
  /** Called before each wait. */
  readonly onRetry?: (reason: string, seconds: number) => void;
}

/** Seconds: the longest wait that a server may order. The hub counts requests in windows of five minutes. */
const LONGEST = 600;

/** Answers that may be others the next time: time-outs, too many requests, and faults of the server. */
export const mayPass = (status: number): boolean =>
  status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);

/**
 * `fetch` that tries again when the connection fails or the server is busy (408, 429, 5xx), and waits as long as the
 * server orders. Other answers are the caller's. Throws `HubError` where no answer comes.
 */
export function patientFetch(options: RequestOptions = {}): typeof fetch {
  const { attempts = 5, signal, patience = 60_000, fetch: ask = fetch } = options;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    for (let attempt = 1; ; attempt++) {
      let reason: string;
      let help: string;
      let limit: RateLimit | undefined;
      try {
        const inTime = AbortSignal.any([AbortSignal.timeout(patience), ...(signal ? [signal] : [])]);
        const response = await ask(input, { ...init, signal: inTime });
        log.debug('answer', { address: url.origin + url.pathname, status: response.status });
        if (!mayPass(response.status)) return response;
        limit = rateLimitOf(response);
        ({ reason, help } = busy(response.status, limit));
        await response.body?.cancel();
      } catch (error) {
        signal?.throwIfAborted();
        const fault = requestFault(error, options.proxy?.(url));
        if (!fault) throw error;
        ({ reason, help } = fault);
        if (!fault.mayPass) throw failed(url, reason, help, error);
      }
      if (attempt >= attempts) throw failed(url, reason, help);
      if (limit && limit.seconds > LONGEST) throw failed(url, reason, help);
      await pause(attempt, reason, options, (limit?.seconds ?? 0) * 1000);
    }
  };
}

const failed = (url: URL, reason: string, help: string, cause?: unknown): HubError =>
  new HubError(`cannot fetch from ${url.origin}: ${reason}. ${help}`, cause === undefined ? {} : { cause });

/** What an answer means that may be another the next time. */
export function busy(status: number, limit?: RateLimit): { readonly reason: string; readonly help: string } {
  const wait = limit ? `it asks to wait ${limit.seconds} s` : '';
  if (status === 429) {
    const policy = limit?.limit ? `, at most ${limit.limit} requests in ${limit.window} s` : '';
    return {
      reason: `it answered 429 (too many requests${policy}${wait && `; ${wait}`})`,
      help: 'Give the same command again later; with a token in HF_TOKEN the hub allows more requests',
    };
  }
  return {
    reason: `it answered ${status}${wait && ` (${wait})`}`,
    help: 'The server is busy or down: give the same command again later',
  };
}

/** Waits before the next try, longer each time. */
export async function pause(
  attempt: number,
  reason: string,
  { delay = 1000, signal, onRetry }: RequestOptions,
  atLeast = 0,
): Promise<void> {
  const wait = Math.min(LONGEST * 1000, Math.max(Math.min(60_000, delay * 2 ** (attempt - 1)), atLeast));
  onRetry?.(reason, wait / 1000);
  try {
    await sleep(wait, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
