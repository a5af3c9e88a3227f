import { appendFile, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SafetensorsFile } from '../checkpoints/index.ts';
import { add, f32, input, mean, mul, sqrt, sub, type Tensor } from '../graph/index.ts';
import { newImage } from '../media/index.ts';
import { Random } from '../random/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { tinyBatch, tinySettings, tinyTask } from '../testing/tinyTask.ts';
import { FlatLayout } from './flatState.ts';
import type { MetricsRecord } from './metricsLog.ts';
import { Observer } from './observe.ts';
import { TrainingError } from './task.ts';
import { type TrainOptions, train } from './trainer.ts';
import { weightsOf } from './weights.ts';

let host: WorkerHost;
let folder: string;
beforeAll(async () => {
  host = await WorkerHost.start({ threads: 1 });
});
afterAll(() => host.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainer-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const start = (task = tinyTask(), more: Partial<TrainOptions> = {}) =>
  train(task, { host, seed: 1, folder, ...more });
const lines = async (): Promise<MetricsRecord[]> =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as MetricsRecord);
/** Trains until `step` is done, and stops there with a checkpoint. */
const startUntil = async (step: number, task = tinyTask()): Promise<void> => {
  const stop = new AbortController();
  const onProgress: TrainOptions['onProgress'] = (p) => void (p.step === step && stop.abort());
  await expect(start(task, { onProgress, signal: stop.signal })).rejects.toThrow(`stopped at step ${step}`);
};
const firstWeights = (): Promise<Float32Array> => {
  const layout = new FlatLayout(tinyTask());
  return layout.firstParameters(tinyTask(), 1, [0, layout.length]);
};
const checkpoint = async (name = 'parameters'): Promise<Float32Array> => {
  const file = await SafetensorsFile.open(join(folder, 'checkpoint.safetensors'));
  return (await file.readFloat32(name).finally(() => file.close())).data;
};

