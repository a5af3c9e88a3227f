import { describe, expect, it } from 'vitest';
import type { Order } from '../film/index.ts';
import { ProviderError } from '../http/index.ts';
import { CameToNothing, carryOut } from './orders.ts';

class Killed extends Error {}

/** A server that knows its jobs by key, and what run.json has, over several processes. */
function world(dies: string | undefined) {
  const jobs: string[] = [];
  const file: { order?: { handle?: unknown; refused?: string } } = {};
  let death = dies;
  const step = (name: string): void => {
    if (death !== name) return;
    death = undefined;
    throw new Killed(name);
  };
  const order = (): Order => ({
    ...{ key: 'k', earlier: file.order },
    begin: async () => {
      step('before begin');
      file.order ??= {};
      step('after begin');
    },
    keep: async (handle) => {
      step('before keep');
      file.order = { handle };
      step('after keep');
    },
    drop: async () => void delete file.order,
    refuse: async (refused) => {
      file.order = { refused };
    },
  });
  const run = (poll?: () => Promise<string>): Promise<string> =>
    carryOut<string, string>(
      {
        ...{ pause: 0.001, who: 'server' },
        find: async (key) => (jobs.includes(key) ? key : undefined),
        start: async (key) => {
          step('before start');
          jobs.push(key);
          step('after start');
          return { handle: key };
        },
        poll:
          poll ??
          (async () => {
            step('poll');
            return 'result';
          }),
      },
      { order: order(), signal: undefined, onNotice: () => {} },
    );
  return { jobs, file, run };
}

describe('an order', () => {
  it.each([
    'before begin',
    'after begin',
    'before start',
    'after start',
    'before keep',
    'after keep',
    'poll',
  ])('that is killed %s is made once by the next process', async (moment) => {
    const { jobs, run } = world(moment);
    await expect(run()).rejects.toThrow(Killed);
    expect(await run()).toBe('result');
    expect(jobs).toEqual(['k']);
  });

  it('stays after an error that says nothing of the job, and goes where it came to nothing', async () => {
    const { file, run } = world(undefined);
    const failing = (error: Error) => run(async () => Promise.reject(error));
    await expect(failing(new ProviderError('busy'))).rejects.toThrow('busy');
    expect(file.order).toEqual({ handle: 'k' });
    await expect(failing(new CameToNothing('failed'))).rejects.toThrow('failed');
    expect(file.order).toBeUndefined();
    await expect(failing(new ProviderError('no', { code: 'PROVIDER_REFUSED' }))).rejects.toThrow('no');
    expect(file.order).toEqual({ refused: 'no' });
  });
});
