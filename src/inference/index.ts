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
  type OtherDraw,
  type ScriptFrame,
  type TokenChoice,
} from './autoregressor.ts';
export { BatchedNetwork } from './batches.ts';
export { checkSteps } from './checkSteps.ts';
export { ClipTokenizer } from './clipTokenizer.ts';
export { clipTokenizerFiles, readClipTokenizer } from './clipVocabulary.ts';
export { declarations, isOpenai } from './declare.ts';
export {
  checkTokenizer,
  FaceEncoder,
  ImageEncoder,
  type ImageFeatures,
  SentenceEncoder,
  type SentenceEncoderOptions,
  textInputs,
  unitRows,
} from './encoders.ts';
export { type Box, centreSquare, cropFace, cropSquare } from './faceCrop.ts';
export { FaceDetector, intersectionOverUnion } from './faceDetector.ts';
export { cropFaces, detectionThreshold, findFaces, showsFace } from './findFaces.ts';
export { type ClipSettings, generationConfig, type RenderSettings } from './generationConfig.ts';
export {
  decodeImage,
  downsampling,
  encodeImage,
  ImageCodec,
  type ImageCodecConfig,
  latentShape,
  readImageCodecConfig,
  scaleOf,
} from './imageCodec.ts';
export { keyframeSize } from './keyframeSize.ts';
export { Tokenizer } from './keyframeTokenizer.ts';
export { type LatentSpace, restore } from './latentSpace.ts';
export { LeasedModels } from './leasedModels.ts';
export { ModelLoader } from './loader.ts';
export { gigabytes, parseMemory, planMemory, type StageMemory } from './memoryPlan.ts';
export { Networks } from './networks.ts';
export { type Lease, Leases, ModelPool } from './pool.ts';
export { type ClipPreprocessConfig, clipPreprocess, clipStatistics } from './preprocess/clipPreprocess.ts';
export { fidInceptionPixels, torchvisionInceptionPixels } from './preprocess/inceptionPreprocess.ts';
export { type SvdPreprocessConfig, svdPreprocess } from './preprocess/svdPreprocess.ts';
export { orRelease, type Releasable, releaseAll } from './release.ts';
export {
  Renderer,
  type RendererConfig,
  type RendererSources,
  type RenderFrame,
  type RenderOptions,
} from './renderer.ts';
export { type SamplerName, samplerNames, samplerOf } from './sampler.ts';
export { ScriptEncoder } from './scriptEncoder.ts';
export type { GivenPictures, SharedAttention } from './sharedAttention.ts';
export { type SynthOptions, synthesize } from './synth.ts';
export { trainTokenizer } from './trainTokenizer.ts';