describe('train', () => {
  it('draws its curves once at each checkpoint', async () => {
    const draw = vi.spyOn(Observer.prototype, 'draw');
    // checkpoints at 10, 20, ... 60, sheets at 20, 40, 60
    await start(tinyTask({ validate: async () => ({ answer: 42 }) }));
    expect(draw).toHaveBeenCalledTimes(6);
  });

  it('learns one batch by heart, and says how it goes', async () => {
    const settings = { ...tinySettings, steps: 300 };
    const seen: number[] = [];
    const task = tinyTask({ settings, batch: async () => tinyBatch(8, Random.of(1, 'one')) });
    await start(task, {
      onProgress: ({ step, samplesPerSecond, secondsLeft }) => {
        seen.push(step);
        expect(samplesPerSecond).toBeGreaterThan(0);
        expect(secondsLeft).toBeGreaterThanOrEqual(0);
      },
    });
    expect(seen).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    const records = await lines();
    expect(records).toHaveLength(300);
    expect(records[0]?.loss).toBeGreaterThan(0.3);
    expect(records.at(-1)?.loss).toBeLessThan(0.001);
    expect(records.at(-1)?.error).toBe(records.at(-1)?.loss);
    expect((await readdir(folder)).sort()).toEqual([
      'checkpoint.safetensors',
      'loss.png',
      'metrics.jsonl',
      'samples',
    ]);
  });

  it('follows the schedule of the learning rate and clips gradients', async () => {
    const settings = { ...tinySettings, clipNorm: 1e-4, epsilon: 1 };
    await start(tinyTask({ settings }));
    const records = await lines();
    expect(records[0]?.learningRate).toBeCloseTo(0.02 / 5, 9);
    expect(records[4]?.learningRate).toBeCloseTo(0.02, 9);
    expect(records[5]?.learningRate).toBeCloseTo(0.02, 9);
    expect(records[59]?.learningRate).toBeLessThan(0.02 / 500);
    // with such an epsilon a step is lr x gradient: clipped to 1e-4, nothing is learned in 60 of them
    expect(records[59]?.gradNorm).toBeGreaterThan(0.01);
    const before = await checkpoint();
    await rm(folder, { recursive: true });
    await start(tinyTask({ settings: { ...settings, clipNorm: 0 } }));
    const after = await checkpoint();
    expect(after.some((v, i) => Math.abs(v - (before[i] as number)) > 1e-3)).toBe(true);
  });

  it('saves the average of the weights', async () => {
    const task = tinyTask();
    await start(task);
    const [ema, last] = [await checkpoint('ema'), await checkpoint()];
    expect(ema).not.toEqual(last);
    expect(task.saved?.get('encoder.weight')).toEqual(ema.slice(0, 80));
    // by hand: e = d e + (1 - d) p, with d growing from 1 / 10 to its value
    const steps: Float32Array[] = [];
    for (const step of [1, 2, 3]) {
      await rm(folder, { recursive: true });
      await startUntil(step);
      steps.push(await checkpoint());
    }
    let expected = Float32Array.from(steps[0] as Float32Array); // the first weights count 1 / 10 in it
    const first = await firstWeights();
    expected = expected.map((v, i) => 0.1 * (first[i] as number) + 0.9 * v);
    [2 / 11, 3 / 12].forEach((d, k) => {
      expected = expected.map((e, i) => d * e + (1 - d) * ((steps[k + 1] as Float32Array)[i] as number));
    });
    const third = await checkpoint('ema');
    third.forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i] as number, 5);
    });
  });

  it('trains what a phase trains: the frozen decoder keeps its bits, then learns with a fresh optimizer', async () => {
    const phases = [
      { from: 0, trains: (name: string) => !name.startsWith('decoder.') },
      { from: 30, trains: () => true },
    ];
    const first = await firstWeights();
    const slot = [80 + 16, 16 * 3 + 3] as const; // the decoder follows the encoder, both fill whole slots
    await startUntil(30, tinyTask({ phases }));
    const frozen = await checkpoint();
    const decoder = (a: Float32Array) => a.slice(slot[0], slot[0] + slot[1]);
    expect(decoder(frozen)).toEqual(decoder(first));
    expect(decoder(await checkpoint('ema'))).toEqual(decoder(first));
    expect(frozen.slice(0, 80)).not.toEqual(first.slice(0, 80));

    await rm(folder, { recursive: true });
    await startUntil(31, tinyTask({ phases }));
    const thawed = await checkpoint();
    // a first step of Adam is the learning rate wherever there is a gradient, in old and in new parameters
    const rate = (await lines()).at(-1)?.learningRate as number;
    const moved = thawed.map((v, i) => Math.abs(v - (frozen[i] as number))).filter((d) => d > 0);
    expect(moved.length).toBeGreaterThan(130);
    for (const d of moved) expect(d).toBeLessThan(rate * 1.01);
    expect(Math.max(...moved)).toBeGreaterThan(rate * 0.99);
  });

  it('gives a phase a loss of its own, with its own feeds', async () => {
    const plain = tinyTask();
    const bias = plain.parameters.find((p) => p.name === 'encoder.bias')?.tensor as Tensor;
    const wish = input('wish', [16]);
    const own = mean(mul(sub(bias, wish), sub(bias, wish)));
    const task = tinyTask({
      phases: [
        { from: 0, trains: (name) => name === 'encoder.bias', loss: own, metrics: { wished: own } },
        { from: 40, trains: () => true },
      ],
      batch: async (step) =>
        step < 40 ? { wish: f32(new Float32Array(16).fill(0.1), [16]) } : plain.batch(step),
      parameters: plain.parameters,
      loss: plain.loss,
      metrics: plain.metrics as Record<string, Tensor>,
    });
    await start(task);
    const records = await lines();
    expect(records[0]?.wished).toBeCloseTo(0.01, 6);
    expect(records[39]?.wished).toBeLessThan(1e-3);
    expect(records[39]).not.toHaveProperty('error');
    expect(records[40]).toHaveProperty('error');
  });

  it('starts from given weights, and says so', async () => {
    const initial = weightsOf(new Map([['decoder.bias', Float32Array.of(7, 8, 9)]]));
    const said: string[] = [];
    const settings = { ...tinySettings, learningRate: { peak: 1e-30, warmup: 0, kind: 'constant' as const } };
    const task = tinyTask({ initial, settings });
    await start(task, { say: (text) => said.push(text) });
    expect(said).toEqual(['tiny: 1 of 4 parameters start from earlier weights']);
    expect(task.saved?.get('decoder.bias')).toEqual(Float32Array.of(7, 8, 9));
    const wrong = tinyTask({ initial: weightsOf(new Map([['decoder.bias', new Float32Array(4)]])) });
    await rm(folder, { recursive: true });
    await expect(start(wrong)).rejects.toThrow(/'decoder.bias' is \[3\].*4 values/);
  });

  it('looks at samples and held-out data at intervals and at the end, once', async () => {
    const sheets: number[] = [];
    const figures: object[] = [];
    const task = (extra: object = {}) =>
      tinyTask({
        settings: { ...tinySettings, steps: 50 },
        sample: async () => newImage(sheets.push(1) + 4, 5),
        validate: async () => ({ held: 0.5 }),
        ...extra,
      });
    await start(task(), { onValidation: (f) => figures.push(f) });
    expect((await readdir(join(folder, 'samples'))).sort()).toEqual([
      '0000020.png',
      '0000040.png',
      '0000050.png',
    ]);
    expect(figures).toEqual([{ held: 0.5 }, { held: 0.5 }, { held: 0.5 }]);
    const all = await lines();
    expect(all.filter((r) => 'held' in r).map((r) => r.step)).toEqual([20, 40, 50]);
    expect(all.findIndex((r) => 'held' in r)).toBe(20); // behind its step

    // a kill between the checkpoint and the sheet: the next start makes up for it
    await rm(join(folder, 'samples', '0000050.png'));
    const said: string[] = [];
    await start(task(), { say: (text) => said.push(text) });
    expect(said).toEqual(['tiny: all 50 steps are done; its weights are saved again']);
    expect(await readdir(join(folder, 'samples'))).toHaveLength(3);
    expect(await lines()).toEqual(all);
  });
});

