import type { WorkerHost } from '../runtime/index.ts';

/** What a worker holds, and a fault in it at will. */
export interface FailingHost {
  /** Sessions and tensors that were made and not freed. */
  live(): number;
  /** Creations of sessions and tensors so far. */
  created(): number;
  /** Lets the creation with this number, from 1 and counted from now on, fail. */
  failAt(number: number): void;
}

const creations = ['load', 'put'];
const ends = ['release', 'drop'];

/** Watches the calls of a host, which do what they always do, but for the one that is to fail. */
export function failingHost(host: WorkerHost): FailingHost {
  let live = 0;
  let created = 0;
  let failing = 0;
  const call = host.call.bind(host) as (...args: unknown[]) => Promise<unknown>;
  host.call = (async (name: string, ...rest: unknown[]) => {
    if (creations.includes(name) && ++created === failing) throw new Error(`creation ${created} fails`);
    const result = await call(name, ...rest);
    if (creations.includes(name)) live++;
    if (ends.includes(name)) live--;
    return result;
  }) as typeof host.call;
  return {
    live: () => live,
    created: () => created,
    failAt: (number) => {
      created = 0;
      failing = number;
    },
  };
}
