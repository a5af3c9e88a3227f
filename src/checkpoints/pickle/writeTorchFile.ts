import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeAtomically } from '../../files/index.ts';
import { bytesPerElement, sizeOf, type TypedArray } from '../../graph/index.ts';
import { CheckpointError } from '../checkpointError.ts';
import type { TensorHeader } from '../safetensors.ts';
import { pickleStateDict } from './pickleStateDict.ts';
import { ZipWriter } from './zipWriter.ts';

export interface TorchTensorSource extends TensorHeader {
  /** Its values, at once or in pieces of any size; asked for once, when their turn comes. */
  readonly data: () => Promise<TypedArray> | Iterable<TypedArray> | AsyncIterable<TypedArray>;
}

export interface WriteTorchOptions {
  /** Puts the tensors under a key of an outer dict, as training scripts do: 'state_dict'. */
  readonly under?: string;
}

/**
 * Writes tensors as torch.save does (a zip archive, protocol 2), atomically, in the given order, one piece at
 * a time: torch.load reads it. The same tensors under the same file name give the same bytes. Throws
 * `CheckpointError` for tensors that cannot be written, values of another size than the shape's, and errors
 * of the file system.
 */
export async function writeTorchFile(
  path: string,
  tensors: Iterable<TorchTensorSource>,
  { under }: WriteTorchOptions = {},
): Promise<void> {
  const all = [...tensors];
  checkHeaders(path, all);
  const root = basename(path).replace(/\.[^.]*$/, '') || 'archive';
  try {
    await writeAtomically(path, async (temporary) => {
      const file = await open(temporary, 'wx');
      try {
        const zip = new ZipWriter(file);
        const addSmall = (name: string, bytes: Buffer) => zip.add(`${root}/${name}`, bytes.length, [bytes]);
        await addSmall('data.pkl', pickleStateDict(all, under));
        await addSmall('byteorder', Buffer.from('little'));
        for (const [i, tensor] of all.entries()) {
          const size = sizeOf(tensor.shape) * bytesPerElement[tensor.dtype];
          const written = await zip.add(`${root}/data/${i}`, size, pieces(tensor));
          if (written === size) continue;
          const [expected, got] = [`${size} bytes`, `${written}`];
          throw fault(path, tensor, { problem: 'its values are not those of its shape', expected, got });
        }
        await addSmall('version', Buffer.from('3\n'));
        await zip.finish();
      } finally {
        await file.close();
      }
    });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause; // not of the file system
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    const problem = isFull ? 'the disk is full' : `cannot be written (${message})`;
    const help = isFull ? 'Free some space' : 'Check that the folder exists and may be written';
    throw new CheckpointError({ file: path, problem, help, cause });
  }
}

async function* pieces({ data }: TorchTensorSource): AsyncGenerator<TypedArray, void> {
  const values = data();
  if (values instanceof Promise) yield await values;
  else yield* values;
}

function checkHeaders(path: string, tensors: readonly TensorHeader[]): void {
  const names = new Set<string>();
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    if (names.has(name)) throw fault(path, tensor, { problem: 'is given twice' });
    names.add(name);
    if (!Object.hasOwn(bytesPerElement, dtype)) {
      const expected = `one of ${Object.keys(bytesPerElement).join(', ')}`;
      throw fault(path, tensor, { problem: 'unknown dtype', expected, got: dtype });
    }
    if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
      throw fault(path, tensor, {
        problem: 'wrong shape',
        expected: 'whole numbers from 0',
        got: `[${shape}]`,
      });
    }
  }
}

function fault(
  file: string,
  { name }: TensorHeader,
  parts: { problem: string; expected?: string; got?: string },
): CheckpointError {
  return new CheckpointError({ file, tensor: name, ...parts });
}
