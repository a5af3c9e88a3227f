import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mul } from '../graph/index.ts';
import { type DeviceName, WorkerHost } from '../runtime/index.ts';
import { tinySettings, tinyTask } from '../testing/tinyTask.ts';
import { itInHalfPrecision } from '../testing/webgpu.ts';
import type { MetricsRecord } from './metricsLog.ts';
import { trainingProgram } from './stepProgram.ts';
import type { TrainingSettings } from './task.ts';
import { type TrainOptions, train } from './trainer.ts';

// Where no device with half precision is at hand, the CPU stands in for one. It computes the same graphs, but ONNX Runtime
// leaves out most of the rounding there: those tests are of the trainer, `src/graph/precision.test.ts` is of the rounding.

let cpu: WorkerHost;
let host: WorkerHost;
let folder: string;
beforeAll(async () => {
  cpu = await WorkerHost.start({ threads: 1 });
  const device: DeviceName = 'cuda';
  host = new Proxy(cpu, {
    get: (target, key) => {
      if (key === 'device') return device;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
});
afterAll(() => cpu.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixed-'));
});
afterEach(() => rm(folder, { recursive: true }));

const half: TrainingSettings = { ...tinySettings, steps: 120, precision: 'float16' };
const start = (settings: TrainingSettings, more: Partial<TrainOptions> = {}) =>
  train(tinyTask({ settings }), { host, seed: 1, folder, ...more });
const records = async (): Promise<(MetricsRecord & { lossScale?: number; gradNorm?: number })[]> =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('training in half precision', () => {
  it('computes products in it, of a scaled loss', () => {
    const task = tinyTask({ settings: half });
    const { program } = trainingProgram(task, { from: 0, trains: () => true });
    expect(program.inputs.map(({ name }) => name)).toContain('loss_scale');
    expect(Buffer.from(program.bytes).includes('Cast')).toBe(true);
    const full = trainingProgram(tinyTask(), { from: 0, trains: () => true });
    expect(full.program.inputs.map(({ name }) => name)).not.toContain('loss_scale');
  });

  const learnsAsInFloat32 = async (onDevice: WorkerHost): Promise<void> => {
    await start(half, { host: onDevice });
    const rounded = await records();
    await rm(folder, { recursive: true });
    await start({ ...half, precision: 'float32' });
    for (const [i, { loss, gradNorm }] of (await records()).entries()) {
      expect(Math.abs((rounded[i]?.loss ?? 0) - loss) / loss, `step ${i + 1}`).toBeLessThan(0.05);
      expect(Math.abs((rounded[i]?.gradNorm ?? 0) - (gradNorm ?? 0)) / (gradNorm ?? 0)).toBeLessThan(0.05);
      expect(rounded[i]?.lossScale).toBe(65_536);
    }
    expect(rounded.at(-1)?.loss).toBeLessThan(0.1);
  };
  it('learns as in float32, of a loss 65536 times as large', () => learnsAsInFloat32(host));
  itInHalfPrecision('does so on a device', async () => {
    const device = await WorkerHost.start({ device: 'webgpu', threads: 1 });
    await learnsAsInFloat32(device).finally(() => device.close());
  });

  it('leaves out steps whose gradients overflow, and ends with the same bytes where it was stopped among them', async () => {
    const plain = tinyTask({ settings: { ...half, steps: 12 } });
    const steep = { ...plain, loss: mul(plain.loss, 1e35) }; // times 65536 more than even float32 has
    const run = async (stopAt?: number): Promise<string> => {
      const stop = new AbortController();
      const onProgress = ({ step }: { step: number }): void => void (step === stopAt && stop.abort());
      await train(steep, { host, seed: 1, folder, onProgress, signal: stop.signal });
      return readFile(join(folder, 'metrics.jsonl'), 'utf8');
    };
    const whole = await run();
    const [first, second, ...more] = await records();
    expect(first?.gradNorm).toBeUndefined();
    expect(second?.lossScale).toBe(32_768);
    expect(second?.error).not.toBe(undefined);
    const taken = more.filter((r) => r.gradNorm !== undefined);
    expect(taken.length).toBeGreaterThan(4);
    expect(taken.every((r) => (r.lossScale ?? 0) < 32_768)).toBe(true);
    expect(more.at(-1)?.loss).toBeLessThan((first?.loss ?? 0) as number);
    await rm(folder, { recursive: true });
    await expect(run(2)).rejects.toThrow('stopped at step 2');
    expect(await run()).toBe(whole);
  });

  it('is refused on the CPU, with what to do', async () => {
    await expect(train(tinyTask({ settings: half }), { host: cpu, seed: 1, folder })).rejects.toThrow(
      /tiny: precision float16 needs --device webgpu or cuda.*leave "precision" out of training\/tiny\.json/s,
    );
  });
});
