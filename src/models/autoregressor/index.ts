export {
  packItems,
  type SequenceBatch,
  type SequenceFeeds,
  type SequenceShape,
  sequenceShape,
} from './batch.ts';
export { cachedStepFeeds, cachedStepInputs, unknownLength } from './cachedStep.ts';
export { type AutoregressorConfig, autoregressorConfig } from './config.ts';
export { embedSequence, type SequenceInputs, sequenceInputs } from './embed.ts';
export { mixtureHead } from './head.ts';
export { drawDropout, drawKeep, fedDropout, maskedCausalBias } from './regularize.ts';
export {
  asRead,
  type LayoutSegment,
  type PackedSequence,
  packSequence,
  type SequenceFrame,
  type SequenceItem,
} from './sequence.ts';
export {
  autoregressorStep,
  type StepInputs,
  type StepShape,
  type StepState,
  stepFeeds,
  stepInputs,
} from './step.ts';
export { specialIdentifiers, type TextTokenizerOptions, textTokenizer } from './textTokenizer.ts';
export { type IdentifierTokenizer, identifierWords, wordListTokenizer } from './tokenizer.ts';
export {
  autoregressorLoss,
  evaluation,
  type Regularisers,
  type TrainingFeedOptions,
  type TrainingInputs,
  type TrainingShape,
  trainingFeeds,
  trainingInputs,
  trainingShape,
} from './training.ts';
export { rollWindow, type WindowState } from './window.ts';
