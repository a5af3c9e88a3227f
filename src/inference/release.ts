/** What holds memory until it is released. */
export interface Releasable {
  release(): Promise<void>;
}

/** Releases everything, whatever fails, and throws the first error, in the order given. */
export async function releaseAll(releases: readonly (() => Promise<unknown>)[]): Promise<void> {
  const results = await Promise.allSettled(releases.map(async (release) => release()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Runs `work`; where that fails, releases what was made before it and throws the cause. */
export async function orRelease<T>(
  work: () => Promise<T>,
  ...made: readonly (() => Promise<unknown>)[]
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await releaseAll(made).catch(() => undefined); // the cause counts
    throw error;
  }
}
