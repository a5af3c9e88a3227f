/** The paper's stages, and the pipeline that joins them. */
export {
  type AnimateOptions,
  Animator,
  type AnimatorConfig,
  type AnimatorSettings,
  type EmbedImages,
  svdSettings,
} from './animator.ts';
export {
  Autoregressor,
  Generation,
  type GenerationSettings,
  type ScriptFrame,
  type TokenChoice,
} from './autoregressor.ts';
export {
  type Box,
  ClipTokenizer,
  centreSquare,
  cropFace,
  FaceEncoder,
  ImageEncoder,
  type ImageFeatures,
  SentenceEncoder,
  type SentenceEncoderOptions,
  textInputs,
  unitRows,
} from './encoders.ts';
export { type DreamEvent, type DreamStage, dreamStages } from './events.ts';
export { frameCount, framesNeeded, resampleFrames } from './frameRate.ts';
export { type ClipSettings, generationConfig, type RenderSettings } from './generationConfig.ts';
export {
  decodeImage,
  encodeImage,
  ImageCodec,
  type ImageCodecConfig,
  readImageCodecConfig,
} from './imageCodec.ts';
export {
  gigabytes,
  type MemoryPlan,
  type ModelForm,
  parseMemory,
  planMemory,
  type StageMemory,
} from './memoryPlan.ts';
export { checkpointSource, type ModelSource, type Network, storeSource } from './modelSource.ts';
export { Models } from './models.ts';
export { type DreamOptions, type LoadDreamerOptions, MovieDreamer } from './movieDreamer.ts';
export { preparedFolder } from './preparedWeights.ts';
export { type ModelName, modelNames, Preset, PresetError, packageRoot } from './preset.ts';
export {
  Renderer,
  type RendererConfig,
  type RendererSources,
  type RenderFrame,
  type RenderOptions,
} from './renderer.ts';
export { explainDiskError, RunError } from './run/runError.ts';
export { RunFolder } from './run/runFolder.ts';
export type { RunSettings, RunState, ShotState } from './run/state.ts';
export { type SamplerName, samplerNames, samplerOf } from './sampler.ts';
export { ScriptEncoder } from './scriptEncoder.ts';
export { type SynthOptions, synthesize } from './synth.ts';
export { rowsOf, Tokenizer } from './tokenizer.ts';
