import type { AuxiliaryModel, ModelName } from '../../presets/index.ts';
import type { StageBuilder, StagePlanner } from '../stage.ts';

/** The stages in the order in which they need each other. */
export const stageNames = [
  'vae',
  'clip',
  'text',
  'face',
  'detector',
  'tokenizer',
  'autoregressor',
  'renderer',
  'finish',
  'animator',
] as const;
/** The stages that train on films of data sets, too: they need keyframes, scripts and faces, and no other truth. */
export const filmStages: readonly StageName[] = ['vae', 'tokenizer', 'autoregressor', 'renderer'];
/** A stage of training. */
export type StageName = (typeof stageNames)[number];

type TrainedModel = ModelName | AuxiliaryModel;

/** The models whose weights a stage reads. */
export const modelsRead: { readonly [K in StageName]: readonly TrainedModel[] } = {
  vae: [],
  clip: [],
  text: ['clip'],
  face: [],
  detector: [],
  tokenizer: ['vae', 'clip'],
  autoregressor: ['clip', 'text', 'face', 'compressor'],
  renderer: ['vae', 'clip', 'text', 'face', 'compressor', 'decoder', 'autoregressor'],
  finish: ['vae', 'clip', 'text', 'face', 'compressor', 'autoregressor', 'unet', 'renderer'],
  animator: ['vae', 'clip', 'unet'],
};

/** The models whose weights a stage saves. */
export const modelsSaved: { readonly [K in StageName]: readonly TrainedModel[] } = {
  vae: ['vae'],
  clip: ['clip'],
  text: ['text'],
  face: ['face'],
  detector: ['detector'],
  tokenizer: ['compressor', 'decoder'],
  autoregressor: ['autoregressor'],
  renderer: ['unet', 'renderer'],
  finish: ['vae'],
  animator: ['animator'],
};

/** Each stage's builder, loaded when it is wanted. */
export const stages: { readonly [K in StageName]: () => Promise<StageBuilder> } = {
  vae: async () => (await import('./vae.ts')).vaeStage,
  clip: async () => (await import('./clip.ts')).clipStage,
  text: async () => (await import('./text.ts')).textStage,
  face: async () => (await import('./face.ts')).faceStage,
  detector: async () => (await import('./detector.ts')).detectorStage,
  tokenizer: async () => (await import('./tokenizer.ts')).tokenizerStage,
  renderer: async () => (await import('./renderer.ts')).rendererStage,
  autoregressor: async () => (await import('./autoregressor.ts')).autoregressorStage,
  finish: async () => (await import('./finish.ts')).finishStage,
  animator: async () => (await import('./animator.ts')).animatorStage,
};

/** Planners of those stages whose networks follow from configs alone. */
export const planners: { readonly [K in StageName]?: () => Promise<StagePlanner> } = {
  vae: async () => (await import('./vae.ts')).planVae,
  detector: async () => (await import('./detector.ts')).planDetector,
  tokenizer: async () => (await import('./tokenizer.ts')).planTokenizer,
  renderer: async () => (await import('./renderer.ts')).planRenderer,
  autoregressor: async () => (await import('./autoregressor.ts')).planAutoregressor,
  animator: async () => (await import('./animator.ts')).planAnimator,
  finish: async () => (await import('./finish.ts')).planFinish,
};
