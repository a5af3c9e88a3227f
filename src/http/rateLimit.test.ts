import { expect, it } from 'vitest';
import { type Clock, RateLimiter } from './rateLimit.ts';

function manual(): Clock & { time: number; slept: number[] } {
  const clock = {
    time: 0,
    slept: [] as number[],
    now: () => clock.time,
    sleep: async (seconds: number) => {
      clock.slept.push(seconds);
    },
  };
  return clock;
}

it('lets so many requests through at once, and the next when the window is over', async () => {
  const clock = manual();
  const limiter = new RateLimiter({ requests: 2, seconds: 60 }, clock);
  const told: number[] = [];
  for (let i = 0; i < 5; i++) await limiter.wait(undefined, (seconds) => told.push(seconds));
  expect(clock.slept).toEqual([60, 60, 120]);
  expect(told).toEqual(clock.slept);
});

it('waits for nothing where requests are rare', async () => {
  const clock = manual();
  const limiter = new RateLimiter({ requests: 1, seconds: 10 }, clock);
  for (const time of [0, 10, 25, 30]) {
    clock.time = time;
    await limiter.wait();
  }
  expect(clock.slept).toEqual([5]);
});

it('ends with its signal’s reason', async () => {
  const limiter = new RateLimiter({ requests: 1, seconds: 1000 });
  await limiter.wait();
  const stop = new AbortController();
  const waiting = limiter.wait(stop.signal);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
