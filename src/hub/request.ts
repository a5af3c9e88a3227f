import { setTimeout as sleep } from 'node:timers/promises';
import { logOf } from '../base/index.ts';
import { HubError } from './hubError.ts';

const log = logOf('hub');

export interface RequestOptions {
  /** How often a request is tried before it has failed. Default 5. */
  readonly attempts?: number;
  /** Milliseconds before the second try; each further wait is twice as long. Default 1000. */
  readonly delay?: number;
  readonly signal?: AbortSignal;
  /** Called before each wait. */
  readonly onRetry?: (reason: string, seconds: number) => void;
}

/** Longer than this no wait is, whatever the server asks for. */
const LONGEST = 60_000;

/**
 * `fetch` that tries again when the connection fails or the server is busy (429, 5xx). Other answers are the caller's.
 * Throws `HubError` where nothing answers.
 */
export function patientFetch(options: RequestOptions = {}): typeof fetch {
  const { attempts = 5, signal } = options;
  return async (input, init) => {
    for (let attempt = 1; ; attempt++) {
      let reason: string;
      let asked = 0;
      try {
        const response = await fetch(input, { ...init, ...(signal ? { signal } : {}) });
        log.debug('answer', { address: addressOf(input), status: response.status });
        if (response.status !== 429 && response.status < 500) return response;
        reason = `it answered ${response.status}`;
        asked = Number(response.headers.get('retry-after') ?? 0) * 1000 || 0;
        await response.body?.cancel();
      } catch (error) {
        signal?.throwIfAborted();
        reason = whyNot(error);
      }
      if (attempt >= attempts) throw new HubError(unreachable(input, reason));
      await pause(attempt, reason, options, asked);
    }
  };
}

/** Waits before the next try, longer each time. */
export async function pause(
  attempt: number,
  reason: string,
  { delay = 1000, signal, onRetry }: RequestOptions,
  atLeast = 0,
): Promise<void> {
  const wait = Math.min(LONGEST, Math.max(delay * 2 ** (attempt - 1), atLeast));
  onRetry?.(reason, wait / 1000);
  try {
    await sleep(wait, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** `fetch failed` says nothing; its cause does. */
export function whyNot(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

/** Without its query, which may hold a signature. */
function addressOf(input: string | URL | Request): string {
  const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
  return origin + pathname;
}

function unreachable(input: string | URL | Request, reason: string): string {
  const { origin } = new URL(input instanceof Request ? input.url : input);
  return (
    `cannot fetch from ${origin}: ${reason}. Is this machine online? Another address of the hub can be given as ` +
    'HF_ENDPOINT; without a network, fetch the files elsewhere and give their folder with --weights (docs/checkpoints.md)'
  );
}
