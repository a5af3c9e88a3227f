export { writeFileAtomically } from './atomicFile.ts';
export { CheckpointError, type CheckpointErrorParts } from './checkpointError.ts';
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './float16.ts';
export { type Float32Tensor, SafetensorsFile, writeSafetensors } from './safetensors.ts';
export type { StoredDType, TensorInfo } from './safetensorsHeader.ts';
