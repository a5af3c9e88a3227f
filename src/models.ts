/**
 * The models themselves: functions that build graphs, in which a parameter's path is its tensor's name in the published
 * checkpoint. With what it takes to differentiate them, to load weights, to run them and to sample with them.
 */
export { grad, vjp } from './autodiff/index.ts';
export {
  type ConfigJson,
  type ErrorCode,
  type ErrorDetails,
  MovieDreamerError,
} from './base/index.ts';
export {
  Checkpoint,
  CheckpointError,
  type CheckpointErrorParts,
  type CheckpointOptions,
  type CheckpointTensorInfo,
  type Float32Tensor,
  SafetensorsFile,
  type StoredDType,
  storedDtypes,
  type TensorInfo,
  writeSafetensors,
} from './checkpoints/index.ts';
/** Noise schedules and samplers, named as in diffusers. */
export * as diffusion from './diffusion/index.ts';
export * from './graph/index.ts';
/** The aesthetic predictor over CLIP embeddings. */
export * as aestheticHead from './models/aestheticHead/index.ts';
/** The picture autoencoder (AutoencoderKL). */
export * as autoencoderKl from './models/autoencoderKl/index.ts';
/** The paper’s autoregressor of visual tokens. */
export * as autoregressor from './models/autoregressor/index.ts';
/** CLIP’s vision and text towers. */
export * as clip from './models/clip/index.ts';
/** The keyframe compressor. */
export * as compressor from './models/compressor/index.ts';
/** The face detector. */
export * as faceDetector from './models/faceDetector/index.ts';
/** The Gaussian-mixture head of the autoregressor. */
export * as gaussianMixture from './models/gaussianMixture/index.ts';
/** Inception-v3, for FID and the Inception score. */
export * as inceptionV3 from './models/inceptionV3/index.ts';
export { ConfigError, ConfigReader } from './models/index.ts';
/** LLaMA. */
export * as llama from './models/llama/index.ts';
/** Projectors into the autoregressor’s feature space. */
export * as projector from './models/projector/index.ts';
/** The conditioning rows of the renderer. */
export * as rendererContext from './models/rendererContext/index.ts';
/** Stable Video Diffusion. */
export * as svd from './models/svd/index.ts';
/** The conditional U-Net of SD and SDXL. */
export * as unet2d from './models/unet2d/index.ts';
/** Layers, named as torch names them. */
export * as nn from './nn/index.ts';
export { Random } from './random/index.ts';
export {
  type AdamWOptions,
  type AdamWResult,
  type AnyArray,
  DeviceError,
  type DeviceName,
  type LoadOptions,
  type OutputMode,
  type ParameterSlot,
  type ParameterStore,
  type Placement,
  type Range,
  type Resident,
  type RunOptions,
  type ScatterTarget,
  Session,
  SessionError,
  type SessionHost,
  type SessionTuning,
  type StoreArray,
  type StoreOptions,
  storeArrays,
  WorkerHost,
  type WorkerHostOptions,
} from './runtime/index.ts';
