import { CheckpointError, quote } from './checkpointError.ts';

/**
 * The header of a `.safetensors` file, as untrusted input.
 *
 * Layout (https://huggingface.co/docs/safetensors): 8 bytes little-endian header length, a JSON object
 * `{name: {dtype, shape, data_offsets: [begin, end]}}`, then the data, which the tensors fill without gaps.
 */

/** Element types a file may store. Those beyond `DType` can be listed and, for float64, read as float32. */
export const storedDtypes = {
  F32: { dtype: 'float32', bytes: 4 },
  F16: { dtype: 'float16', bytes: 2 },
  BF16: { dtype: 'bfloat16', bytes: 2 },
  I32: { dtype: 'int32', bytes: 4 },
  I64: { dtype: 'int64', bytes: 8 },
  U8: { dtype: 'uint8', bytes: 1 },
  BOOL: { dtype: 'bool', bytes: 1 },
  F64: { dtype: 'float64', bytes: 8 },
  I8: { dtype: 'int8', bytes: 1 },
  I16: { dtype: 'int16', bytes: 2 },
  U16: { dtype: 'uint16', bytes: 2 },
  U32: { dtype: 'uint32', bytes: 4 },
  U64: { dtype: 'uint64', bytes: 8 },
  F8_E4M3: { dtype: 'float8e4m3', bytes: 1 },
  F8_E5M2: { dtype: 'float8e5m2', bytes: 1 },
} as const;

/** Element types that files can hold, by our names. */
export type StoredDType = (typeof storedDtypes)[keyof typeof storedDtypes]['dtype'];

/** One tensor of a file. */
export interface TensorInfo {
  /** Element type in the file. */
  readonly dtype: StoredDType;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Of its first byte, from the start of the file. */
  readonly byteOffset: number;
  /** Bytes of the tensor in the file. */
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** No published checkpoint comes near; the format's own readers use the same limit. */
export const maxHeaderBytes = 100_000_000;

const downloadAgain = 'The file is damaged or was not downloaded completely: fetch it again';

/** What else lies under a name that ends in .safetensors, by its first characters. */
const otherFormats: readonly (readonly [string, string, string])[] = [
  ['version ', 'a Git LFS pointer', 'Fetch the file itself: git lfs pull'],
  ['<!doctyp', 'a web page', 'Fetch the file itself: a login page or an error came instead'],
  ['<html', 'a web page', 'Fetch the file itself: a login page or an error came instead'],
  ['pk\u0003\u0004', 'a zip archive', 'If torch.save wrote it, its name must end in .bin or .pt'],
  ['\u0080\u0002', 'a pickle', 'If torch.save wrote it, its name must end in .bin or .pt'],
  ['gguf', 'a GGUF file', 'Fetch the model as .safetensors'],
];

/** The header's length from the file's first 8 bytes; checked before anything of that length is allocated. */
export function parseHeaderLength(file: string, prefix: Uint8Array, fileBytes: number): number {
  if (fileBytes < 8 || prefix.byteLength < 8) {
    throw new CheckpointError({
      file,
      problem: 'too short to be a safetensors file',
      expected: 'at least 8 bytes',
      got: `${Math.min(fileBytes, prefix.byteLength)}`,
      help: downloadAgain,
    });
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  const text = String.fromCharCode(...prefix.subarray(0, 8));
  const instead = otherFormats.find(([start]) => text.toLowerCase().startsWith(start));
  if (instead && length > BigInt(maxHeaderBytes)) {
    const [, got, help] = instead;
    throw new CheckpointError({ file, problem: 'not a safetensors file', got, help });
  }
  if (length > BigInt(maxHeaderBytes)) {
    throw new CheckpointError({
      file,
      problem: 'absurd header length',
      expected: `at most ${maxHeaderBytes} bytes`,
      got: `${length}`,
      help: 'Is this really a .safetensors file? Pickled checkpoints (.bin, .pt, .ckpt) must be converted first',
    });
  }
  if (8 + Number(length) > fileBytes) {
    throw new CheckpointError({
      file,
      problem: 'truncated within its header',
      expected: `a header of ${length} bytes`,
      got: `a file of ${fileBytes} bytes`,
      help: downloadAgain,
    });
  }
  return Number(length);
}

/** Parses and checks a whole header: `bytes` is the JSON, `fileBytes` the size of the file. */
export function parseHeader(file: string, bytes: Uint8Array, fileBytes: number): SafetensorsHeader {
  const entries = parseEntries(file, bytes);
  const dataStart = 8 + bytes.byteLength;
  const dataBytes = fileBytes - dataStart;
  const tensors = new Map<string, TensorInfo>();
  const metadata = new Map<string, string>();
  for (const [name, entry] of entries) {
    if (name === '__metadata__') {
      readMetadata(file, entry, metadata);
    } else {
      tensors.set(name, readEntry(file, name, entry, dataStart, dataBytes));
    }
  }
  checkCoverage(file, tensors, dataStart, fileBytes);
  return { tensors, metadata };
}

function parseEntries(file: string, bytes: Uint8Array): [string, unknown][] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CheckpointError({ file, problem: 'the header is not valid UTF-8', help: downloadAgain, cause });
  }
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    const got = quote(text, 60);
    throw new CheckpointError({
      file,
      problem: 'the header is not valid JSON',
      got,
      help: downloadAgain,
      cause,
    });
  }
  if (!isObject(header)) {
    throw new CheckpointError({
      file,
      problem: 'wrong header',
      expected: 'a JSON object',
      got: quote(header, 60),
    });
  }
  const twice = findDuplicateKey(text);
  if (twice !== undefined) {
    throw new CheckpointError({
      file,
      problem: `the header names ${quote(twice)} twice`,
      help: 'Which of the two is meant cannot be known: write the file again',
    });
  }
  return Object.entries(header);
}

