import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../graph/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { describeOnWebgpu } from '../testing/webgpu.ts';
import { allOps, deviceParity, type Side, type Sides } from './deviceParity.ts';

/** Operators that WebGPU lacks, in ops for which that does no harm: indices, and training on quantised weights. */
const onCpu: Readonly<Record<string, readonly string[]>> = {
  cast: ['Cast'],
  gather: ['Reshape'],
  scatterAdd: ['Reshape'],
  gemmNBits: ['BitwiseOr', 'BitShift', 'BitwiseAnd'],
  gemmNBitsInput: ['BitwiseOr', 'BitShift', 'BitwiseAnd'],
};

describeOnWebgpu('every op on WebGPU as on the CPU', () => {
  let hosts: Sides & Readonly<Record<'cpu' | 'device', WorkerHost>>;
  beforeAll(async () => {
    hosts = {
      cpu: await WorkerHost.start({ threads: 1 }),
      device: await WorkerHost.start({ device: 'webgpu', threads: 1 }),
    };
  });
  afterAll(async () => {
    for (const host of [hosts.cpu, hosts.device]) await host.close();
  });

  it.each(allOps)('%s', async (op) => {
    for await (const result of deviceParity(hosts, [op])) {
      expect(result.problem).toBeUndefined();
      expect(onCpu[op] ?? []).toEqual(expect.arrayContaining([...result.onCpu]));
    }
  });
});

/** The CPU runs every provider's operators: what they are meant to compute, though not what a device makes of them. */
describe.each(['webgpu', 'cuda'] as const)('the table for %s, run by the CPU', (name) => {
  let host: WorkerHost;
  let side: Side;
  beforeAll(async () => {
    host = await WorkerHost.start({ threads: 1 });
    side = { target: providers[name], load: (...args) => host.load(...args) };
  });
  afterAll(() => host.close());

  it.each(allOps)('%s', async (op) => {
    for await (const { problem } of deviceParity({ cpu: host, device: side }, [op]))
      expect(problem).toBeUndefined();
  });
});
