import { join } from 'node:path';
import { readConfig } from '../src/checkpoints/index.ts';
import type { TensorData } from '../src/graph/index.ts';
import { clipPreprocess } from '../src/inference/preprocess/clipPreprocess.ts';
import type { ParityRow } from './compare.ts';
import { outputNames, outputRows, readTensors, tensor } from './fixture.ts';

/** CLIP's image preprocessing: `in.imageN` uint8 [h, w, 3] to `out.pixel_valuesN`. */
export async function run(dir: string): Promise<ParityRow[]> {
  const config = await readConfig(join(dir, 'preprocessor_config.json'));
  const io = await readTensors(join(dir, 'io.safetensors'));
  const actual: Record<string, TensorData> = {};
  for (const name of outputNames(io)) {
    const { shape, data } = tensor(io, `in.${name.replace('pixel_values', 'image')}`);
    const [height, width] = shape as [number, number];
    actual[name] = clipPreprocess({ width, height, data: data as Uint8Array }, config);
  }
  return outputRows(io, actual);
}
