import { join } from 'node:path';
import { pump } from '../base/pump.ts';
import { cachedJson } from '../files/index.ts';

import { type SequenceLosses, sequenceLosses } from '../training/index.ts';
import type { AblationContext } from './context.ts';
import type { ExperimentEvent } from './experiment.ts';
import { plans } from './plans.ts';
import type { Trained } from './variant.ts';

/** Batches that losses are measured on. */
const BATCHES = 8;

/** What they are measured on, in words. */
export const heldOutSample: string = `Losses are means over ${BATCHES * plans.autoregressor.batchSize} fixed sequences without augmentation or regularisers.`;

/** A trained autoregressor's losses on the training split or the held-out one; the same sequences for every seed. */
export async function* losses(
  context: AblationContext,
  { models, folder }: Trained,
  split: 'train' | 'validation',
): AsyncGenerator<ExperimentEvent, SequenceLosses, void> {
  const { batchSize, length } = plans.autoregressor;
  let found: SequenceLosses | undefined;
  yield* pump<ExperimentEvent>(context.signal, async (emit, signal) => {
    found = await cachedJson(join(folder, `losses-${split}.json`), 'moviedreamer-losses-1', () =>
      sequenceLosses(
        {
          preset: models.preset,
          host: context.host,
          seed: context.settings.seed,
          cache: join(context.cache, 'frames'),
          say: (message) => emit({ type: 'say', message }),
          signal,
        },
        split,
        { batches: BATCHES, batchSize, length },
      ),
    );
  });
  return found as SequenceLosses;
}
