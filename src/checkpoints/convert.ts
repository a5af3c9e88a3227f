import { checkOutputFile } from '../files/index.ts';
import { bytesPerElement, type DType } from '../graph/index.ts';
import { Checkpoint } from './checkpoint.ts';
import { CheckpointError } from './checkpointError.ts';
import { streamSafetensors, type TensorHeader } from './safetensors.ts';

/**
 * Writes a checkpoint of any layout that `Checkpoint` opens as one `.safetensors` file, tensor by tensor, in
 * the dtypes that it has; only float64, with which nothing here computes, becomes float32. The widest dtypes
 * come first, so that every tensor is aligned to its values. `onProgress` gets bytes read, of all. Throws
 * `CheckpointError`, before anything is written, for dtypes that cannot be held (int16, unsigned beyond
 * uint8, float8), and `OutputError` where the file cannot be written.
 */
export async function convertToSafetensors(
  from: string | readonly string[],
  to: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  await checkOutputFile(to);
  const checkpoint = await Checkpoint.open(from);
  try {
    const tensors = checkpoint
      .names()
      .map(
        (name): TensorHeader => ({
          name,
          dtype: heldDtype(checkpoint, name),
          shape: checkpoint.info(name).shape,
        }),
      )
      .sort((a, b) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype]);
    const total = tensors.reduce((sum, { name }) => sum + checkpoint.info(name).byteLength, 0);
    let done = 0;
    const values = async function* ({ name }: TensorHeader) {
      const { dtype, byteLength } = checkpoint.info(name);
      yield (await (dtype === 'float64' ? checkpoint.readFloat32(name) : checkpoint.read(name))).data;
      done += byteLength;
      onProgress(done, total);
    };
    await streamSafetensors(to, tensors, values, { format: 'pt' });
  } finally {
    await checkpoint.close();
  }
}

function heldDtype(checkpoint: Checkpoint, tensor: string): DType {
  const { dtype, file } = checkpoint.info(tensor);
  if (dtype === 'float64') return 'float32';
  if (Object.hasOwn(bytesPerElement, dtype)) return dtype as DType;
  const expected = [...Object.keys(bytesPerElement), 'float64'].join(', ');
  throw new CheckpointError({ file, tensor, problem: 'cannot be converted', expected, got: dtype });
}
