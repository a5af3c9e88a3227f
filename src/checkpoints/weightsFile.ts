import { isTorchFile } from './fileNames.ts';
import { TorchFile } from './pickle/index.ts';
import { SafetensorsFile } from './safetensors.ts';

/** An open file of tensors, in one of the formats that are read. */
export type WeightsFile = SafetensorsFile | TorchFile;

/** Opens a `.safetensors` file, or by its name one that torch.save wrote. Throws `CheckpointError`. Close it when done. */
export const openWeightsFile = (path: string): Promise<WeightsFile> =>
  isTorchFile(path) ? TorchFile.open(path) : SafetensorsFile.open(path);
