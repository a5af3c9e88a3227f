import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { f32, i64, type TensorData } from '../graph/data.ts';
import { CheckpointError } from './checkpointError.ts';
import { SafetensorsFile, writeSafetensors } from './safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const freshPath = (): string => join(folder, `${count++}.safetensors`);

/** A file of a header (text, or anything JSON can say) and `dataBytes` bytes. */
function rawFile(header: unknown, dataBytes = 0, declaredLength?: bigint): string {
  const json = Buffer.isBuffer(header)
    ? header
    : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(declaredLength ?? BigInt(json.length));
  const path = freshPath();
  writeFileSync(path, Buffer.concat([prefix, json, Buffer.alloc(dataBytes)]));
  return path;
}

function bytesFile(bytes: string): string {
  const path = freshPath();
  writeFileSync(path, bytes);
  return path;
}

const tensor = (
  begin: number,
  end: number,
  shape: unknown = [(end - begin) / 4],
  dtype: unknown = 'F32',
): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

async function faultOf(path: string): Promise<CheckpointError> {
  const error = await SafetensorsFile.open(path).then(
    () => expect.fail('opened'),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  expect((error as CheckpointError).message).toContain(path);
  return error as CheckpointError;
}

describe('a header is untrusted input', () => {
  const faults: [string, () => string, RegExp][] = [
    ['an empty file', () => bytesFile(''), /too short.*at least 8 bytes, got 0/],
    ['7 bytes', () => bytesFile('1234567'), /too short/],
    ['an absurd length', () => rawFile('{}', 0, 2n ** 63n), /absurd header length.*got 9223372036854775808/],
    ['a length over the limit', () => rawFile('{}', 0, 100_000_001n), /absurd header length/],
    ['a length over the file', () => rawFile('{}', 0, 99_000_000n), /truncated within its header/],
    ['invalid UTF-8', () => rawFile(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), /not valid UTF-8/],
    ['invalid JSON', () => rawFile('{"a":'), /not valid JSON/],
    ['no object', () => rawFile('[1]'), /expected a JSON object, got \[1\]/],
    ['null', () => rawFile('null'), /expected a JSON object/],
    ['deep nesting', () => rawFile('['.repeat(1e6)), /not valid JSON/],
    [
      'truncated data',
      () => rawFile({ a: tensor(0, 16) }, 12),
      /"a": data_offsets beyond the end.*at most 12/,
    ],
    ['a rest after the data', () => rawFile({ a: tensor(0, 16) }, 20), /4 bytes after the last tensor/],
    [
      'overlap',
      () => rawFile({ a: tensor(0, 8), b: tensor(4, 12) }, 12),
      /"b": overlaps "a".*begin at 8, got 4/,
    ],
    ['the same bytes twice', () => rawFile({ a: tensor(0, 8), b: tensor(0, 8) }, 8), /"b": overlaps "a"/],
    [
      'a gap',
      () => rawFile({ a: tensor(0, 8), b: tensor(12, 16) }, 16),
      /"b": leaves a gap of 4 bytes after "a"/,
    ],
    ['a gap at the start', () => rawFile({ a: tensor(4, 8) }, 8), /gap of 4 bytes after the header/],
    ['offsets out of order', () => rawFile({ a: tensor(8, 4, [1]) }, 8), /out of order/],
    ['negative offsets', () => rawFile({ a: tensor(-4, 0, [1]) }, 0), /wrong data_offsets/],
    ['fractional offsets', () => rawFile({ a: tensor(0, 4.5, [1]) }, 8), /wrong data_offsets/],
    ['huge offsets', () => rawFile({ a: tensor(0, 2 ** 60, [1]) }, 8), /wrong data_offsets/],
    [
      'one offset',
      () => rawFile({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4),
      /wrong data_offsets/,
    ],
    ['an unknown dtype', () => rawFile({ a: tensor(0, 4, [1], 'F31') }, 4), /unknown dtype.*F32.*got "F31"/],
    ['a dtype that is a method', () => rawFile({ a: tensor(0, 4, [1], 'toString') }, 4), /unknown dtype/],
    ['a dtype that is no text', () => rawFile({ a: tensor(0, 4, [1], 7) }, 4), /unknown dtype/],
    [
      'shape x dtype != bytes',
      () => rawFile({ a: tensor(0, 4, [2]) }, 4),
      /shape \[2\] of F32.*expected 8, got 4/,
    ],
    ['a negative dimension', () => rawFile({ a: tensor(0, 4, [-1]) }, 4), /wrong shape.*\[-1\]/],
    ['a fractional dimension', () => rawFile({ a: tensor(0, 4, [0.5, 2]) }, 4), /wrong shape/],
    ['a huge dimension', () => rawFile({ a: tensor(0, 4, [2 ** 53]) }, 4), /wrong shape/],
    [
      'a product that overflows',
      () => rawFile({ a: tensor(0, 0, [2 ** 40, 2 ** 40]) }, 0),
      /does not fit its bytes/,
    ],
    ['a shape that is no list', () => rawFile({ a: tensor(0, 4, '1') }, 4), /wrong shape/],
    ['an entry that is no object', () => rawFile({ a: 1 }), /"a": wrong header entry/],
    ['a name twice', () => rawFile('{"a":{},"b":[{"a":1}],"\\u0061":{}}'), /names "a" twice/],
    ['dtype twice', () => rawFile('{"a":{"dtype":"F32","dtype":"F16"}}'), /names "dtype" twice/],
    ['metadata that is no object', () => rawFile({ __metadata__: [] }), /wrong __metadata__/],
    [
      'metadata with numbers',
      () => rawFile({ __metadata__: { step: 3 } }),
      /object of strings, got 3 for "step"/,
    ],
    ['a folder', () => folder, /not a file/],
    ['nothing', () => join(folder, 'none'), /no such file/],
  ];
  it.each(faults)('%s', async (_, make, message) => {
    expect((await faultOf(make())).message).toMatch(message);
  });

  it('names such as __proto__ are ordinary', async () => {
    const path = rawFile('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4);
    const file = await SafetensorsFile.open(path);
    expect(file.names()).toEqual(['__proto__']);
    expect((await file.read('__proto__')).data).toEqual(Float32Array.of(0));
    expect(file.has('constructor')).toBe(false);
    await expect(async () => file.info('constructor')).rejects.toThrow(/"constructor": not in this file/);
    await file.close();
    expect((await faultOf(rawFile('{"__proto__":{"shape":[]}}'))).tensor).toBe('__proto__');
  });

  it('a file cut short after opening', async () => {
    const path = freshPath();
    await writeSafetensors(path, { a: f32([1, 2, 3, 4], [4]) });
    const file = await SafetensorsFile.open(path);
    truncateSync(path, file.info('a').byteOffset + 8);
    await expect(file.read('a')).rejects.toThrow(/"a": the file became shorter.*expected 16 bytes, got 8/);
    await file.close();
  });
});

describe('writing and reading', () => {
  const tensors: Record<string, TensorData> = {
    'u.8': { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 255) },
    flag: { dtype: 'bool', shape: [], data: Uint8Array.of(1) },
    half: { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
    brain: { dtype: 'bfloat16', shape: [1, 2], data: Uint16Array.of(0x3f80, 0xc000) },
    int: { dtype: 'int32', shape: [2], data: Int32Array.of(-1, 7) },
    long: i64([2 ** 40, -3], [2]),
    empty: f32([], [0, 5]),
    'f\n"π': f32([0.5, -0, Number.POSITIVE_INFINITY], [3, 1]),
  };

  it('round-trips every dtype, aligned, with metadata', async () => {
    const path = freshPath();
    await writeSafetensors(path, tensors, { step: '12', b: 'x' });
    const file = await SafetensorsFile.open(path);
    expect(file.names().sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, expected] of Object.entries(tensors)) {
      expect(await file.read(name)).toEqual(expected);
      const { byteOffset } = file.info(name);
      expect(byteOffset % expected.data.BYTES_PER_ELEMENT).toBe(0);
    }
    expect(Object.fromEntries(file.metadata)).toEqual({ step: '12', b: 'x' });
    expect((await file.readFloat32('half')).data).toEqual(Float32Array.of(1, -2));
    expect((await file.readFloat32('brain')).data).toEqual(Float32Array.of(1, -2));
    expect((await file.readFloat32('f\n"π')).data).toEqual(tensors['f\n"π']!.data);
    await expect(file.readFloat32('int')).rejects.toThrow(/not a float tensor; expected float32.*got int32/);
    await file.close();
  });

  it('gives the same bytes for the same tensors in any order', async () => {
    const [a, b] = [freshPath(), freshPath()];
    await writeSafetensors(a, tensors, { x: '1', y: '2' });
    await writeSafetensors(b, new Map(Object.entries(tensors).reverse()), { y: '2', x: '1' });
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
    expect((readFileSync(a).readUInt32LE(0) + 8) % 8).toBe(0);
  });

  it('writes subarrays alone, not their buffers', async () => {
    const path = freshPath();
    await writeSafetensors(path, { a: f32(new Float32Array([1, 2, 3, 4]).subarray(1, 3), [2]) });
    const file = await SafetensorsFile.open(path);
    expect((await file.read('a')).data).toEqual(Float32Array.of(2, 3));
    await file.close();
  });

  it('reads float64 as float32 and says so where it cannot', async () => {
    const path = rawFile({ a: tensor(0, 8, [1], 'F64'), b: tensor(8, 9, [1], 'F8_E4M3') }, 9);
    const bytes = readFileSync(path);
    bytes.writeDoubleLE(0.1, bytes.length - 9);
    writeFileSync(path, bytes);
    const file = await SafetensorsFile.open(path);
    expect(file.info('a').dtype).toBe('float64');
    expect((await file.readFloat32('a')).data).toEqual(Float32Array.of(0.1));
    await expect(file.read('a')).rejects.toThrow(/got float64. Read it with readFloat32/);
    await expect(file.readFloat32('b')).rejects.toThrow(/not a float tensor/);
    await file.close();
  });

  it('refuses what it could not read back', async () => {
    const wrong: TensorData = { dtype: 'float32', shape: [3], data: new Float32Array(2) };
    await expect(writeSafetensors(freshPath(), { wrong })).rejects.toThrow(
      /"wrong": shape \[3\].*expected 12 bytes, got 8/,
    );
    await expect(writeSafetensors(freshPath(), { __metadata__: f32([1], [1]) })).rejects.toThrow(/reserved/);
    writeFileSync(join(folder, 'file'), '');
    await expect(writeSafetensors(join(folder, 'file/where.safetensors'), {})).rejects.toThrow(
      /Check that the folder exists/,
    );
  });

  it('leaves a target that cannot be replaced as it was', async () => {
    await expect(writeSafetensors(folder, { a: f32([1], [1]) })).rejects.toThrow(CheckpointError);
    expect(readdirSync(join(folder, '..')).filter((n) => n.includes('.tmp.'))).toEqual([]);
  });
});
