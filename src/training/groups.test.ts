import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WorkerHost } from '../runtime/index.ts';
import { tinySettings, tinyTask } from '../testing/tinyTask.ts';
import { FlatLayout } from './flatState.ts';
import type { MetricsRecord } from './metricsLog.ts';
import type { ParameterGroup } from './task.ts';
import { type TrainOptions, train } from './trainer.ts';

let host: WorkerHost;
let folder: string;
beforeAll(async () => {
  host = await WorkerHost.start({ threads: 1 });
});
afterAll(() => host.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groups-'));
});
afterEach(() => rm(folder, { recursive: true }));

const settings = { ...tinySettings, steps: 20, clipNorm: 0, emaDecay: 0 };
const decoder = (changes: Partial<ParameterGroup> = {}): ParameterGroup => ({
  name: 'decoder',
  owns: (name) => name.startsWith('decoder.'),
  learningRate: settings.learningRate,
  ...changes,
});
const task = (groups?: readonly ParameterGroup[], changes: Partial<typeof settings> = {}) =>
  tinyTask({ settings: { ...settings, ...changes }, ...(groups ? { groups } : {}) });

/** The weights at the end, and the log. */
async function trained(
  what: ReturnType<typeof task>,
  name: string,
  options: Partial<TrainOptions> = {},
): Promise<{ saved: Map<string, Float32Array>; lines: MetricsRecord[]; text: string }> {
  await train(what, { host, seed: 1, folder: join(folder, name), ...options });
  const text = await readFile(join(folder, name, 'metrics.jsonl'), 'utf8');
  const lines = text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as MetricsRecord] : []));
  return { saved: what.saved as Map<string, Float32Array>, lines, text };
}

describe('parameters with an optimizer of their own', () => {
  it('learn as without it, where it is the same', async () => {
    const plain = await trained(task(), 'plain');
    const grouped = await trained(task([decoder()]), 'grouped');
    expect(grouped.saved).toEqual(plain.saved);
    grouped.lines.forEach(({ decoderGradNorm, gradNorm }, i) => {
      const both = Math.hypot(Number(decoderGradNorm), Number(gradNorm));
      expect(both).toBeCloseTo(Number(plain.lines[i]?.gradNorm), 5);
    });
  });

  it('learn at their own rate', async () => {
    const learningRate = { peak: 0, warmup: 0, kind: 'constant' } as const;
    const { saved } = await trained(task([decoder({ learningRate })]), 'still');
    const layout = new FlatLayout(task());
    const first = layout.weights(async ([from, length]) =>
      (await layout.firstParameters(task(), 1, [0, layout.length])).slice(from, from + length),
    );
    for (const [name, values] of saved) {
      const isSame = (await first.read(name)).join() === values.join();
      expect(isSame, name).toBe(name.startsWith('decoder.'));
    }
  });

  it('are clipped by the norm of their own gradients', async () => {
    // Adam with a large epsilon is plain descent: a clipped step is as long as the norm says
    const changes = { clipNorm: 1e-3, epsilon: 1e3, steps: 1, beta1: 0, beta2: 0 };
    const learningRate = { peak: 1e3, warmup: 0, kind: 'constant' } as const;
    const one = { ...changes, learningRate } as Partial<typeof settings>;
    const { saved } = await trained(task([decoder({ learningRate })], one), 'clipped');
    const layout = new FlatLayout(task());
    const first = await layout.firstParameters(task(), 1, [0, layout.length]);
    for (const part of ['encoder', 'decoder']) {
      let sum = 0;
      for (const { name, offset } of layout.slots) {
        if (!name.startsWith(part)) continue;
        (saved.get(name) as Float32Array).forEach((v, i) => {
          sum += (v - (first[offset + i] as number)) ** 2;
        });
      }
      expect(Math.sqrt(sum), part).toBeCloseTo(1e-3, 5);
    }
  });

  it('go on after a stop as if there had been none', async () => {
    const whole = await trained(task([decoder()]), 'whole');
    const stop = new AbortController();
    const onProgress: TrainOptions['onProgress'] = ({ step }) => void (step === 7 && stop.abort());
    const options = { onProgress, signal: stop.signal };
    await expect(trained(task([decoder()]), 'stopped', options)).rejects.toThrow(/stopped at step 7/);
    const resumed = await trained(task([decoder()]), 'stopped');
    expect(resumed.text).toBe(whole.text);
    expect(resumed.saved).toEqual(whole.saved);
  });

  it('are another run at another rate', async () => {
    await trained(task([decoder()]), 'run');
    const learningRate = { ...settings.learningRate, peak: 0.5 };
    await expect(trained(task([decoder({ learningRate })]), 'run')).rejects.toThrow(
      /the rate of decoder .*"peak":0\.5/,
    );
  });

  it('are in one group only, and not in half precision', async () => {
    const twice = task([decoder(), decoder({ name: 'all', owns: () => true })]);
    await expect(trained(twice, 'twice')).rejects.toThrow(
      /'decoder.weight' is in the groups decoder and all/,
    );
    const half = task([decoder()], { precision: 'float16' } as Partial<typeof settings>);
    await expect(trained(half, 'half')).rejects.toThrow(/float16 is not supported where .*\(decoder\)/);
  });
});
