import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Checkpoint,
  float32ToBfloat16,
  float32ToFloat16,
  readConfig,
  writeSafetensors,
} from '../src/checkpoints/index.ts';
import { input, type TensorData } from '../src/graph/index.ts';
import { llama, llamaEmbed, llamaLogits, readLlamaConfig } from '../src/models/llama/index.ts';
import { prepareWeights } from '../src/presets/preparedWeights.ts';

/**
 * Copies of a fixture's weights in another form, and how far outputs (and gradients) may then be from the reference.
 *
 * - `float16`, `bfloat16`: 2e-2. Rounding is at most 4.9e-4 or 3.9e-3 of a weight; bfloat16's adds up to about 1e-2
 *   over the deepest of these models.
 * - `int8`, `int4`: LLaMA only. A weight of a normal matrix is off by 0.5 % or 8.5 % of its deviation (`quantize.test.ts`
 *   measures both), and so is each product, independently; a residual stream of three layers adds such errors. Products
 *   that round their other factor to 8 bits as well add 0.5 %. The fixtures' LLaMAs
 *   measure 1.6e-2 and 0.25; twice that still tells them from a wrong scale, order or sign, which gives 1 and more.
 */
export const copyThresholds: Readonly<Record<string, number>> = {
  float16: 2e-2,
  bfloat16: 2e-2,
  int8: 3e-2,
  int4: 0.5,
};

/** Makes the copy of a fixture in `to`; false where the fixture has no weights that can be copied so. */
export async function copyFixture(name: string, dir: string, to: string, form: string): Promise<boolean> {
  const files = await readdir(dir);
  if (!files.includes('weights.safetensors')) return false;
  const isQuantized = form.startsWith('int');
  if (isQuantized && !/^llama/.test(name)) return false;
  await mkdir(to, { recursive: true });
  for (const file of files)
    if (file !== 'weights.safetensors') await copyFile(join(dir, file), join(to, file));
  const source = join(dir, 'weights.safetensors');
  const target = join(to, 'weights.safetensors');
  if (isQuantized) {
    await copyFile(source, join(to, 'float.safetensors'));
    const config = readLlamaConfig(await readConfig(join(to, 'config.json')));
    const prepared = await prepareWeights([join(to, 'float.safetensors')], {
      format: form as 'int8' | 'int4',
      declare: (p) =>
        llamaLogits(
          p,
          config,
          llama(p, config, llamaEmbed(p, config, input('ids', [1, 1], 'int64'))).lastHiddenState,
        ),
    });
    await copyFile(prepared, target);
    return true;
  }
  const checkpoint = await Checkpoint.open(source);
  const round = form === 'float16' ? float32ToFloat16 : float32ToBfloat16;
  const tensors: Record<string, TensorData> = {};
  for (const tensor of checkpoint.names()) {
    const value = await checkpoint.read(tensor);
    tensors[tensor] =
      value.dtype === 'float32'
        ? { ...value, dtype: form as 'float16', data: round(value.data as Float32Array) }
        : value;
  }
  await checkpoint.close();
  await writeSafetensors(target, tensors);
  return true;
}
