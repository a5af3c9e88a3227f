export { type Adapter, checkAdapter, findAdapter, readAdapter } from './adapters/adapter.ts';
export { adapterScale } from './adapters/config.ts';
export { type MergeOptions, mergeAdapter } from './adapters/merge.ts';
export { type AdapterLayout, adapterConfigFile, adapterFiles } from './adapters/names.ts';
export { type AdapterSettings, writeAdapter } from './adapters/write.ts';
export {
  Checkpoint,
  type CheckpointOptions,
  type CheckpointTensorInfo,
  checkpointIn,
} from './checkpoint.ts';
export { CheckpointError, type CheckpointErrorParts } from './checkpointError.ts';
export { type CheckTensorsOptions, checkTensors, type ExpectedTensor } from './checkTensors.ts';
export { convertToSafetensors } from './convert.ts';
export {
  adapterFilesIn,
  additionsFile,
  type FolderWeights,
  folderWeights,
  isBystander,
  isWeightsFile,
} from './fileNames.ts';
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './float16.ts';
export { TorchFile } from './pickle/torchFile.ts';
export { type TorchTensorSource, type WriteTorchOptions, writeTorchFile } from './pickle/writeTorchFile.ts';
export { preprocessorFiles, readPreprocessor } from './preprocessor.ts';
export { parsePythonJson, readConfig } from './pythonJson.ts';
export { dequantizeRows, type QuantizedMatrix, quantizeRows } from './quantize.ts';
export {
  type Float32Tensor,
  SafetensorsFile,
  streamSafetensors,
  type TensorHeader,
  writeSafetensors,
} from './safetensors.ts';
export { type StoredDType, storedDtypes, type TensorInfo } from './safetensorsHeader.ts';
export { type ShardOptions, writeShards } from './shards.ts';
