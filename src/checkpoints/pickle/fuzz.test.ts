import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../random/index.ts';
import { CheckpointError } from '../checkpointError.ts';
import { TorchFile } from './torchFile.ts';

const fixtures = fileURLToPath(new URL('testing/files/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = 1000;
const originals = ['zip.pt', 'legacy.pt', 'nested.pth', 'modern.pt', 'modern_protocol5.pt', 'evil.pt'].map(
  (name) => readFileSync(join(fixtures, name)),
);

/** Changes of the kinds that damage and malice make. */
const mutations: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes, random) => {
    for (let i = 0; i < 1 + random.int(8); i++) bytes[random.int(bytes.length)] = random.int(256);
    return bytes;
  },
  (bytes, random) => {
    const at = random.int(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.int(8));
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, random.int(bytes.length)),
  (bytes, random) => {
    const [a, b] = [random.int(bytes.length), random.int(bytes.length)];
    return Buffer.concat([bytes.subarray(0, Math.max(a, b)), bytes.subarray(Math.min(a, b))]);
  },
  (bytes, random) => {
    const [a, b] = [random.int(bytes.length), random.int(bytes.length)].sort((x, y) => x - y) as [
      number,
      number,
    ];
    return Buffer.concat([bytes.subarray(0, a), bytes.subarray(b)]);
  },
  // opcodes of pickles, in the first half, where these are
  (bytes, random) => {
    const opcodes = '(.012FIJKMNPQRSTUVXabcdeghijlopqrstu)]}\x80\x81\x85\x86\x87\x8a\x8b\x93\x95';
    for (let i = 0; i < 1 + random.int(4); i++)
      bytes[random.int(bytes.length >> 1)] = opcodes.charCodeAt(random.int(opcodes.length));
    return bytes;
  },
  // lengths
  (bytes, random) => {
    const value = random.pick([0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, bytes.length, bytes.length + 1]);
    bytes.writeUInt32LE(value, random.int(bytes.length - 4));
    return bytes;
  },
  (bytes, random) => {
    const value = random.pick([2n ** 63n - 1n, 2n ** 40n, 2n ** 64n - 1n, 0n]);
    bytes.writeBigUInt64LE(value, random.int(bytes.length - 8));
    return bytes;
  },
  // the end of an archive, which says where everything is
  (bytes, random) => {
    const at = bytes.length - 1 - random.int(Math.min(bytes.length, 400));
    bytes[at] = random.int(256);
    return bytes;
  },
];

describe('damaged and malicious files of torch', () => {
  it(`${FILES} of them are read within their bounds or refused, and nothing of them runs`, async () => {
    const path = join(folder, 'mutant.pt');
    const counts = { read: 0, refused: 0 };
    for (let i = 0; i < FILES; i++) {
      const random = Random.of(11, 'mutant', i);
      let bytes: Buffer = Buffer.from(random.pick(originals));
      for (let n = 0; n < 1 + random.int(3) && bytes.length > 16; n++)
        bytes = Buffer.from(random.pick(mutations)(bytes, random));
      writeFileSync(path, bytes);
      try {
        const file = await TorchFile.open(path);
        try {
          for (const name of file.names()) {
            const { byteOffset, byteLength } = file.info(name);
            if (file.isInPlace(name)) expect(byteOffset + byteLength).toBeLessThanOrEqual(bytes.length);
            const tensor = await file.readFloat32(name).catch(mustBeOurs);
            if (tensor) expect(tensor.data.length).toBeLessThanOrEqual(bytes.length);
            await file.read(name).catch(mustBeOurs);
          }
          counts.read++;
        } finally {
          await file.close();
        }
      } catch (error) {
        mustBeOurs(error);
        counts.refused++;
      }
    }
    expect(counts.read + counts.refused).toBe(FILES);
    expect(counts.refused).toBeGreaterThan(FILES / 4);
    expect(existsSync('/tmp/moviedreamer-was-here')).toBe(false);
  });
});

function mustBeOurs(error: unknown): undefined {
  if (!(error instanceof CheckpointError)) throw error;
  return undefined;
}
