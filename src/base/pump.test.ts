import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { pump } from './pump.ts';

describe('pump', () => {
  it('yields what the work emits, as it comes, and ends with it', async () => {
    const seen: number[] = [];
    const items = pump<number>(undefined, async (emit) => {
      for (let i = 0; i < 4; i++) {
        emit(i);
        if (i % 2) await wait(1);
      }
    });
    for await (const item of items) seen.push(item);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('throws what the work throws, after what it emitted', async () => {
    const items = pump<number>(undefined, async (emit) => {
      emit(1);
      throw new Error('broken');
    });
    expect((await items.next()).value).toBe(1);
    await expect(items.next()).rejects.toThrow('broken');
  });

  it('stops the work, and waits for it, when nobody listens any more', async () => {
    const log: string[] = [];
    const items = pump<number>(undefined, async (emit, signal) => {
      emit(1);
      while (!signal.aborted) await wait(1);
      log.push('cleaned up');
    });
    for await (const _ of items) break;
    expect(log).toEqual(['cleaned up']);
  });

  it('passes a signal on', async () => {
    const controller = new AbortController();
    const items = pump<number>(controller.signal, async (emit, signal) => {
      emit(1);
      while (!signal.aborted) await wait(1);
      throw signal.reason;
    });
    await items.next();
    controller.abort(new Error('enough'));
    await expect(items.next()).rejects.toThrow('enough');
  });
});
