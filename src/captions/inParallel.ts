/**
 * Does `work` for all items, `most` at a time, and yields after each that ended. The first error ends those under way, by
 * their signal; it is thrown when they have ended, so that what they finished is kept.
 */
export async function* inParallel<T>(
  items: readonly T[],
  most: number,
  work: (item: T, index: number, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): AsyncGenerator<number, void, void> {
  const own = new AbortController();
  const both = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
  const under = new Map<number, Promise<number>>();
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const start = (): void => {
    const index = next++;
    const ended = work(items[index] as T, index, both).then(
      () => index,
      (error) => {
        failure ??= { error };
        return index;
      },
    );
    under.set(index, ended);
  };
  try {
    while (under.size > 0 || (next < items.length && !failure)) {
      both.throwIfAborted();
      while (under.size < most && next < items.length && !failure) start();
      const index = await Promise.race(under.values());
      under.delete(index);
      if (!failure) yield index;
    }
  } finally {
    if (under.size > 0) {
      own.abort();
      await Promise.all(under.values());
    }
  }
  if (failure) throw failure.error;
}
