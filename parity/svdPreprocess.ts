import { join } from 'node:path';
import { readConfig } from '../src/checkpoints/index.ts';
import { type SvdPreprocessConfig, svdPreprocess } from '../src/inference/preprocess/svdPreprocess.ts';
import type { ParityRow } from './compare.ts';
import { outputRows, readTensors, tensor } from './fixture.ts';

/** SVD's conditioning image: antialiased resize, then CLIP's normalisation. */
export async function run(dir: string): Promise<ParityRow[]> {
  const config = (await readConfig(join(dir, 'config.json'))) as unknown as SvdPreprocessConfig;
  const io = await readTensors(join(dir, 'io.safetensors'));
  const { resized, pixelValues } = svdPreprocess(tensor(io, 'in.image'), config);
  return outputRows(io, { resized, pixel_values: pixelValues });
}
