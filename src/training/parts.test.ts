import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScheduler } from '../diffusion/index.ts';
import { Preset } from '../presets/preset.ts';
import { Random } from '../random/index.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';
import { learningRate } from './learningRate.ts';
import { MetricsLog } from './metricsLog.ts';
import { needsWeights, settingsOf } from './stage.ts';
import { noiseFeeds } from './stages/denoising.ts';
import { phaseAt } from './stepProgram.ts';
import type { TrainingPhase } from './task.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'training-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('learningRate', () => {
  const rates = (kind: 'constant' | 'cosine', steps: number[], final = 0) =>
    steps.map((s) => learningRate({ peak: 1, warmup: 10, kind, final }, s, 110));

  it('warms up linearly, then stays or falls as a cosine', () => {
    expect(rates('constant', [0, 4, 9, 10, 109])).toEqual([0.1, 0.5, 1, 1, 1]);
    const cosine = rates('cosine', [0, 9, 10, 35, 60, 85, 110]);
    [0.1, 1, 1, 0.5 + Math.SQRT1_2 / 2, 0.5, 0.5 - Math.SQRT1_2 / 2, 0].forEach((r, i) => {
      expect(cosine[i]).toBeCloseTo(r, 12);
    });
    expect(rates('cosine', [110, 500], 0.25)).toEqual([0.25, 0.25]);
    expect(learningRate({ peak: 3, warmup: 0, kind: 'constant' }, 0, 1)).toBe(3);
  });
});

describe('phaseAt', () => {
  it('takes the last phase that has begun; of two that begin at once the later one', () => {
    const phase = (from: number) => ({ from, trains: () => true });
    const phases: TrainingPhase[] = [phase(0), phase(0), phase(5)];
    expect([0, 4, 5, 9].map((s) => phases.indexOf(phaseAt({ phases }, s)))).toEqual([1, 1, 2, 2]);
    expect(phaseAt({}, 3).trains('anything')).toBe(true);
  });
});

describe('MetricsLog', () => {
  const path = () => join(folder, 'metrics.jsonl');
  const text = () => readFile(path(), 'utf8');

  it('keeps what belongs to the checkpoint and cuts off the rest, byte by byte', async () => {
    let log = await MetricsLog.open(folder, 0);
    for (const step of [1, 2, 3]) await log.append({ step, loss: 1 / step });
    await log.append({ step: 3, held: 0.25 });
    await log.append({ step: 4, loss: 9 });
    await log.close();
    const whole = await text();
    const upTo3 = whole.slice(0, whole.indexOf('{"step":4'));
    for (const torn of [
      '',
      '{"st',
      '{"step":5,"loss":',
      '{"step":5,"loss":1}',
      'null\n{"step":1}\n',
      '\n',
      'ä\u{1f600}',
    ]) {
      await writeFile(path(), whole + torn);
      log = await MetricsLog.open(folder, 3);
      expect(await text(), torn).toBe(upTo3);
      expect(log.records.map((r) => r.step)).toEqual([1, 2, 3]);
      expect(log.validations).toEqual([{ step: 3, held: 0.25 }]);
      await log.append({ step: 4, loss: 9 });
      await log.close();
      expect(await text()).toBe(whole);
    }
  });

  it('begins anew where there is no checkpoint, and does not touch a log that fits', async () => {
    await writeFile(path(), '{"step":1,"loss":2}\n');
    await (await MetricsLog.open(folder, 1)).close();
    expect(await text()).toBe('{"step":1,"loss":2}\n');
    await appendFile(path(), '{"step":2,"loss":2}\n');
    await (await MetricsLog.open(folder, 0)).close();
    expect(await text()).toBe('');
  });
});

describe('settingsOf and needsWeights', () => {
  it('name the file and the key', async () => {
    const tiny = await writeTinyTheatre(folder, { vae: { stepz: 3, clipNorm: -1 } });
    const preset = await Preset.open(tiny.preset, { weights: join(folder, 'none') });
    await expect(settingsOf(preset, 'vae', {})).rejects.toThrow(/training\/vae\.json[\s\S]*clipNorm/);
    await expect(settingsOf(preset, 'vae', {})).rejects.toThrow(/stepz/);
    const failure = needsWeights({ preset }, 'renderer', ['vae', 'compressor', 'decoder']);
    await expect(failure).rejects.toThrow(
      /renderer: needs the weights of vae, compressor, decoder.*train vae, npx moviedreamer train tokenizer;/,
    );
  });

  it('see a VAE whose saving was cut short', async () => {
    const tiny = await writeTinyTheatre(folder);
    const preset = await Preset.open(tiny.preset, { weights: tiny.weights });
    await needsWeights({ preset }, 'tokenizer', ['vae', 'clip']);
    await rm(join(tiny.weights, 'vae', 'latents.json'));
    await expect(needsWeights({ preset }, 'tokenizer', ['vae', 'clip'])).rejects.toThrow(/weights of vae,/);
  });
});

describe('noiseFeeds', () => {
  const scheduler = createScheduler({ _class_name: 'DDPMScheduler', prediction_type: 'epsilon' });
  const feeds = (n: number, minSnrGamma: number, pureNoise = 0) =>
    noiseFeeds(
      new Float32Array(n * 4),
      [n, 1, 2, 2],
      scheduler,
      { noiseOffset: 0.05, timesteps: 'uniform', minSnrGamma, pureNoise },
      Random.of(1, 'weights'),
    );
  const weights = (n: number, minSnrGamma: number) => feeds(n, minSnrGamma).weight.data as Float32Array;

  it('weighs samples by their time, not by their batch, and 1 on average', () => {
    const many = weights(4096, 5);
    expect(many.reduce((a, b) => a + b, 0) / 4096).toBeCloseTo(1, 1);
    expect(new Set(many).size).toBeGreaterThan(100);
    expect(new Set(weights(64, 0))).toEqual(new Set([1]));
    expect(weights(1, 5)[0]).not.toBe(1);
  });

  it('takes a share of the samples to the last time', () => {
    const times = feeds(2000, 5, 0.5).timestep.data as Float32Array;
    expect(Math.abs(times.filter((t) => t === 999).length / 2000 - 0.5)).toBeLessThan(0.05);
    expect(new Set(times).size).toBeGreaterThan(500);
  });

  it.each([
    ['v_prediction', 0.9],
    ['sample', 0.3],
  ])('weighs pure noise too, where sampling starts from it: %s', (prediction_type, least) => {
    const zero = createScheduler({
      _class_name: 'DDIMScheduler',
      prediction_type,
      rescale_betas_zero_snr: true,
      num_train_timesteps: 2,
    });
    expect(zero.schedule.alphasCumprod[1]).toBe(0);
    const settings = { noiseOffset: 0, timesteps: 'uniform', minSnrGamma: 5, pureNoise: 0 } as const;
    const feeds = noiseFeeds(new Float32Array(64), [64, 1], zero, settings, Random.of(1, 'zero'));
    const times = feeds.timestep.data as Float32Array;
    const last = (feeds.weight.data as Float32Array).filter((_, i) => times[i] === 1);
    expect(last.length).toBeGreaterThan(10);
    for (const weight of last) expect(weight).toBeGreaterThan(least);
  });
});
