import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intersectionOverUnion } from '../../inference/faceDetector.ts';
import { Preset } from '../../presets/preset.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import type { StageContext } from '../stage.ts';
import { train } from '../trainer.ts';
import { detectorStage } from './detector.ts';

let folder: string;
let context: StageContext;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'detector-stage-'));
  const learningRate = { peak: 0.003, warmup: 5, kind: 'constant' };
  const tiny = await writeTinyTheatre(folder, {
    detector: { steps: 60, checkpointEvery: 60, sampleEvery: 60, learningRate },
  });
  context = {
    preset: await Preset.open(tiny.preset, { weights: tiny.weights }),
    host: await WorkerHost.start({ threads: 1 }),
    seed: 1,
    cache: join(folder, 'cache'),
    say: () => {},
  };
});
afterAll(async () => {
  await context.host.close();
  await rm(folder, { recursive: true });
});

describe('the detector stage', () => {
  it('learns, and writes what it measured on frames that it never saw', async () => {
    const task = await detectorStage(context);
    await train(task, { host: context.host, seed: 1, folder: join(folder, 'run') });
    const lines = (await readFile(join(folder, 'run', 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const losses = lines.flatMap((line) => (JSON.parse(line) as { loss?: number }).loss ?? []);
    expect(losses).toHaveLength(60);
    const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    expect(mean(losses.slice(-5))).toBeLessThan(0.8 * mean(losses.slice(0, 5)));
    const path = join(context.preset.weights('detector'), 'evaluation.json');
    const { precision, recall, faces } = JSON.parse(await readFile(path, 'utf8'));
    expect(faces).toBeGreaterThan(2);
    for (const share of [precision, recall]) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
  });
});

describe('intersectionOverUnion', () => {
  it.each([
    [[0, 0, 2, 2], 1],
    [[1, 0, 3, 2], 2 / 6],
    [[2, 0, 4, 2], 0],
    [[0.5, 0.5, 1.5, 1.5], 1 / 4],
  ] as const)('of %j', (box, expected) => {
    expect(intersectionOverUnion([0, 0, 2, 2], box)).toBeCloseTo(expected, 12);
  });
});
