import { i64, input, type Scope, type TensorData } from '../../graph/index.ts';
import { type LlamaCacheShape, llamaCache, llamaCacheFeeds } from '../llama/index.ts';
import { packItems, sequenceShape } from './batch.ts';
import type { AutoregressorConfig } from './config.ts';
import { sequenceInputs } from './embed.ts';
import type { SequenceItem } from './sequence.ts';
import type { StepInputs } from './step.ts';

/**
 * Stands for the number of new positions, and of their distinct rows, which are known only when a step runs: see
 * `CompileOptions.unknown`. A prime that no layer is wide.
 */
export const unknownLength = 65_521;

/** Graph inputs of a step over a cache that is extended in place, for any number of new positions of one sequence. */
export function cachedStepInputs(p: Scope, config: AutoregressorConfig, shape: LlamaCacheShape): StepInputs {
  const length = unknownLength;
  const rows = { text: length, sentences: length, faces: length, visual: length };
  return {
    ...sequenceInputs(config, { batch: 1, length, ...rows }),
    read: input('read', [1], 'int64'),
    context: { cache: llamaCache(p, config.llama, shape) },
  };
}

/** Values for `cachedStepInputs`, all but the cache itself: `items` come behind `filled` positions, the last one is read. */
export function cachedStepFeeds(
  items: readonly SequenceItem[],
  filled: number,
  config: AutoregressorConfig,
): Record<string, TensorData> {
  const shape = sequenceShape([{ items }], config);
  return {
    ...packItems([items], shape, config).feeds,
    ...llamaCacheFeeds(filled, items.length),
    read: i64([items.length - 1], [1]),
  };
}
