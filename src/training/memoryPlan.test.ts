import { describe, expect, it } from 'vitest';
import { checkpoint } from '../autodiff/index.ts';
import { input, mul, Parameters, type ParametersOptions, sum } from '../graph/index.ts';
import { llama, readLlamaConfig } from '../models/llama/index.ts';
import { describeMemory, trainingMemory } from './memoryPlan.ts';
import type { TrainingSettings, TrainingTask } from './task.ts';

const common: TrainingSettings = {
  ...{ steps: 1, batchSize: 8, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 },
  ...{ emaDecay: 0.99, checkpointEvery: 1, sampleEvery: 1 },
  learningRate: { peak: 1e-3, warmup: 0, kind: 'constant' },
};

/** The model whose memory was measured, docs/performance.md. */
function task(
  layers: number,
  options: ParametersOptions = {},
  settings: Partial<TrainingSettings> = {},
): TrainingTask {
  const config = readLlamaConfig({
    ...{ vocab_size: 32, hidden_size: 256, intermediate_size: 688, num_hidden_layers: layers },
    num_attention_heads: 8,
  });
  const parameters = new Parameters(undefined, options);
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
  it.each([
    [4, false, 1.04e9],
    [12, false, 2.41e9],
    [4, true, 0.64e9],
    [12, true, 0.91e9],
  ])('is near what was measured: %i layers, checkpointing %s', (layers, isCheckpointed, measured) => {
    const { total } = trainingMemory(task(layers, isCheckpointed ? { block: checkpoint } : {}));
    expect(Math.abs(total - measured) / measured).toBeLessThan(0.2);
  });

  it('counts what the settings keep', () => {
    const values = task(4).parameters.reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0);
    expect(trainingMemory(task(4))).toMatchObject({
      ...{
        parameters: 4 * values,
        gradients: 4 * values,
        moments: 8 * values,
        average: 4 * values,
        frozen: 0,
      },
    });
    const lean = trainingMemory(task(4, {}, { optimizer: 'adamw8bit', emaDecay: 0, accumulate: 2 }));
    expect(lean).toMatchObject({ moments: 2 * values, average: 0, gradients: 8 * values });
  });

  it('says what would help where it does not fit', () => {
    const memory = trainingMemory(task(4));
    const [plan, ...none] = describeMemory(task(4), memory, 64e9);
    expect(plan).toMatch(
      /^llama: about \d\.\d\d GB of memory: parameters 0\.01 GB, .*activations 1\.\d\d GB$/,
    );
    expect(none).toEqual([]);
    const [, help] = describeMemory(task(4), memory, 1e9);
    expect(help).toMatch(/this machine has 1\.00 GB.*adamw8bit.*activationCheckpointing.*accumulate.*lora/s);
  });
});
