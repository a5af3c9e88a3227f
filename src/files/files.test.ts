import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTemporary, temporaryPath, writeAtomically, writeFileAtomically } from './index.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('writeAtomically', () => {
  it('keeps the old file, and nothing else, when writing fails', async () => {
    const path = join(folder, 'deep', 'a.txt');
    await writeFileAtomically(path, 'old');
    const failing = writeAtomically(path, async (temporary) => {
      await writeFile(temporary, 'half');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await readFile(path, 'utf8')).toBe('old');
    await writeFileAtomically(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(join(folder, 'deep'))).toEqual(['a.txt']);
  });

  it('clears away what a killed process left, but not what a running one writes', async () => {
    const path = join(folder, 'b.txt');
    const dead = '.999999999-0.tmp.b.txt';
    const alive = `.${process.pid}-999999.tmp.b.txt`;
    for (const name of [dead, alive]) await writeFile(join(folder, name), 'half');
    await Promise.all([1, 2, 3, 4].map((n) => writeFileAtomically(path, `${n}`)));
    const names = await readdir(folder);
    expect(names).not.toContain(dead);
    expect(names).toContain(alive);
    expect(['1', '2', '3', '4']).toContain(await readFile(path, 'utf8'));
  });

  it('knows its temporary names, which keep the extension', () => {
    expect(temporaryPath('x/y.mp4')).toMatch(/^x\/\..*\.mp4$/);
    expect(isTemporary(temporaryPath('y.mp4'))).toBe(true);
    expect(isTemporary('y.mp4')).toBe(false);
  });
});
