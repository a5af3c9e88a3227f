import type { FileHandle } from 'node:fs/promises';
import { CheckpointError, quote } from '../checkpointError.ts';
import { mostPickleBytes, readRange, type TorchContents } from './contents.ts';
import { PickleError } from './pickleValues.ts';
import { torchPickle } from './torchPickle.ts';
import { unpickle } from './unpickle.ts';
import { readZip, type ZipEntry } from './zip.ts';

/**
 * torch's container since 1.6, a zip archive: `<name>/data.pkl` is the object, `<name>/data/<key>` the
 * storages, `<name>/byteorder` is 'little' where it is there (`caffe2/serialize/inline_container.h`).
 */
export async function readArchive(handle: FileHandle, path: string, size: number): Promise<TorchContents> {
  const entries = await readZip(handle, path, size);
  const pickle = entries.find(({ name }) => /^([^/]*\/)?data\.pkl$/.test(name));
  const script = entries.find(({ name }) => /(^|\/)(constants\.pkl$|code\/)/.test(name));
  if (script || !pickle) {
    throw new CheckpointError({
      file: path,
      problem: `not a file of weights but ${script ? 'a TorchScript program' : 'an archive without data.pkl'}`,
      help: 'torch.save(model.state_dict(), ...) writes weights alone',
    });
  }
  const packed = entries.find(({ isStored }) => !isStored);
  if (packed) {
    const problem = `${quote(packed.name)} is compressed or encrypted, which torch.save never does`;
    throw new CheckpointError({ file: path, problem });
  }
  if (pickle.size > mostPickleBytes) throw new PickleError('is too large for one of weights');
  const root = pickle.name.slice(0, -'data.pkl'.length);
  await checkByteOrder(
    handle,
    path,
    entries.find(({ name }) => name === `${root}byteorder`),
  );
  const prefix = `${root}data/`;
  const storages = new Map(
    entries
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, offset, size }) => [name.slice(prefix.length), { offset, size }]),
  );
  const bytes = new Uint8Array(await readRange(handle, path, pickle.offset, pickle.size));
  return { root: unpickle(bytes, torchPickle).value, storages };
}

async function checkByteOrder(handle: FileHandle, path: string, entry: ZipEntry | undefined): Promise<void> {
  if (!entry) return; // torch notes it since 2.1, and was used on little-endian machines before, too
  const text = Buffer.from(await readRange(handle, path, entry.offset, Math.min(entry.size, 16)));
  if (text.toString('latin1') === 'little') return;
  const problem = `its bytes are in ${quote(text.toString('latin1'))} order`;
  throw new CheckpointError({ file: path, problem, expected: '"little"' });
}
