import { f32, gather, i64, input, type Scope, type Tensor, type TensorData } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { type MixtureLoss, mixtureLoss } from '../gaussianMixture/index.ts';
import { llama } from '../llama/index.ts';
import { packItems, type SequenceShape, sequenceShape } from './batch.ts';
import type { AutoregressorConfig } from './config.ts';
import { embedSequence, type SequenceInputs, sequenceInputs } from './embed.ts';
import { mixtureHead } from './head.ts';
import { drawDropout, drawKeep, fedDropout, maskedCausalBias } from './regularize.ts';
import type { PackedSequence } from './sequence.ts';

/** The static sizes of a training batch. */
export interface TrainingShape extends SequenceShape {
  /** Rows for predicted tokens of the whole batch. */
  readonly targets: number;
}

/** The smallest training shape that holds the sequences, sizes rounded up to multiples of `step`. */
export function trainingShape(
  sequences: readonly PackedSequence[],
  config: AutoregressorConfig,
  step = 1,
): TrainingShape {
  const targets = sequences.reduce((n, s) => n + s.targets.length, 0);
  return {
    ...sequenceShape(sequences, config, step),
    targets: Math.max(step, Math.ceil(targets / step) * step),
  };
}

/** Inputs of the training graph. */
export interface TrainingInputs extends SequenceInputs {
  /** Positions (b * length + t) that predict a token, int64 [targets]. */
  readonly targetPositions: Tensor;
  /** The token each predicts, as a row of `visual`, int64 [targets]. */
  readonly targetRows: Tensor;
  /** 1 for targets, 0 for padding [targets]. */
  readonly targetWeights: Tensor;
  /** Token masking: 1 visible, 0 hidden [b, t]. */
  readonly keep?: Tensor;
  /** Dropout decisions, uint8 [2 * layers, b, t, hiddenSize]. */
  readonly dropout?: Tensor;
}

/** Which regularisers a training graph has; both follow the config's probabilities, 0 leaves them out. */
export interface Regularisers {
  /** Default true. */
  readonly tokenMasking?: boolean;
  /** Default true. */
  readonly dropout?: boolean;
}

/** Neither of the two: for validation losses. */
export const evaluation: Regularisers = { tokenMasking: false, dropout: false };

const masks = (c: AutoregressorConfig, r: Regularisers): boolean =>
  (c.maskProbability > 0 || c.hiddenHistoryProbability > 0) && r.tokenMasking !== false;
const drops = (c: AutoregressorConfig, r: Regularisers): boolean => c.dropout > 0 && r.dropout !== false;
const dropoutShape = ({ llama: l }: AutoregressorConfig, { batch, length }: TrainingShape): number[] => [
  2 * l.layers,
  batch,
  length,
  l.hiddenSize,
];

/** Graph inputs of a training step, named as `trainingFeeds` feeds them. */
export function trainingInputs(
  config: AutoregressorConfig,
  shape: TrainingShape,
  regularisers: Regularisers = {},
): TrainingInputs {
  return {
    ...sequenceInputs(config, shape),
    targetPositions: input('target_positions', [shape.targets], 'int64'),
    targetRows: input('target_rows', [shape.targets], 'int64'),
    targetWeights: input('target_weights', [shape.targets]),
    ...(masks(config, regularisers) ? { keep: input('keep', [shape.batch, shape.length]) } : {}),
    ...(drops(config, regularisers)
      ? { dropout: input('dropout', dropoutShape(config, shape), 'uint8') }
      : {}),
  };
}

/**
 * The loss of a batch of sequences, over the predicted tokens only (paper, equations 4 and 9).
 * Sequences are padded on the right; causal attention keeps the padding out of everything that counts.
 */
export function autoregressorLoss(
  p: Scope,
  config: AutoregressorConfig,
  inputs: TrainingInputs,
): MixtureLoss {
  const x = embedSequence(p, config, inputs); // [b, t, hiddenSize]
  const { lastHiddenState } = llama(p, config.llama, x, {
    ...(inputs.keep ? { bias: maskedCausalBias(inputs.keep) } : {}),
    ...(inputs.dropout ? { dropout: fedDropout(inputs.dropout, config.dropout) } : {}),
  });
  const raw = mixtureHead(p, config, lastHiddenState, inputs.targetPositions); // [targets, k (2 d + 1)]
  const target = gather(inputs.visual, inputs.targetRows); // [targets, d]
  return mixtureLoss(raw, target, config.mixture, { kind: config.loss, weights: inputs.targetWeights });
}

/** Options of the training feeds. */
export interface TrainingFeedOptions extends Regularisers {
  /** Seed and path of this step's draws, e.g. `[7, 'autoregressor', step]`; needed where a regulariser is on. */
  readonly random?: readonly [seed: number, ...path: (string | number)[]];
}

/**
 * Values for `trainingInputs`.
 * @throws RangeError where the sequences do not fit the shape
 */
export function trainingFeeds(
  sequences: readonly PackedSequence[],
  config: AutoregressorConfig,
  shape: TrainingShape,
  options: TrainingFeedOptions = {},
): Record<string, TensorData> {
  const { feeds, visualRow } = packItems(
    sequences.map((s) => s.items),
    shape,
    config,
  );
  const positions = new Int32Array(shape.targets);
  const rows = new Int32Array(shape.targets);
  const weights = new Float32Array(shape.targets);
  let n = 0;
  sequences.forEach(({ targets }, b) => {
    for (const { position, embedding } of targets) {
      positions[n] = b * shape.length + position;
      rows[n] = visualRow(embedding);
      weights[n++] = 1;
    }
  });
  if (n > shape.targets) {
    throw new RangeError(
      `trainingFeeds: the batch needs targets ${n}, the graph was built for ${shape.targets}`,
    );
  }
  const stream = (name: string): Random => {
    if (options.random) return Random.of(...options.random, name);
    throw new TypeError(`trainingFeeds: ${name} is on, so the option random must name a seed and a path`);
  };
  const { batch, length } = shape;
  const hideHistory = (keep: TensorData): TensorData => {
    if (config.hiddenHistoryProbability === 0) return keep;
    const random = stream('hidden history');
    sequences.forEach(({ items }, b) => {
      if (!random.chance(config.hiddenHistoryProbability)) return;
      items.forEach(({ kind }, t) => {
        if (kind === 'visual') keep.data[b * length + t] = 0;
      });
    });
    return keep;
  };
  return {
    ...feeds,
    target_positions: i64(positions, [shape.targets]),
    target_rows: i64(rows, [shape.targets]),
    target_weights: f32(weights, [shape.targets]),
    ...(masks(config, options)
      ? { keep: hideHistory(drawKeep(batch, length, config.maskProbability, stream('token masking'))) }
      : {}),
    ...(drops(config, options)
      ? { dropout: drawDropout(dropoutShape(config, shape), config.dropout, stream('dropout')) }
      : {}),
  };
}
