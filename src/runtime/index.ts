export { additionsFile } from '../checkpoints/fileNames.ts';
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
export { DeviceError, type DeviceName, deviceNames } from './devices.ts';
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './float16.ts';
export { cutLayout, layoutParameters, type ParameterSlot, type Range } from './parameterLayout.ts';
export type { AdamWOptions, AdamWResult } from './parameterStore.ts';
export {
  convertToSafetensors,
  TorchFile,
  type TorchTensorSource,
  type WriteTorchOptions,
  writeTorchFile,
} from './pickle/index.ts';
export type { Placement } from './placement.ts';
export type { SessionTuning } from './protocol.ts';
export { parsePythonJson, readConfig } from './pythonJson.ts';
export { dequantizeRows, type QuantizedMatrix, quantizeRows } from './quantize.ts';
export {
  type Float32Tensor,
  SafetensorsFile,
  streamSafetensors,
  type TensorHeader,
  writeSafetensors,
} from './safetensors.ts';
export type { StoredDType, TensorInfo } from './safetensorsHeader.ts';
export type { LoadOptions, RunOptions, ScatterTarget, Session } from './session.ts';
export { SessionError } from './sessionError.ts';
export { type ShardOptions, writeShards } from './shards.ts';
export { type StoreArray, type StoreOptions, storeBytes } from './storeMemory.ts';
export { type ParameterStore, type Resident, WorkerHost, type WorkerHostOptions } from './workerHost.ts';
