import { spawnSync } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng, newImage } from '../media/index.ts';
import { clipKey, scriptKey, shotKey } from '../script/keys.ts';
import { scriptJsonSchema } from '../script/schema.ts';
import { ScriptError } from '../script/scriptError.ts';
import { readScript } from './readScript.ts';

let dir = '';
let path = '';
const text = `characters:
  mara: { face: mara.png, description: A woman. }
  tom: { face: tom.png, description: A man. }
shots:
  - { characters: { mara: glad }, plot: It snows. }
  - { characters: [tom], plot: It rains., seconds: 4 }
  - { plot: The sea. }
references: [sea.png]
`;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'script-'));
  path = join(dir, 'script.yaml');
  for (const [i, name] of ['mara', 'tom', 'sea'].entries()) {
    await writeFile(join(dir, `${name}.png`), await encodePng(newImage(32, 32, [90 * i, 40, 200])));
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function failure(content: string | Uint8Array, at: string = path): Promise<ScriptError> {
  if (at === path) await writeFile(path, content);
  const error = await readScript(at).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ScriptError);
  return error as ScriptError;
}

describe('pictures of a script', () => {
  it('are hashed', async () => {
    await writeFile(path, text);
    const script = await readScript(path);
    expect([...script.pictures.keys()]).toEqual(
      ['mara', 'tom', 'sea'].map((name) => join(dir, `${name}.png`)),
    );
    expect(script.pictures.get(join(dir, 'tom.png'))).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are found when their names are composed differently in Unicode', async () => {
    await copyFile(join(dir, 'mara.png'), join(dir, 'Zoé.png'.normalize('NFD')));
    await writeFile(path, text.replace('mara.png', 'Zoé.png'.normalize('NFC')));
    const script = await readScript(path);
    expect(script.pictures.get(join(dir, 'Zoé.png'.normalize('NFC')))).toMatch(/^[0-9a-f]{64}$/);
  });

  it('that are missing, truncated, no pictures or folders are named with their lines', async () => {
    const png = await readFile(join(dir, 'mara.png'));
    await writeFile(join(dir, 'cut.png'), png.subarray(0, png.length - 20));
    await writeFile(join(dir, 'text.png'), 'This is not a picture.');
    await mkdir(join(dir, 'folder.png'), { recursive: true });
    const error = await failure(`characters:
  a: { face: none.png, description: x }
  b: { face: cut.png, description: x }
  c: { face: text.png, description: x }
  d: { face: folder.png, description: x }
shots: [{ plot: a }]
references:
  - sea.png
  - lost.png
`);
    expect(error.problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 14],
      [3, 14],
      [4, 14],
      [5, 14],
      [9, 5],
    ]);
    expect(error.problems.map(({ message }) => message.replaceAll(`${dir}/`, ''))).toEqual([
      'the portrait of a, none.png, cannot be opened',
      expect.stringMatching(/^the portrait of b, cut\.png, is a damaged or cut short PNG picture/),
      'the portrait of c, text.png, is not a PNG, JPEG, WebP, AVIF or GIF picture',
      'the portrait of d, folder.png, is not a file',
      'reference 2, lost.png, cannot be opened',
    ]);
    expect(error.problems[0]!.fix).toMatch(/no such file/);
  });
});

describe('a script file', () => {
  it('may begin with a byte order mark and use Windows line ends', async () => {
    await writeFile(path, `\ufeff${text.replaceAll('\n', '\r\n')}`);
    expect((await readScript(path)).shots).toHaveLength(3);
  });

  it('that is missing or a folder is an error', async () => {
    expect((await failure('', join(dir, 'none.yaml'))).message).toMatch(
      /none\.yaml:1:1: there is no such file; check/,
    );
    expect((await failure('', join(path, 'x.yaml'))).message).toMatch(/no such file/);
    expect((await failure('', dir)).message).toMatch(/is a folder; give the path/);
    expect((await failure('', 'a\0.yaml')).message).toMatch(/cannot be read/);
  });

  it('that is no file is an error and not an endless wait', async () => {
    const fifo = join(dir, 'fifo');
    if (spawnSync('mkfifo', [fifo]).status === 0)
      expect((await failure('', fifo)).message).toMatch(/is not a file/);
  });

  it('of 100 MB is refused without reading it', async () => {
    const huge = join(dir, 'huge.yaml');
    const handle = await open(huge, 'w');
    await handle.truncate(100 * 2 ** 20).finally(() => handle.close());
    const before = process.memoryUsage().rss;
    expect((await failure('', huge)).message).toMatch(/has 100\.0 MB, a script at most 4\.0 MB; split/);
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
  });

  it('in other encodings is an error', async () => {
    const latin1 = await failure(Buffer.from('title: a\nshots:\n  - plot: caf\xe9\n', 'latin1'));
    expect(latin1.message).toMatch(/:3:1: is not UTF-8 text; save it as UTF-8/);
    expect((await failure(Buffer.from(`\ufeff${text}`, 'utf16le'))).message).toMatch(
      /UTF-16; save it as UTF-8/,
    );
    expect((await failure(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xff]))).message).toMatch(
      /not UTF-8/,
    );
  });
});

describe('keys', () => {
  async function keys(content: string, folder = 'a'): Promise<string[]> {
    const place = join(dir, 'keys', folder);
    await mkdir(place, { recursive: true });
    for (const name of ['mara.png', 'tom.png', 'sea.png']) await cp(join(dir, name), join(place, name));
    await writeFile(join(place, 'script.yaml'), content);
    const script = await readScript(join(place, 'script.yaml'));
    return [...script.shots.flatMap((_, i) => [shotKey(script, i), clipKey(script, i)]), scriptKey(script)];
  }
  /** Which of [shot 1, clip 1, shot 2, clip 2, shot 3, clip 3, script] differ. */
  const changed = async (content: string): Promise<string> => {
    const [a, b] = [await keys(text), await keys(content, 'b')];
    return a.map((key, i) => (key === b[i] ? '.' : '#')).join('');
  };

  it('change exactly with what they stand for', async () => {
    expect(await changed(text)).toBe('.......'); // another folder
    expect(await changed(text.replace('It rains.', 'It pours.'))).toBe('..##..#');
    expect(await changed(text.replace('glad', 'sad'))).toBe('##....#');
    expect(await changed(text.replace('A man.', 'A boy.'))).toBe('..##..#');
    expect(await changed(text.replace('seconds: 4', 'seconds: 5'))).toBe('...#..#');
    expect(await changed(text.replace('tom.png', 'mara.png'))).toBe('..##..#');
    expect(await changed(text.replace('sea.png', 'tom.png'))).toBe('......#');
    expect(await changed(`title: x\n${text}`)).toBe('......#');
    expect(await changed(text.replaceAll('tom', 'thomas').replace('thomas.png', 'tom.png'))).toBe('.......');
  });

  it('change with the bytes of a portrait', async () => {
    const before = await keys(text, 'c');
    await writeFile(join(dir, 'tom.png'), await encodePng(newImage(32, 32, [1, 2, 3])));
    const after = await keys(text, 'c');
    expect(before.map((key, i) => (key === after[i] ? '.' : '#')).join('')).toBe('..##..#');
  });

  it('refuse an index that is not there', async () => {
    await writeFile(path, text);
    const script = await readScript(path);
    expect(() => shotKey(script, 3)).toThrow(/3 shots/);
  });
});

it('ships the JSON Schema that its code says', async () => {
  const shipped = await readFile(new URL('../../schema/script.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(shipped)).toEqual(JSON.parse(JSON.stringify(scriptJsonSchema())));
});
