export { TorchFile } from './torchFile.ts';
export { type TorchTensorSource, type WriteTorchOptions, writeTorchFile } from './writeTorchFile.ts';
