/**
 * Runs `work` and yields what it emits, as it comes. When the caller stops listening or its signal fires, the signal
 * that `work` was given fires, and it is waited for; its errors are thrown here.
 */
export async function* pump<T>(
  signal: AbortSignal | undefined,
  work: (emit: (item: T) => void, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<T, void, void> {
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const queue: T[] = [];
  let wake = (): void => {};
  let isOver = false;
  const running = work((item) => {
    queue.push(item);
    wake();
  }, both).finally(() => {
    isOver = true;
    wake();
  });
  running.catch(() => {}); // thrown below
  try {
    for (;;) {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) yield item;
      if (isOver) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await running;
  } finally {
    if (!isOver) {
      stop.abort();
      await running.catch(() => {});
    }
  }
}