describe('train, with several batches a step', () => {
  const settings = { ...tinySettings, batchSize: 4, accumulate: 2 };
  const whole = tinyTask(); // steps of 8 samples
  const halves = (more: object = {}) =>
    tinyTask({
      settings,
      batch: async (index) => {
        const { x, y } = (await whole.batch(index >> 1)) as Record<'x' | 'y', ReturnType<typeof f32>>;
        const half = ({ data, shape: [n = 0, w = 0] }: typeof x) =>
          f32((data as Float32Array).slice((index % 2) * (n / 2) * w).subarray(0, (n / 2) * w), [n / 2, w]);
        return { x: half(x), y: half(y) };
      },
      ...more,
    });

  it('learns what one large batch teaches', async () => {
    await start();
    const [expected, records] = [await checkpoint(), await lines()];
    await rm(folder, { recursive: true });
    await start(halves());
    const after = await checkpoint();
    for (const [i, v] of after.entries()) expect(v).toBeCloseTo(expected[i] as number, 4);
    for (const [i, { loss }] of (await lines()).entries())
      expect(loss).toBeCloseTo(records[i]?.loss as number, 4);
  });

  it('refuses them where the loss needs the whole batch', async () => {
    await expect(start(halves({ wholeBatch: true }))).rejects.toThrow(
      /accumulate must be 1, got 2.*Raise batchSize/,
    );
  });
});

describe('train, resumed', () => {
  it('goes on as if it had not stopped, whatever a kill left in the log', async () => {
    await start();
    const whole = await readFile(join(folder, 'metrics.jsonl'), 'utf8');
    const weights = await checkpoint();
    await rm(folder, { recursive: true });
    await startUntil(33);
    await appendFile(join(folder, 'metrics.jsonl'), '{"step":34,"loss":123}\n{"step":35,"lo');
    const said: string[] = [];
    await start(tinyTask(), { say: (text) => said.push(text) });
    expect(said).toEqual(['tiny: goes on after step 33 of 60']);
    expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8')).toBe(whole);
    expect(await checkpoint()).toEqual(weights);
  });

  it('goes on within a later phase', async () => {
    const phases = [
      { from: 0, trains: (name: string) => name.startsWith('encoder.') },
      { from: 20, trains: () => true },
    ];
    await start(tinyTask({ phases }));
    const whole = await readFile(join(folder, 'metrics.jsonl'), 'utf8');
    for (const step of [20, 21, 40]) {
      await rm(folder, { recursive: true });
      await startUntil(step, tinyTask({ phases }));
      await start(tinyTask({ phases }));
      expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8'), `stopped at ${step}`).toBe(whole);
    }
  });

  it('refuses the checkpoint of another run and says what differs', async () => {
    await startUntil(5);
    const other = tinyTask({ settings: { ...tinySettings, batchSize: 4, steps: 70 } });
    await expect(start(other)).rejects.toThrow(
      /steps 70, batchSize 4.*steps 60, batchSize 8.*another --out/s,
    );
    await expect(start(tinyTask(), { seed: 2 })).rejects.toThrow(/seed "2".*seed "1"/s);
    await expect(start(tinyTask({ name: 'other' }))).rejects.toThrow(/stage "other".*stage "tiny"/s);
    expect(await lines()).toHaveLength(5); // and leaves the folder as it was
  });

  it('is made by one process at a time', async () => {
    await startUntil(5);
    await writeFile(join(folder, 'checkpoint.safetensors.pid'), String(process.ppid));
    await expect(start()).rejects.toThrow(/checkpoint\.safetensors is being made by another process \(\d+\)/);
    await writeFile(join(folder, 'checkpoint.safetensors.pid'), '999999999'); // a process that was killed
    await start();
    expect(await lines()).toHaveLength(60);
    expect((await readdir(folder)).filter((f) => f.endsWith('.pid'))).toEqual([]);
  });

  it('is not disturbed by other intervals of checkpoints', async () => {
    await startUntil(5);
    await start(tinyTask({ settings: { ...tinySettings, checkpointEvery: 7, sampleEvery: 9 } }));
    expect(await lines()).toHaveLength(60);
  });
});