/** The first key that occurs twice in one object of `text`, which is known to be valid JSON. */
function findDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // of each open bracket: its keys, or undefined for an array
  let keyNext = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      const start = i++;
      while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
      const keys = open[open.length - 1];
      if (!keyNext || keys === undefined) continue;
      const key = JSON.parse(text.slice(start, i + 1)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
      keyNext = false;
    } else if (c === '{' || c === '[') {
      open.push(c === '{' ? new Set() : undefined);
      keyNext = c === '{';
    } else if (c === '}' || c === ']') {
      open.pop();
      keyNext = false;
    } else if (c === ',') {
      keyNext = true;
    }
  }
  return undefined;
}

function readMetadata(file: string, entry: unknown, into: Map<string, string>): void {
  const expected = 'an object of strings';
  if (!isObject(entry))
    throw new CheckpointError({ file, problem: 'wrong __metadata__', expected, got: quote(entry) });
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== 'string') {
      const got = `${quote(value)} for ${quote(key)}`;
      throw new CheckpointError({ file, problem: 'wrong __metadata__', expected, got });
    }
    into.set(key, value);
  }
}

function readEntry(
  file: string,
  tensor: string,
  entry: unknown,
  dataStart: number,
  dataBytes: number,
): TensorInfo {
  const fail = (problem: string, expected: string, got: string, help?: string): never => {
    throw new CheckpointError({ file, tensor, problem, expected, got, help });
  };
  if (!isObject(entry)) return fail('wrong header entry', '{dtype, shape, data_offsets}', quote(entry));
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(storedDtypes, dtype)) {
    return fail('unknown dtype', `one of ${Object.keys(storedDtypes).join(', ')}`, quote(dtype));
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    return fail('wrong shape', 'a list of integers from 0 to 2^53-1', quote(shape));
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    return fail('wrong data_offsets', '[begin, end], integers from 0', quote(offsets));
  }
  const [begin, end] = offsets as [number, number];
  if (end < begin) return fail('data_offsets out of order', 'begin <= end', `[${begin}, ${end}]`);
  if (end > dataBytes) {
    return fail(
      'data_offsets beyond the end of the file',
      `at most ${dataBytes}`,
      `[${begin}, ${end}]`,
      downloadAgain,
    );
  }
  const stored = storedDtypes[dtype as keyof typeof storedDtypes];
  const bytes = (shape as number[]).includes(0)
    ? 0
    : shape.reduce((a: number, b: number) => a * b, stored.bytes);
  if (bytes !== end - begin) {
    return fail(
      `shape [${quote(shape).slice(1, -1)}] of ${dtype} does not fit its bytes`,
      `${bytes}`,
      `${end - begin}`,
    );
  }
  return { dtype: stored.dtype, shape: [...shape], byteOffset: dataStart + begin, byteLength: end - begin };
}

/** The tensors must tile the data: no overlap, no hole, no rest. */
function checkCoverage(
  file: string,
  tensors: ReadonlyMap<string, TensorInfo>,
  dataStart: number,
  fileBytes: number,
): void {
  const inOrder = [...tensors].sort(
    ([, a], [, b]) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength,
  );
  let at = dataStart;
  let before = 'the header';
  for (const [tensor, info] of inOrder) {
    if (info.byteOffset !== at) {
      const problem =
        info.byteOffset < at
          ? `overlaps ${before}`
          : `leaves a gap of ${info.byteOffset - at} bytes after ${before}`;
      const expected = `data_offsets to begin at ${at - dataStart}`;
      const got = `${info.byteOffset - dataStart}`;
      throw new CheckpointError({ file, tensor, problem, expected, got, help: 'Write the file again' });
    }
    at += info.byteLength;
    before = quote(tensor);
  }
  if (at !== fileBytes) {
    throw new CheckpointError({
      file,
      problem: `${fileBytes - at} bytes after the last tensor`,
      expected: `a file of ${at} bytes`,
      got: `${fileBytes}`,
      help: downloadAgain,
    });
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
