import { Checkpoint } from '../checkpoint.ts';
import { streamSafetensors, type TensorHeader } from '../safetensors.ts';

/**
 * Writes a checkpoint of any layout that `Checkpoint` opens as one `.safetensors` file, tensor by tensor, in the dtypes
 * that it has. Tensors that safetensors' readers here cannot hold as they are (float64) become float32.
 * `onProgress` gets bytes written, of all.
 */
export async function convertToSafetensors(
  from: string,
  to: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  const checkpoint = await Checkpoint.open(from);
  try {
    const tensors = checkpoint.names().map((name): TensorHeader => {
      const { dtype, shape } = checkpoint.info(name);
      return { name, dtype: dtype === 'float64' ? 'float32' : (dtype as TensorHeader['dtype']), shape };
    });
    const total = checkpoint.names().reduce((n, name) => n + checkpoint.info(name).byteLength, 0);
    let done = 0;
    const values = async function* ({ name, dtype }: TensorHeader) {
      const isFloat64 = dtype === 'float32' && checkpoint.info(name).dtype === 'float64';
      yield (isFloat64 ? await checkpoint.readFloat32(name) : await checkpoint.read(name)).data;
      done += checkpoint.info(name).byteLength;
      onProgress(done, total);
    };
    await streamSafetensors(to, tensors, values, { format: 'pt' });
  } finally {
    await checkpoint.close();
  }
}
