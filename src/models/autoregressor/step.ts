import { i64, input, type Scope, type Tensor, type TensorData } from '../../graph/index.ts';
import {
  currentOutputs,
  type LlamaContextState,
  type LlamaOptions,
  llama,
  llamaContext,
  llamaContextFeeds,
} from '../llama/index.ts';
import { packItems, type SequenceShape } from './batch.ts';
import type { AutoregressorConfig } from './config.ts';
import { embedSequence, type SequenceInputs, sequenceInputs } from './embed.ts';
import { mixtureHead } from './head.ts';
import type { SequenceItem } from './sequence.ts';

/** The static sizes of one generation step: `length` new positions over a cache of `capacity` slots. */
export interface StepShape extends SequenceShape {
  /** Positions that the cache holds. */
  readonly capacity: number;
  /** How many positions the head reads. */
  readonly reads: number;
  /** Rows of the batch may have padding or hidden positions; see `llamaContext`. */
  readonly padded?: boolean;
}

/** Inputs of one generation step. */
export interface StepInputs extends SequenceInputs {
  /** Positions (b * length + t) at which the head reads, int64 [reads]. */
  readonly read: Tensor;
  /** Inputs of LLaMA: rotary tables, attention bias and the cached keys and values. */
  readonly context: LlamaOptions;
}

/** Graph inputs of one step: those of the sequence, `read`, and LLaMA's `cos`, `sin`, `bias`, `past_key.i`, `past_value.i`. */
export function stepInputs(config: AutoregressorConfig, shape: StepShape): StepInputs {
  return {
    ...sequenceInputs(config, shape),
    read: input('read', [shape.reads], 'int64'),
    context: llamaContext(config.llama, shape),
  };
}

/**
 * Runs a chunk of new positions over the cached ones: a whole script, one token, anything up to `length`. Outputs
 * `raw` [reads, k (2 d + 1)], the mixtures at the read positions, and the chunk's `key.i`, `value.i`
 * [b, kvHeads, length, headDim], which belong into the cache behind the filled slots. Of a chunk that is shorter
 * than `length` only the real positions count; the rest may be written, too, where the cache has room for it: the
 * next chunk overwrites it, and `bias` hides it until then.
 */
export function autoregressorStep(
  p: Scope,
  config: AutoregressorConfig,
  inputs: StepInputs,
): Record<string, Tensor> {
  const output = llama(p, config.llama, embedSequence(p, config, inputs), inputs.context);
  return { raw: mixtureHead(p, config, output.lastHiddenState, inputs.read), ...currentOutputs(output) };
}

/** One step's content. */
export interface StepState extends LlamaContextState {
  /** The new items of each row of the batch; shorter ones are padded at the end. */
  readonly items: readonly (readonly SequenceItem[])[];
  /** Positions at which the head reads, [row, position within the chunk]; by default the last item of each row. */
  readonly read?: readonly (readonly [row: number, position: number])[];
}

/**
 * Values for `stepInputs`, all but the cache itself.
 * @throws RangeError where the items do not fit the shape
 */
export function stepFeeds(
  state: StepState,
  config: AutoregressorConfig,
  shape: StepShape,
): Record<string, TensorData> {
  const { items, ...context } = state;
  const filled = state.filled ?? 0;
  const longest = Math.max(0, ...items.map((list) => list.length));
  if (filled + longest > shape.capacity) {
    throw new RangeError(
      `stepFeeds: ${filled} cached and ${longest} new positions exceed the capacity ${shape.capacity}; roll the window`,
    );
  }
  const read = state.read ?? items.map((list, row) => [row, list.length - 1] as const);
  if (read.length > shape.reads) {
    throw new RangeError(
      `stepFeeds: ${read.length} positions are to be read, the graph was built for ${shape.reads}`,
    );
  }
  const positions = new Int32Array(shape.reads);
  read.forEach(([row, position], i) => {
    const count = items[row]?.length ?? 0;
    if (!(position >= 0 && position < count)) {
      throw new RangeError(
        `stepFeeds: position ${position} is to be read in row ${row}, which has ${count} items`,
      );
    }
    positions[i] = row * shape.length + position;
  });
  return {
    ...packItems(items, shape, config).feeds,
    ...llamaContextFeeds(config.llama, shape, context),
    read: i64(positions, [shape.reads]),
  };
}
