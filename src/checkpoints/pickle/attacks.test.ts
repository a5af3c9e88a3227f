import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../checkpointError.ts';
import { pickle, tensor, text, word, writeArchive } from './testing/files.ts';
import { TorchFile } from './torchFile.ts';

const fixtures = fileURLToPath(new URL('testing/files/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'attacks-'));
const path = join(folder, 'attack.pt');
const mark = join(folder, 'was-here'); // what an attack would leave behind
afterAll(() => rmSync(folder, { recursive: true }));

const values = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);

/**
 * How opening the file ends: its tensors' names, or the error's message. Another error than ours fails the
 * test.
 */
async function open(): Promise<string> {
  try {
    const file = await TorchFile.open(path);
    const names = file.names();
    await file.close();
    return names.join();
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return error.message;
  }
}

async function openPickle(...opcodes: string[]): Promise<string> {
  const files = { 'a/data.pkl': pickle('\x80\x02', ...opcodes), 'a/data/0': values };
  await writeArchive(path, files);
  return open();
}

const item = (name: string, value: string): string => `${text(name)}${value}s`;
const honest = `}${item('x', tensor({}, [4], [1]))}`;

describe('pickles that would run code', () => {
  const command = `X${word(mark.length + 6)}touch ${mark}`;

  it.each([
    ['os.system', `cos\nsystem\n(${command}tR.`],
    ['posix.system', `cposix\nsystem\n(${command}tR.`],
    ['builtins.eval', `cbuiltins\neval\n(${command}tR.`],
    ['__builtin__.exec', `c__builtin__\nexec\n(${command}tR.`],
    ['subprocess.Popen', `csubprocess\nPopen\n(${command}tR.`],
    ['copyreg._reconstructor', `ccopyreg\n_reconstructor\n(cos\nsystem\nN.`],
    ['builtins.getattr', `cbuiltins\ngetattr\n(cos\n__dict__\n${text('system')}tR.`],
    ['torch.load', `ctorch\nload\n(${command}tR.`],
    ['torch.hub.load', `ctorch.hub\nload\n(${command}tR.`],
    ['os.system', `\x80\x04\x8c\x02os\x8c\x06system\x93${command}\x85R.`],
    ['os.system', `(${command}ios\nsystem\n.`],
    ['os.system', `(cos\nsystem\n${command}o.`],
    ['os.system', `cos\nsystem\n)\x81.`],
    ['os.system', `${honest.slice(0, -1)}cos\nsystem\n(${command}tRs.`],
    ['collections.OrderedDict.__reduce__', 'ccollections.OrderedDict\n__reduce__\n)R.'],
    ['torch._utils._rebuild_tensor_v2.__globals__', 'ctorch._utils\n_rebuild_tensor_v2.__globals__\n.'],
    ['torch.float32.__class__', 'ctorch\nfloat32.__class__\n.'],
    ['constructor.constructor', 'cconstructor\nconstructor\n(tR.'],
  ])('%s is refused by its name', async (name, opcodes) => {
    expect(await openPickle(opcodes)).toContain(`"${name}" is not allowed: to load it would run code`);
    expect(existsSync(mark)).toBe(false);
  });

  it.each([
    ['a call of a class of storages', 'ctorch\nFloatStorage\n)R.', '"torch.FloatStorage" must not be called'],
    ['a call of a dtype', 'ctorch\nfloat32\n)R.', '"torch.float32" must not be called'],
    ['a call of a value', 'K\x01)R.', 'calls what is no name'],
    ['a class by opcode', '(ccollections\nOrderedDict\no.', 'opcode "o" at byte'],
    ['an allowed class by opcode', '(icollections\nOrderedDict\n.', 'makes an object of a class'],
    ['an extension', '\x82\x01.', 'is not allowed'],
    ['a call with keywords', 'ccollections\nOrderedDict\n)}\x92.', 'is not allowed'],
    ['a state of a list', ']}b.', 'sets the state of what is no dict'],
    ['a state of a tensor', `${tensor({}, [4], [1])}}b.`, 'sets the state of what is no dict'],
    ['a persistent name', 'Pos.system\n.', 'refers to something that is no storage'],
  ])('%s', async (_, opcodes, message) => {
    expect(await openPickle(opcodes)).toContain(message);
  });

  it('nothing reaches a prototype', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const dict = `}${names.map((name) => item(name, tensor({}, [4], [1]))).join('')}.`;
    expect(await openPickle(dict)).toBe(names.join());
    expect(await openPickle(`}${item('__proto__', `}${item('polluted', 'K\x01')}`)}.`)).toContain(
      'no tensors',
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('pickles that are broken', () => {
  it.each([
    ['nothing', ''],
    ['no end', '}}}}'],
    ['an empty stack', '.'],
    ['a long string', 'X\xff\xff\xff\x7f.'],
    ['a string of 2^63 bytes', '\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.'],
    ['a long number', '\x8b\xff\xff\xff\x7f.'],
    ['digits without end', `I${'9'.repeat(100_000)}\n.`],
    ['an unknown memo', 'h\x05.'],
    ['a memo of no number', ']pabc\n.'],
    ['a mark as a value', '(\x85.'],
    ['no mark', 'K\x01t.'],
    ['a key alone', '(K\x01d.'],
    ['an item of no list', 'K\x01K\x01a.'],
    ['an unknown protocol', '\x80\x06}.'],
    ['no text', 'X\x01\x00\x00\x00\xff.'],
    ['escapes', "S'\\x41'\n."],
    ['what is no dict', 'K\x01.'],
    ['a dict of no pairs', 'ccollections\nOrderedDict\n(](K\x01ettR.'],
  ])('%s', async (_, opcodes) => {
    expect(await openPickle(opcodes)).toMatch(/attack\.pt: /);
  });
});

describe('tensors and storages that lie', () => {
  const of = (parts: Parameters<typeof tensor>[0], shape: number[], strides: number[]): Promise<string> =>
    openPickle(`}${item('x', tensor(parts, shape, strides))}.`);

  it.each([
    ['an honest one', {}, [2, 2], [2, 1], /^x$/],
    ['more values than the storage has', {}, [5], [1], /storage of 4 values does not hold/],
    ['strides out of it', {}, [2, 2], [3, 1], /does not hold/],
    ['an offset out of it', { offset: 1 }, [4], [1], /does not hold/],
    ['no values, but far away', { offset: 1000 }, [0], [1], /does not hold/],
    ['a storage larger than its file', { length: 1000 }, [1000], [1], /storage is shorter than it says/],
    ['an absurd storage', { length: 0x7fff_ffff }, [0x7fff_ffff], [1], /storage is shorter than it says/],
    ['a negative storage', { length: -1 >>> 0 }, [1], [1], /no storage/],
    ['a negative stride', { offset: 3 }, [4], [-1 >>> 0], /are no counts/],
    ['a key of no file', { key: '7' }, [4], [1], /storage is not in the file/],
    ['a key that climbs', { key: '../../../etc/passwd' }, [4], [1], /storage is not in the file/],
    ['strides of other axes', {}, [4], [1, 1], /other strides than axes/],
    ['a hundred axes', {}, Array(100).fill(1), Array(100).fill(1), /are no counts/],
  ])('%s', async (_, parts, shape, strides, message) => {
    expect(await of(parts, shape, strides)).toMatch(message);
  });

  it('a view that repeats one value is not read beyond the file’s size', async () => {
    expect(await of({}, [2, 3], [1, 0])).toBe('x');
    const small = await TorchFile.open(path);
    expect([...(await small.readFloat32('x')).data]).toEqual([1, 1, 1, 2, 2, 2]);
    await small.close();
    expect(await of({}, [30_000, 10_000], [0, 0])).toBe('x'); // 1.2 GB
    const bomb = await TorchFile.open(path);
    await expect(bomb.readFloat32('x')).rejects.toThrow(/repeats few values.*got 1200000000/);
    await bomb.close();
  });
});

describe('bombs', () => {
  const list = (n: number): string => Array.from({ length: n }, (_, i) => `J${word(i)}N\x86`).join('');

  it.each([
    ['lists in lists', `${']'.repeat(1_000_000)}${'a'.repeat(999_999)}.`, /no tensors by name/],
    ['marks', `${'('.repeat(1_000_000)}t.`, /attack\.pt/],
    [
      'a list in itself, doubled again and again',
      `]q\x00${'(h\x00h\x00eq\x00'.repeat(50_000)}.`,
      /no tensors/,
    ],
    ['tuples of tuples', `)${'2\x86'.repeat(500_000)}.`, /no tensors/],
    ['a stack without end', `]${'2'.repeat(5_000_000)}.`, /too much on its stack/],
    ['a memo without end', `]${'\x94'.repeat(5_000_000)}.`, /remembers too much/],
    ['dicts without end', `]${'}a'.repeat(2_200_000)}.`, /too many lists and dicts/],
    [
      'a long text, encoded again and again',
      `X${word(100_000)}${'a'.repeat(100_000)}q\x01c_codecs\nencode\nq\x02(${'h\x02h\x01\x85R'.repeat(10_000)}l.`,
      /copies more than it holds/,
    ],
    [
      'a long list, made a dict again and again',
      `](${list(10_000)}eq\x00ccollections\nOrderedDict\nq\x01(${'h\x01h\x00\x85R'.repeat(10_000)}l.`,
      /copies more than it holds/,
    ],
    [
      'a long list, made a set again and again',
      `](${list(10_000)}eq\x00c__builtin__\nset\nq\x01(${'h\x01h\x00\x85R'.repeat(10_000)}l.`,
      /copies more than it holds/,
    ],
  ])('%s', async (_, opcodes, message) => {
    expect(await openPickle(opcodes)).toMatch(message);
  });
});

describe('archives that lie', () => {
  const files = { 'a/data.pkl': pickle(`\x80\x02${honest}.`), 'a/data/0': values };

  /**
   * An archive with some of its bytes changed: offsets are from the list of files, or from its end record.
   */
  async function changed(
    change: (bytes: Buffer, list: number, end: number) => void,
    all = files,
  ): Promise<string> {
    await writeArchive(path, all);
    const bytes = readFileSync(path);
    const end = bytes.length - 22;
    change(bytes, bytes.readUInt32LE(end + 16), end);
    writeFileSync(path, bytes);
    return open();
  }

  it.each<[string, (bytes: Buffer, list: number, end: number) => void, RegExp]>([
    ['nothing', () => {}, /^x$/],
    [
      'a file larger than it is',
      (b, l) => {
        b.writeUInt32LE(1 << 20, l + 20);
        b.writeUInt32LE(1 << 20, l + 24);
      },
      /ends behind/,
    ],
    ['a file of 4 GiB without zip64', (b, l) => b.writeUInt32LE(0xffff_ffff, l + 24), /no zip64 sizes/],
    ['a file outside', (b, l) => b.writeUInt32LE(0x7fff_ffff, l + 42), /outside of the file/],
    [
      'a file that is another',
      (b, l) => b.writeUInt32LE(b.readUInt32LE(l + 56 + 42), l + 42),
      /not where it should be/,
    ],
    [
      'a file that reaches into the next',
      (b, l) => {
        const size = l - 30 - b.readUInt16LE(26) - b.readUInt16LE(28); // the first file, up to the list of files
        b.writeUInt32LE(size, l + 20);
        b.writeUInt32LE(size, l + 24);
      },
      /"a\/data\/0" lies in another file/,
    ],
    ['a compressed file', (b, l) => b.writeUInt16LE(8, l + 10), /compressed or encrypted/],
    ['an encrypted file', (b, l) => b.writeUInt16LE(1, l + 8), /compressed or encrypted/],
    ['a list outside', (b, _, e) => b.writeUInt32LE(0x7fff_ffff, e + 16), /outside of the file/],
    ['a list of 4 GiB', (b, _, e) => b.writeUInt32LE(0xffff_fff0, e + 12), /too long/],
    ['more files than there are', (b, _, e) => b.writeUInt16LE(60_000, e + 10), /list of files is broken/],
    ['no end', (b, _, e) => b.writeUInt32LE(0, e), /no end record/],
  ])('%s', async (_, change, message) => {
    expect(await changed(change)).toMatch(message);
  });

  it('a file twice', async () => {
    const twin = { ...files, 'a/data/1': values };
    const rename = (bytes: Buffer): void => {
      for (let at = bytes.indexOf('a/data/1'); at >= 0; at = bytes.indexOf('a/data/1', at))
        bytes.write('a/data/0', at);
    };
    expect(await changed(rename, twin)).toMatch(/"a\/data\/0" is there twice/);
  });

  it('names that climb out are only names', async () => {
    await writeArchive(path, {
      ...files,
      '../../evil': values,
      '/etc/evil': values,
      'a/data/../../x': values,
    });
    expect(await open()).toBe('x');
  });

  it.each([
    ['an end record far outside', 2n ** 63n - 1n],
    ['an end record in the middle', 3n],
  ])('zip64: %s', async (_, where) => {
    await writeArchive(path, files);
    const bytes = readFileSync(path);
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50);
    locator.writeBigUInt64LE(where, 8);
    const end = bytes.length - 22;
    writeFileSync(path, Buffer.concat([bytes.subarray(0, end), locator, bytes.subarray(end)]));
    expect(await open()).toMatch(/outside of the file|no zip64 end record/);
  });

  it('zip64: a list of 2^63 files', async () => {
    await writeArchive(path, files);
    const bytes = readFileSync(path);
    const end = bytes.length - 22;
    const [end64, locator] = [Buffer.alloc(56), Buffer.alloc(20)];
    end64.writeUInt32LE(0x06064b50);
    end64.writeBigUInt64LE(2n ** 63n, 32);
    end64.writeBigUInt64LE(BigInt(bytes.readUInt32LE(end + 12)), 40);
    end64.writeBigUInt64LE(BigInt(bytes.readUInt32LE(end + 16)), 48);
    locator.writeUInt32LE(0x07064b50);
    locator.writeBigUInt64LE(BigInt(end), 8);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, end), end64, locator, bytes.subarray(end)]));
    expect(await open()).toMatch(/list of files is broken/);
  });

  it('what is no archive of weights', async () => {
    await writeArchive(path, { 'a/x': values });
    expect(await open()).toMatch(/an archive without data\.pkl/);
    await writeArchive(path, { ...files, 'a/code/__torch__.py': values });
    expect(await open()).toMatch(/a TorchScript program/);
    await writeArchive(path, { ...files, 'a/byteorder': Buffer.from('big') });
    expect(await open()).toMatch(/its bytes are in "big" order; expected "little"/);
    for (const bytes of [
      '',
      'P',
      'PK',
      '<html>not found</html>',
      'version https://git-lfs.github.com/spec/v1\n',
    ]) {
      writeFileSync(path, bytes);
      expect(await open()).toMatch(/not a file that torch\.save wrote|wrong zip archive/);
    }
  });
});

describe('legacy files that lie', () => {
  const original = readFileSync(join(fixtures, 'legacy.pt'));

  it('storages longer than the file', async () => {
    const bytes = Buffer.from(original);
    const first = bytes.indexOf(Buffer.from([12, 0, 0, 0, 0, 0, 0, 0])); // the count of the storage of 3 x 4
    expect(first).toBeGreaterThan(0);
    for (const count of [2n ** 62n, 2n ** 40n, -1n, 1000n]) {
      bytes.writeBigInt64LE(count, first);
      writeFileSync(path, bytes);
      expect(await open()).toMatch(/attack\.pt: /);
    }
  });

  it('every truncation', async () => {
    for (let length = 0; length < original.length; length += 7) {
      writeFileSync(path, original.subarray(0, length));
      expect(await open(), `${length} bytes`).toMatch(/attack\.pt: /);
    }
  });
});
