import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Checkpoint, float32ToFloat16, streamSafetensors } from '../src/checkpoints/index.ts';

/*
 * npx tsx reproduce/meanWeights.ts A B OUT
 * Writes the mean of two checkpoints of one model, weight by weight (Wortsman et al., 2022, "Robust fine-tuning of zero-shot
 * models", with equal shares), in half precision. Beside it in OUT: all other files of B.
 */

const file = 'diffusion_pytorch_model.safetensors';

/**
 * @param a the folder of the model before its fine-tuning
 * @param b the folder of the model after it, with the same tensors
 * @param out the folder to write into; it may be `b`
 * @throws Error where the tensors of `a` and `b` differ in names or shapes
 */
export async function meanWeights(a: string, b: string, out: string): Promise<void> {
  const [first, second] = [await Checkpoint.open([join(a, file)]), await Checkpoint.open([join(b, file)])];
  const values = new Map<string, Uint16Array>();
  const shapes = new Map<string, readonly number[]>();
  try {
    const only = [...new Set([...first.names(), ...second.names()])].filter(
      (name) => !first.has(name) || !second.has(name),
    );
    if (only.length > 0) throw new Error(`only one of ${a} and ${b} has ${only.join(', ')}`);
    for (const name of second.names()) {
      const [one, other] = [await first.readFloat32(name), await second.readFloat32(name)];
      if (one.shape.join() !== other.shape.join())
        throw new Error(`${name}: shapes ${one.shape} in ${a} and ${other.shape} in ${b}`);
      values.set(name, float32ToFloat16(one.data.map((v, i) => (v + (other.data[i] as number)) / 2)));
      shapes.set(name, other.shape);
    }
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
  await mkdir(out, { recursive: true });
  if (out !== b)
    for (const name of await readdir(b)) if (name !== file) await copyFile(join(b, name), join(out, name));
  const headers = [...shapes].map(([name, shape]) => ({ name, shape, dtype: 'float16' as const }));
  await streamSafetensors(join(out, file), headers, ({ name }) => [values.get(name) as Uint16Array]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [a, b, out] = process.argv.slice(2);
  if (!a || !b || !out) throw new Error('npx tsx reproduce/meanWeights.ts A B OUT');
  await meanWeights(a, b, out);
}