describe('train, where it cannot go on', () => {
  it.each<[string, number, RegExp]>([
    ['before the first checkpoint', 3, /the loss is NaN at step 4; there is no checkpoint yet\. Lower/],
    ['after one', 25, /the loss is NaN at step 26; .*checkpoint\.safetensors holds step 20\. Lower/],
  ])('stops at a loss that is no number, %s', async (_, at, message) => {
    const task = tinyTask();
    const bad = tinyTask({
      batch: async (step) => {
        const batch = await task.batch(step);
        if (step === at) (batch.x?.data as Float32Array)[0] = Number.NaN;
        return batch;
      },
    });
    const failure = start(bad);
    await expect(failure).rejects.toThrow(TrainingError);
    await expect(failure).rejects.toThrow(message);
    expect(await lines()).toHaveLength(at);
    if (at < 10) return;
    await start(task); // from the last good checkpoint, with better data
    expect(await lines()).toHaveLength(60);
  });

  it('stops at gradients that are no numbers', async () => {
    const task = tinyTask();
    const bias = task.parameters.find((p) => p.name === 'decoder.bias')?.tensor as Tensor;
    // the root of 0 squared has no derivative
    const failure = start({ ...task, loss: add(task.loss, mean(sqrt(mul(bias, bias)))) });
    await expect(failure).rejects.toThrow(/the gradients' norm is NaN at step 1 .*no checkpoint yet/);
  });

  it('stops where the disk is full, with the last checkpoint whole, and goes on when there is space', async () => {
    await start();
    const whole = await readFile(join(folder, 'metrics.jsonl'), 'utf8');
    await rm(folder, { recursive: true });
    await startUntil(25);
    const good = await readFile(join(folder, 'checkpoint.safetensors'));

    const probe = await open(join(folder, 'metrics.jsonl'));
    const files = Object.getPrototypeOf(probe) as typeof probe;
    await probe.close();
    const full = async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    // the log is full first
    vi.spyOn(files, 'appendFile').mockImplementationOnce(full);
    const failure = start();
    await expect(failure).rejects.toThrow(TrainingError);
    await expect(failure).rejects.toThrow(/tiny: the disk of .* is full .*holds step 25\. Free some space/);
    expect(await readFile(join(folder, 'checkpoint.safetensors'))).toEqual(good);
    // the checkpoint does not fit
    const writes = [
      vi.spyOn(files, 'write').mockImplementation(full),
      vi.spyOn(files, 'writev').mockImplementation(full),
    ];
    await expect(start()).rejects.toThrow(/full/);
    expect(await readFile(join(folder, 'checkpoint.safetensors'))).toEqual(good);
    expect((await readdir(folder)).filter((f) => f.includes('tmp'))).toEqual([]);
    for (const w of writes) w.mockRestore();
    await start();
    expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8')).toBe(whole);
  });

  it('reports an error of the data, after the steps before it', async () => {
    const task = tinyTask();
    const bad = tinyTask({
      batch: async (step) => {
        if (step === 12) throw new Error('no such frame');
        return step === 14 ? { x: f32([1], [1]) } : task.batch(step);
      },
    });
    await expect(start(bad)).rejects.toThrow('no such frame');
    expect(await lines()).toHaveLength(12);
  });
});
