import type { StageBuilder, StagePlanner } from '../stage.ts';

/** The stages in the order in which they need each other. */
export const stageNames = [
  'vae',
  'clip',
  'face',
  'detector',
  'tokenizer',
  'autoregressor',
  'renderer',
  'finish',
  'animator',
] as const;
export type StageName = (typeof stageNames)[number];

/** Each stage's builder, loaded when it is wanted. */
export const stages: { readonly [K in StageName]: () => Promise<StageBuilder> } = {
  vae: async () => (await import('./vae.ts')).vaeStage,
  clip: async () => (await import('./clip.ts')).clipStage,
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
  tokenizer: async () => (await import('./tokenizer.ts')).planTokenizer,
  renderer: async () => (await import('./renderer.ts')).planRenderer,
  autoregressor: async () => (await import('./autoregressor.ts')).planAutoregressor,
  finish: async () => (await import('./finish.ts')).planFinish,
};
