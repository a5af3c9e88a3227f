import { input, type Tensor, type TensorData } from '../../graph/index.ts';
import { attentionBias } from '../causal.ts';
import type { KeyValue } from './attention.ts';
import type { LlamaConfig } from './configs.ts';
import type { LlamaOptions, LlamaOutput } from './llama.ts';
import { currentName, pastName } from './names.ts';
import { ropeTables } from './rope.ts';

/** The static sizes for which a graph is compiled. */
export interface LlamaContextShape {
  /** Sequences in a batch. */
  readonly batch: number;
  /** New positions in one run. */
  readonly length: number;
  /** Slots of the key/value cache; without them a run sees only its own positions. */
  readonly capacity?: number;
  /** Rows may be padded or stand at different positions: the inputs then have `batch` rows instead of one. */
  readonly padded?: boolean;
}

/**
 * Inputs for `llama`, to be fed from `llamaContextFeeds`: `cos` and `sin` [rows, 1, length, headDim / 2], `bias`
 * [rows, 1, length, capacity + length], and `past_key.i`, `past_value.i` [batch, kvHeads, capacity, headDim] a layer.
 */
export function llamaContext(config: LlamaConfig, shape: LlamaContextShape): LlamaOptions {
  const { batch, length, capacity = 0, padded = false } = shape;
  const rows = padded ? batch : 1;
  const table = [rows, 1, length, config.headDim / 2];
  const slots = [batch, config.kvHeads, capacity, config.headDim];
  const past = (layer: number): KeyValue => ({
    key: input(pastName(layer, 'key'), slots),
    value: input(pastName(layer, 'value'), slots),
  });
  return {
    rope: { cos: input('cos', table), sin: input('sin', table) },
    bias: input('bias', [rows, 1, length, capacity + length]),
    ...(capacity > 0 ? { past: Array.from({ length: config.layers }, (_, i) => past(i)) } : {}),
  };
}

/** The outputs `key.i` and `value.i` [batch, kvHeads, length, headDim] that go into slots `filled` .. of the cache. */
export function currentOutputs({ current }: LlamaOutput): Record<string, Tensor> {
  const pairs = current.flatMap(({ key, value }, i): [string, Tensor][] => [
    [currentName(i, 'key'), key],
    [currentName(i, 'value'), value],
  ]);
  return Object.fromEntries(pairs);
}

/** Keys and values of the context in each layer. */
export interface LlamaContextState {
  /** Slots of the cache that are in use; the new positions come behind them. */
  readonly filled?: number;
  /** 1 real, 0 padding, [batch, filled + length]; only for `padded` inputs. */
  readonly mask?: ArrayLike<number>;
  /** Positions of the new rows, [batch, length]; by default counted from the first real position of each row. */
  readonly positions?: ArrayLike<number>;
}

/** Values of `llamaContext`'s inputs `cos`, `sin` and `bias` for one run. */
export function llamaContextFeeds(
  config: LlamaConfig,
  shape: LlamaContextShape,
  state: LlamaContextState = {},
): Record<'cos' | 'sin' | 'bias', TensorData> {
  const { batch, length, capacity = 0, padded = false } = shape;
  const { filled = 0, mask } = state;
  const rows = padded ? batch : 1;
  if (mask && !padded) throw new RangeError('llamaContextFeeds: a mask needs inputs that were made `padded`');
  const allReal = mask ?? (padded ? new Uint8Array(batch * (filled + length)).fill(1) : undefined);
  const positions = state.positions ?? countPositions(rows, filled, length, mask);
  if (positions.length !== rows * length) {
    throw new RangeError(
      `llamaContextFeeds: positions must be [${rows}, ${length}], got ${positions.length} values`,
    );
  }
  const bias = attentionBias({ batch, length, capacity, filled, mask: allReal });
  return { ...ropeTables(config, positions, rows), bias };
}

function countPositions(
  rows: number,
  filled: number,
  length: number,
  mask: ArrayLike<number> | undefined,
): number[] {
  const out: number[] = [];
  for (let b = 0; b < rows; b++) {
    let position = 0;
    for (let t = 0; t < filled + length; t++) {
      if (t >= filled) out.push(position);
      if (!mask || mask[b * (filled + length) + t]) position++;
    }
  }
  return out;
}
