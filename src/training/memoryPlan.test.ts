import { describe, expect, it } from 'vitest';
import { input, mul, Parameters, sum } from '../graph/index.ts';
import { llama, readLlamaConfig } from '../models/llama/index.ts';
import { memoryCase } from '../testing/memoryCases.ts';
import { describeMemory, trainingMemory } from './memoryPlan.ts';
import type { TrainingSettings, TrainingTask } from './task.ts';

const common: TrainingSettings = {
  ...{ steps: 1, batchSize: 8, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 },
  ...{ emaDecay: 0.99, checkpointEvery: 1, sampleEvery: 1 },
  learningRate: { peak: 1e-3, warmup: 0, kind: 'constant' },
};

function task(settings: Partial<TrainingSettings> = {}): TrainingTask {
  const config = readLlamaConfig({
    ...{ vocab_size: 32, hidden_size: 256, intermediate_size: 688, num_hidden_layers: 4 },
    num_attention_heads: 8,
  });
  const parameters = new Parameters();
  const y = llama(parameters.scope(), config, input('x', [8, 512, 256])).lastHiddenState;
  return {
    name: 'llama',
    settings: { ...common, ...settings },
    parameters: [...parameters],
    loss: sum(mul(y, y)),
    batchSize: 8,
    batch: async () => ({}),
    save: async () => {},
  };
}

describe('trainingMemory', () => {
  // docs/performance.md: measured, and how far the plan may be off
  it.each<[string, number, number]>([
    ['llama-4', 1.43e9, 0.16],
    ['llama-4-accumulate', 1.21e9, 0.16],
    ['llama-12', 2.91e9, 0.16],
    ['llama-12-checkpointing', 1.66e9, 0.16],
    ['llama-wide', 3.78e9, 0.16],
    ['llama-wide-lean', 2.22e9, 0.16],
    ['unet', 2.32e9, 0.16],
    ['unet-checkpointing', 2.02e9, 0.16],
    ['unet-large', 5.84e9, 0.16],
    ['unet-large-checkpointing', 3.07e9, 0.17],
    ['unet-wide-lean', 3.59e9, 0.26],
  ])('is near what was measured: %s', (name, measured, tolerance) => {
    const { total } = trainingMemory(memoryCase(name));
    expect(Math.abs(total - measured) / measured).toBeLessThan(tolerance);
  });

  it('counts what the settings keep', () => {
    const values = task().parameters.reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0);
    expect(trainingMemory(task())).toMatchObject({
      ...{
        parameters: 4 * values,
        gradients: 4 * values,
        moments: 8 * values,
        average: 4 * values,
        frozen: 0,
      },
    });
    const lean = trainingMemory(task({ optimizer: 'adamw8bit', emaDecay: 0, accumulate: 2 }));
    expect(lean).toMatchObject({ moments: 2 * values, average: 0, gradients: 8 * values });
  });

  it('says what would help where it does not fit', () => {
    const memory = trainingMemory(task());
    const [plan, ...none] = describeMemory(task(), memory, 64e9);
    expect(plan).toMatch(
      /^llama: about \d\.\d\d GB of memory: parameters 0\.01 GB, .*activations 1\.\d\d GB$/,
    );
    expect(none).toEqual([]);
    const [, help] = describeMemory(task(), memory, 1e9);
    expect(help).toMatch(/this machine has 1\.00 GB.*adamw8bit.*activationCheckpointing.*accumulate.*lora/s);
  });
});
