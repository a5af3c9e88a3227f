import { setTimeout as sleep } from 'node:timers/promises';

/** At most so many requests within so many seconds. */
export interface Rate {
  readonly requests: number;
  readonly seconds: number;
}

/** What a limiter takes time from; seconds. */
export interface Clock {
  now(): number;
  sleep(seconds: number, signal: AbortSignal | undefined): Promise<void>;
}

const realClock: Clock = {
  now: () => performance.now() / 1000,
  sleep: (seconds, signal) => sleep(seconds * 1000, undefined, signal ? { signal } : {}),
};

/**
 * Lets requests through so that no window of `seconds` has more than `requests` of them. What an earlier process asked is not
 * known: a server that counts it answers 429, and then its Retry-After is heeded.
 */
export class RateLimiter {
  private readonly rate: Rate;
  private readonly clock: Clock;
  /** When the last requests went through, or may go, ascending. */
  private times: number[] = [];

  constructor(rate: Rate, clock: Clock = realClock) {
    this.rate = rate;
    this.clock = clock;
  }

  /**
   * Waits for the next place.
   * @param onWait told once, with the seconds to wait, where there is something to wait for
   */
  async wait(signal?: AbortSignal, onWait: (seconds: number) => void = () => {}): Promise<void> {
    const { requests, seconds } = this.rate;
    const now = this.clock.now();
    const before = this.times.at(-requests);
    const at = before === undefined ? now : Math.max(now, before + seconds);
    this.times = [...this.times, at].slice(-requests);
    if (at === now) return;
    onWait(at - now);
    await this.clock.sleep(at - now, signal);
  }
}
