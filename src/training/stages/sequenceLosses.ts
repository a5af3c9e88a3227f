import { parseConfig } from '../../base/index.ts';
import { ModelLoader } from '../../inference/index.ts';
import {
  autoregressorConfig,
  autoregressorLoss,
  evaluation,
  type PackedSequence,
  trainingFeeds,
  trainingInputs,
} from '../../models/autoregressor/index.ts';
import { adaptedLayers, checkpointSource } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import { drawWithin, fitted, plainSequences, roomFor } from '../data/sequenceBatch.ts';
import { sequenceSources } from '../data/tokenFeatures.ts';
import { framesOf, type StageContext } from '../stage.ts';

/** Means over predicted tokens and their channels. */
export interface SequenceLosses {
  /** Negative log-likelihood, in nats a value. */
  readonly nll: number;
  /** Squared difference between the mixture mean and the true token, whose values have variance 1. */
  readonly l2: number;
}

/**
 * What trained weights lose on fixed sequences of a split, without augmentation or regularisers: on the training split
 * against the held-out one this shows how much was learned by heart.
 */
export async function sequenceLosses(
  context: StageContext,
  split: 'train' | 'validation',
  sample: { readonly batches: number; readonly batchSize: number; readonly length: number },
): Promise<SequenceLosses> {
  const { preset, host, seed } = context;
  const { batches, batchSize, length } = sample;
  const config = parseConfig(autoregressorConfig, await preset.config('autoregressor'));
  const sources = await sequenceSources(context, await framesOf(context, split));
  const identifiers = await new ModelLoader(preset, host).identifiers();
  const rules = { config, identifiers, length, augmentation: plainSequences };
  const draw = (batch: number): PackedSequence[] => {
    const random = Random.of(seed, 'autoregressor', 'losses', batch);
    return Array.from({ length: batchSize }, () => drawWithin(random.pick(sources), rules, random));
  };
  const shape = roomFor(draw, config, length);
  const { layers, adapter } = await adaptedLayers(
    preset.layers('autoregressor'),
    preset.weightsIn('autoregressor'),
  );
  const source = await checkpointSource(host, layers, { adapter });
  const network = await source.load((p) => {
    const { nll, l2 } = autoregressorLoss(p, config, trainingInputs(config, shape, evaluation));
    return { nll, l2 };
  });
  const sums = { nll: 0, l2: 0 };
  try {
    for (let i = 0; i < batches; i++) {
      const feeds = trainingFeeds(fitted(draw(i), config, shape), config, shape, evaluation);
      const results = await network.run(feeds);
      for (const name of ['nll', 'l2'] as const) sums[name] += Number(results[name]?.data[0]) / batches;
    }
  } finally {
    await network.release();
  }
  return sums;
}
