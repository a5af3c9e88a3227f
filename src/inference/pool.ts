import { releaseAll } from './release.ts';

/** The right to use a model of the pool until it is disposed of: `await using lease = await pool.lease(...)`. */
export interface Lease<T> extends AsyncDisposable {
  readonly value: T;
}

/** A model and what frees it. */
export interface Made<T> {
  readonly value: T;
  readonly release: () => Promise<void>;
}

export interface LeaseOptions {
  /** Keeps the model in memory when nobody uses it any more, for the next lease. */
  readonly keep: boolean;
}

interface Entry {
  readonly name: string;
  readonly made: Promise<Made<unknown>>;
  users: number;
  keep: boolean;
}

/**
 * Models in memory, each made once however many use it. Who needs one takes a lease; when the last lease ends the model
 * is released, or kept for the next one. One that could not be made is not remembered.
 */
export class ModelPool implements AsyncDisposable {
  private readonly entries = new Map<string, Entry>();
  private isClosed = false;

  /**
   * @param name what the model is for; an idle one of the same name and another key gives way
   * @param key of all that the model is made from
   */
  async lease<T>(
    name: string,
    key: string,
    create: () => Promise<Made<T>>,
    { keep }: LeaseOptions,
  ): Promise<Lease<T>> {
    if (this.isClosed) throw new TypeError('ModelPool: it was disposed of');
    await this.trim((entry, id) => entry.name !== name || id === key);
    const entry = this.entries.get(key) ?? this.add(name, key, create);
    entry.users++;
    entry.keep = keep;
    let isOver = false;
    const end = async (): Promise<void> => {
      if (isOver) return;
      isOver = true;
      entry.users--;
      if (entry.users === 0 && (!entry.keep || this.isClosed)) await this.remove(key, entry);
    };
    try {
      return { value: (await entry.made).value as T, [Symbol.asyncDispose]: end };
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** Releases the models that nobody uses. */
  async releaseIdle(): Promise<void> {
    await this.trim(() => false);
  }

  /** Releases the models that nobody uses, and the others when their last lease ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    const failures: unknown[] = [];
    // again, because a model that leased another one leaves that one idle
    while ([...this.entries.values()].some((entry) => entry.users === 0))
      await this.releaseIdle().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  private add(name: string, key: string, create: () => Promise<Made<unknown>>): Entry {
    const entry: Entry = { name, made: create(), users: 0, keep: false };
    this.entries.set(key, entry);
    entry.made.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    return entry;
  }

  private async trim(isWanted: (entry: Entry, key: string) => boolean): Promise<void> {
    const idle = [...this.entries].filter(([key, entry]) => entry.users === 0 && !isWanted(entry, key));
    await releaseAll(
      idle.map(
        ([key, entry]) =>
          () =>
            this.remove(key, entry),
      ),
    );
  }

  private async remove(key: string, entry: Entry): Promise<void> {
    if (this.entries.get(key) !== entry) return;
    this.entries.delete(key);
    const model = await entry.made.catch(() => undefined);
    await model?.release();
  }
}

/** Several leases that end together, the last one first, whatever fails; the first error is thrown. */
export class Leases implements AsyncDisposable {
  private readonly held: AsyncDisposable[] = [];

  /** Takes a lease and gives what it is for. */
  async use<T>(lease: Promise<Lease<T>>): Promise<T> {
    const held = await lease;
    this.held.push(held);
    return held.value;
  }

  /** Has `end` called with the leases. */
  defer(end: () => Promise<void>): void {
    this.held.push({ [Symbol.asyncDispose]: end });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const lease of this.held.splice(0).reverse()) {
      try {
        await lease[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
