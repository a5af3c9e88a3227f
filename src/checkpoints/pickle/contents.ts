import type { FileHandle } from 'node:fs/promises';
import { CheckpointError } from '../checkpointError.ts';
import type { PickleValue } from './pickleValues.ts';

/** Where in the file a storage's bytes are. */
export interface StoragePlace {
  readonly offset: number;
  readonly size: number;
}

/** What one of torch's containers holds: the object that was saved, and the storages by their keys. */
export interface TorchContents {
  readonly root: PickleValue;
  readonly storages: ReadonlyMap<string, StoragePlace>;
}

/** Values are not in a pickle, and no published checkpoint's is a tenth of this: 200 bytes a tensor. */
export const mostPickleBytes: number = 2 ** 25;

/** Bytes of a file. Nothing is allocated for what lies outside of it. Throws `CheckpointError`. */
export async function readRange(
  handle: FileHandle,
  file: string,
  offset: number,
  length: number,
): Promise<ArrayBuffer> {
  const { size } = await handle.stat();
  if (offset + length > size) {
    throw new CheckpointError({ file, problem: 'ends before its values do', help: 'Fetch it again' });
  }
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(2 ** 30, length - done), offset + done);
    if (bytesRead === 0) throw new CheckpointError({ file, problem: 'became shorter while it was open' });
    done += bytesRead;
  }
  return bytes.buffer;
}
