import type { OnnxProgram, TensorData } from '../graph/index.ts';
import {
  type AdamWOptions,
  type AdamWResult,
  type ParameterStore,
  type Session,
  WorkerHost,
} from '../runtime/index.ts';

type Feeds = Readonly<Record<string, TensorData>>;
type Outputs = Readonly<Record<string, TensorData>>;

interface Replica {
  readonly host: WorkerHost;
  readonly store: ParameterStore;
}

/**
 * A training graph in several workers at once (data parallelism). Each runs batches of a step on its own copy of the
 * parameters; gradients are added up in the first worker's store, where the optimizer works, and the new parameters
 * go out again. Operators of a small model are too short to share among threads, whole batches are not.
 */
export class Replicas {
  private readonly all: readonly [Replica, ...Replica[]];
  private readonly threads: number;
  private sessions: Session[] = [];

  private constructor(all: readonly [Replica, ...Replica[]], threads: number) {
    this.all = all;
    this.threads = threads;
  }

  /** `count` workers that share the host's threads, the host itself among them; `store` holds the parameters. */
  static async start(host: WorkerHost, store: ParameterStore, count: number): Promise<Replicas> {
    const threads = Math.max(1, Math.floor(host.threads / count));
    const more: Replica[] = [];
    try {
      while (more.length < count - 1) {
        const worker = await WorkerHost.start({ threads, device: host.device });
        more.push({ host: worker, store: await worker.createStore(store.layout, store.length) });
      }
      const replicas = new Replicas([{ host, store }, ...more], threads);
      await replicas.spread();
      return replicas;
    } catch (error) {
      for (const { host: worker } of more) await worker.close();
      throw error;
    }
  }

  /** Loads a program in every worker, in place of the one before; `gradients` as in `WorkerHost.load`. */
  async load(program: OnnxProgram, gradients: Readonly<Record<string, string>>): Promise<void> {
    await this.release();
    const { threads } = this;
    this.sessions = await Promise.all(
      this.all.map(({ host, store }) => host.load(program, { store, gradients, threads })),
    );
  }

  /** Runs the batches of a step; the first store then holds the sum of their gradients. Outputs in the batches' order. */
  async run(batches: readonly Feeds[]): Promise<Outputs[]> {
    const outputs: Outputs[] = [];
    const used = Math.min(this.all.length, batches.length);
    await Promise.all(
      this.sessions.slice(0, used).map(async (session, r) => {
        for (let i = r; i < batches.length; i += used)
          outputs[i] = await session.run(batches[i] as Feeds, { transfer: true, accumulate: i >= used });
      }),
    );
    const [{ host, store }] = this.all;
    for (const other of this.all.slice(1, used))
      await host.addGradients(store, await other.host.readStore(other.store, 'gradients'));
    return outputs;
  }

  /** One optimizer step with the gradients of `run`, and the new parameters for every worker. */
  async update(options: AdamWOptions): Promise<AdamWResult> {
    const [{ host, store }] = this.all;
    const result = await host.adamw(store, options);
    await this.spread();
    return result;
  }

  /** Ends the workers that were started here; the host goes on. */
  async close(): Promise<void> {
    await this.release();
    for (const { host } of this.all.slice(1)) await host.close();
  }

  private async release(): Promise<void> {
    const sessions = this.sessions;
    this.sessions = [];
    for (const session of sessions) await session.release();
  }

  private async spread(): Promise<void> {
    const [{ host, store }, ...others] = this.all;
    for (const other of others) {
      const values = await host.readStore(store, 'parameters');
      await other.host.writeStore(other.store, 'parameters', values, { transfer: true });
    }
  }
}
