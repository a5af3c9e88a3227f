import { describe, expect, it } from 'vitest';
import { input } from '../graph/index.ts';
import type { ModelSource, Network } from '../presets/index.ts';
import { BatchedNetwork } from './batches.ts';
import { Networks } from './networks.ts';
import { Leases, ModelPool } from './pool.ts';

/** A source whose loads fail as told, and that counts what lives. */
function source(): { source: ModelSource; live: Set<Network>; fail: { load?: boolean; release?: string } } {
  const live = new Set<Network>();
  const fail: { load?: boolean; release?: string } = {};
  const load = async (): Promise<Network> => {
    if (fail.load) throw new Error('no memory');
    const network: Network = {
      run: async () => ({}),
      release: async () => {
        live.delete(network);
        if (fail.release) throw new Error(fail.release);
      },
    };
    live.add(network);
    return network;
  };
  return { source: { host: undefined as never, load }, live, fail };
}
const build = () => ({ y: input('x', [1]) });

describe('Networks', () => {
  it('tries again what could not be made', async () => {
    const { source: from, fail } = source();
    const networks = new Networks(from);
    fail.load = true;
    await expect(networks.get('a', build)).rejects.toThrow('no memory');
    fail.load = false;
    const made = await networks.get('a', build);
    expect(await networks.get('a', build)).toBe(made);
  });

  it('releases all, though some fail or could not be made, and throws the first error', async () => {
    const { source: from, live, fail } = source();
    const networks = new Networks(from);
    await networks.get('a', build);
    await networks.get('b', build);
    fail.load = true;
    networks.get('c', build).catch(() => {});
    fail.release = 'the worker stopped';
    await expect(networks.release()).rejects.toThrow('the worker stopped');
    expect(live.size).toBe(0);
    await networks.release();
  });

  it('is what batched networks use', async () => {
    const { source: from, live, fail } = source();
    const batched = new BatchedNetwork(from, build);
    fail.load = true;
    await expect(batched.run(1, () => ({}))).rejects.toThrow('no memory');
    fail.load = false;
    await batched.run(9, () => ({}));
    expect(live.size).toBe(2); // batches of 8 and of 1
    await batched.release();
    expect(live.size).toBe(0);
  });
});

describe('ModelPool', () => {
  const model = (log: string[], name: string) => async () => {
    log.push(`+${name}`);
    return { value: name, release: async () => void log.push(`-${name}`) };
  };

  it('makes a model once for all leases, and releases it after the last', async () => {
    const log: string[] = [];
    const pool = new ModelPool();
    const [a, b] = await Promise.all(
      [1, 2].map(() => pool.lease('unet', 'k', model(log, 'u'), { keep: false })),
    );
    expect([a?.value, b?.value, log]).toEqual(['u', 'u', ['+u']]);
    await a?.[Symbol.asyncDispose]();
    await a?.[Symbol.asyncDispose](); // more than once does no harm
    expect(log).toEqual(['+u']);
    await b?.[Symbol.asyncDispose]();
    expect(log).toEqual(['+u', '-u']);
  });

  it('keeps a model where asked, until one of another key takes its place', async () => {
    const log: string[] = [];
    await using pool = new ModelPool();
    {
      await using _ = await pool.lease('unet', 'k1', model(log, 'u1'), { keep: true });
    }
    {
      await using _ = await pool.lease('unet', 'k1', model(log, 'u1'), { keep: true });
      await using __ = await pool.lease('vae', 'k', model(log, 'v'), { keep: true });
    }
    expect(log).toEqual(['+u1', '+v']);
    {
      await using _ = await pool.lease('unet', 'k2', model(log, 'u2'), { keep: true });
    }
    expect(log).toEqual(['+u1', '+v', '-u1', '+u2']);
    await pool.releaseIdle();
    expect(log.slice(4).sort()).toEqual(['-u2', '-v']);
  });

  it('forgets a model that could not be made', async () => {
    const pool = new ModelPool();
    const failing = async () => Promise.reject(new Error('no memory'));
    await expect(pool.lease('unet', 'k', failing, { keep: true })).rejects.toThrow('no memory');
    const log: string[] = [];
    const lease = await pool.lease('unet', 'k', model(log, 'u'), { keep: true });
    expect(lease.value).toBe('u');
    await pool[Symbol.asyncDispose](); // in use: it goes with its last lease
    expect(log).toEqual(['+u']);
    await lease[Symbol.asyncDispose]();
    expect(log).toEqual(['+u', '-u']);
    await expect(pool.lease('unet', 'k', model(log, 'u'), { keep: true })).rejects.toThrow(/disposed of/);
  });

  it('frees everything though one release fails, and throws its error', async () => {
    const log: string[] = [];
    const pool = new ModelPool();
    const broken = async () => ({ value: 1, release: () => Promise.reject(new Error('the worker stopped')) });
    for (const [name, create] of [
      ['a', broken],
      ['b', model(log, 'b')],
    ] as const) {
      await using _ = await pool.lease(name, name, create as never, { keep: true });
    }
    await expect(pool[Symbol.asyncDispose]()).rejects.toThrow('the worker stopped');
    expect(log).toEqual(['+b', '-b']);
  });

  it('ends several leases together', async () => {
    const log: string[] = [];
    const pool = new ModelPool();
    {
      await using leases = new Leases();
      expect(await leases.use(pool.lease('a', 'a', model(log, 'a'), { keep: false }))).toBe('a');
      leases.defer(async () => void log.push('deferred'));
      await leases.use(pool.lease('b', 'b', model(log, 'b'), { keep: false }));
    }
    expect(log).toEqual(['+a', '+b', '-b', 'deferred', '-a']);
  });
});
