import {
  type AutoregressorConfig,
  asRead,
  type IdentifierTokenizer,
  type PackedSequence,
  packSequence,
  type TrainingShape,
  trainingShape,
} from '../../models/autoregressor/index.ts';
import { Random } from '../../random/index.ts';
import { TrainingError } from '../task.ts';
import { drawSequence, type SequenceAugmentation, type SequenceSource } from './sequences.ts';

/** Neither mirrored nor reversed, without references, every face from its portrait: as `generate` has it. */
export const plainSequences: SequenceAugmentation = {
  flip: 0,
  reverse: 0,
  fewShot: 0,
  references: 0,
  randomFaces: false,
};

/** What sequences are made like. */
export interface SequenceRules {
  readonly config: AutoregressorConfig;
  readonly identifiers: IdentifierTokenizer;
  /** Most positions of a sequence. */
  readonly length: number;
  readonly augmentation: SequenceAugmentation;
}

/** As many shots of an episode as fit, from a random one on. */
export function drawWithin(
  source: SequenceSource,
  { config, identifiers, length, augmentation }: SequenceRules,
  random: Random,
): PackedSequence {
  const total = source.encoded.script.shots.length;
  const first = random.int(Math.max(1, total - 4));
  const state = random.state;
  for (let count = total - first; count >= 1; count--) {
    const frames = drawSequence(source, first, count, augmentation, Random.fromState(state));
    const packed = packSequence(
      frames.map((frame) => asRead(frame, config)),
      identifiers,
    );
    if (packed.items.length <= length) return packed;
  }
  throw new TrainingError(
    `autoregressor: one shot needs more than the ${length} positions of a training sequence; raise length in ` +
      'training/autoregressor.json',
  );
}

/** A shape that holds most batches: the largest of some, with room to spare; the sequence length is as configured. */
export function roomFor(
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
export function fitted(
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
