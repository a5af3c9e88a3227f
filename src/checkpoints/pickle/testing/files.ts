import { open } from 'node:fs/promises';
import { ZipWriter } from '../zipWriter.ts';

/** Opcodes of a pickle, as latin1 text. */
export const pickle = (...opcodes: string[]): Buffer => Buffer.from(opcodes.join(''), 'latin1');

/** A length or a number of four bytes, as a pickle writes it. */
export function word(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('latin1');
}

export const text = (value: string): string => `X${word(Buffer.byteLength(value))}${value}`;

/** The opcodes of a tensor of float32 over a storage, by any shape and strides. */
export function tensor(
  { key = '0', length = 4, offset = 0 }: { key?: string; length?: number; offset?: number },
  shape: readonly number[],
  strides: readonly number[],
): string {
  const ints = (values: readonly number[]): string => `(${values.map((v) => `J${word(v)}`).join('')}t`;
  const storage = `(${text('storage')}ctorch\nFloatStorage\n${text(key)}${text('cpu')}J${word(length)}tQ`;
  const arguments_ = `(${storage}J${word(offset)}${ints(shape)}${ints(strides)}\x89Nt`;
  return `ctorch._utils\n_rebuild_tensor_v2\n${arguments_}R`;
}

/** An archive of these files, as torch.save arranges them. */
export async function writeArchive(path: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const file = await open(path, 'w');
  const zip = new ZipWriter(file);
  for (const [name, bytes] of Object.entries(files)) await zip.add(name, bytes.length, [bytes]);
  await zip.finish();
  await file.close();
}
