import { z } from 'zod';
import { Parameters } from '../../graph/index.ts';
import {
  type AutoregressorConfig,
  autoregressorConfig,
  autoregressorLoss,
  type PackedSequence,
  packSequence,
  type TrainingShape,
  trainingFeeds,
  trainingInputs,
  trainingShape,
  wordListTokenizer,
} from '../../models/autoregressor/index.ts';
import { Random } from '../../random/index.ts';
import { drawSequence, type SequenceAugmentation, type SequenceSource } from '../data/sequences.ts';
import { sequenceSources } from '../data/tokenFeatures.ts';
import { framesOf, needsWeights, type StageBuilder, saveModels, settingsOf } from '../stage.ts';

import type { SavedModel } from '../task.ts';

const own = {
  /** Most positions of a training sequence: as many shots as fit. */
  length: z.number().int().positive(),
  flip: z.number().min(0).max(1),
  reverse: z.number().min(0).max(1),
  fewShot: z.number().min(0).max(1),
  references: z.number().int().min(0),
  randomFaces: z.boolean(),
};

const tokenizer = wordListTokenizer();

/**
 * The autoregressor (paper 3.4): the tokens of each keyframe from its script and everything before it, by mixture
 * likelihood, l1 and l2, with the paper's measures against overfitting. Dropout and token masking are part of the
 * model's config.
 */
export const autoregressorStage: StageBuilder = async (context) => {
  const { preset, seed } = context;
  const settings = await settingsOf(preset, 'autoregressor', own);
  await needsWeights(context, 'autoregressor', ['clip', 'face', 'compressor']);
  const config = autoregressorConfig.parse(await preset.config('autoregressor'));
  const sources = await sequenceSources(context, await framesOf(context, 'train'), {
    mirrored: settings.flip > 0,
  });
  const held = await sequenceSources(context, await framesOf(context, 'validation'));
  const { batchSize } = settings;

  const draw = (
    list: readonly SequenceSource[],
    augmentation: SequenceAugmentation,
    random: Random,
  ): PackedSequence => drawWithin(random.pick(list), settings.length, augmentation, random);
  const sequences = (step: number): PackedSequence[] => {
    const random = Random.of(seed, 'autoregressor', 'batch', step);
    return Array.from({ length: batchSize }, () => draw(sources, settings, random));
  };
  const shape = roomFor(sequences, config, settings.length);

  const parameters = new Parameters();
  const inputs = trainingInputs(config, shape);
  const { loss, nll, l1, l2 } = autoregressorLoss(parameters.scope(), config, inputs);
  const models: SavedModel[] = [
    { folder: preset.weights('autoregressor'), file: 'model.safetensors', prefix: '' },
  ];
  return {
    name: 'autoregressor',
    settings,
    parameters: [...parameters],
    loss,
    metrics: { nll, l1, l2 },
    batchSize,
    async batch(step) {
      return trainingFeeds(fitted(sequences(step), config, shape), config, shape, {
        random: [seed, 'autoregressor', 'regularisers', step],
      });
    },
    async validate(source) {
      // one fixed batch of unseen episodes, without augmentation or regularisers
      const random = Random.of(seed, 'autoregressor', 'validation');
      const plain = { flip: 0, reverse: 0, fewShot: 0, references: 0, randomFaces: false };
      const batch = Array.from({ length: batchSize }, () => draw(held, plain, random));
      const off = { tokenMasking: false, dropout: false };
      const network = await source('').load((p) => {
        const all = autoregressorLoss(p, config, trainingInputs(config, shape, off));
        return { validation_nll: all.nll, validation_l2: all.l2 };
      });
      const results = await network.run(trainingFeeds(fitted(batch, config, shape), config, shape, off));
      await network.release();
      return Object.fromEntries(Object.entries(results).map(([k, t]) => [k, Number(t.data[0])]));
    },
    models,
    async save(weights) {
      await saveModels(models, [...parameters], weights);
    },
  };
};

/** As many shots of an episode as fit into `length` positions, from a random one on. */
function drawWithin(
  source: SequenceSource,
  length: number,
  augmentation: SequenceAugmentation,
  random: Random,
): PackedSequence {
  const total = source.encoded.script.shots.length;
  const first = random.int(Math.max(1, total - 4));
  const state = random.state;
  for (let count = total - first; count >= 1; count--) {
    const packed = packSequence(
      drawSequence(source, first, count, augmentation, Random.fromState(state)),
      tokenizer,
    );
    if (packed.items.length <= length) return packed;
  }
  throw new RangeError(
    `autoregressor: one shot needs more than the ${length} positions of a training sequence`,
  );
}

/** A shape that holds most batches: the largest of some, with room to spare; the sequence length is as configured. */
function roomFor(
  sequences: (step: number) => PackedSequence[],
  config: AutoregressorConfig,
  length: number,
): TrainingShape {
  const shapes = Array.from({ length: 24 }, (_, step) => trainingShape(sequences(step), config, 16));
  const most = (key: keyof TrainingShape): number =>
    Math.ceil((Math.max(...shapes.map((s) => s[key])) * 1.1) / 16) * 16;
  const { batch } = shapes[0] as TrainingShape;
  const rows = {
    text: most('text'),
    sentences: most('sentences'),
    faces: most('faces'),
    visual: most('visual'),
  };
  return { batch, length, ...rows, targets: most('targets') };
}

/** Sequences cut back, last targets first, until the batch fits its shape: the rare one that is larger than all tried. */
function fitted(
  batch: PackedSequence[],
  config: AutoregressorConfig,
  shape: TrainingShape,
): PackedSequence[] {
  let list = batch;
  const keys = ['text', 'sentences', 'faces', 'visual', 'targets'] as const;
  for (;;) {
    const need = trainingShape(list, config);
    if (keys.every((k) => need[k] <= shape[k])) return list;
    const longest = list.reduce((a, b) => (b.frames.length > a.frames.length ? b : a));
    list = list.map((s) => (s === longest ? withoutLastFrame(s) : s));
  }
}

function withoutLastFrame(sequence: PackedSequence): PackedSequence {
  const start = sequence.frames.at(-1) as number;
  return {
    items: sequence.items.slice(0, start),
    targets: sequence.targets.filter((t) => t.position < start),
    frames: sequence.frames.slice(0, -1),
    open: false,
  };
}
