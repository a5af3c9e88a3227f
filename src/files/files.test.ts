import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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

  it('clears away what an ended process left, but not what a living one writes', async () => {
    const path = join(folder, 'b.txt');
    const own = basename(temporaryPath(path));
    const [, pid = '', scope = '', started = ''] = /^\.(\w+)\.(\w+)\.(\w+)-/.exec(own) ?? [];
    const names = {
      alive: `.${pid}.${scope}.${started}-999999.tmp.b.txt`,
      ended: `.gjdgxr.${scope}.${started}-0.tmp.b.txt`,
      itsNumberIsOurs: `.${pid}.${scope}.1-0.tmp.b.txt`,
      elsewhere: `.gjdgxr.0d0d0d.1-0.tmp.b.txt`,
      elsewhereForgotten: `.gjdgxr.0d0d0d.1-1.tmp.b.txt`,
      ofAnEarlierVersion: '.999999999-0.tmp.b.txt',
      ofAnEarlierVersionForgotten: '.999999999-1.tmp.b.txt',
      ofAnotherFile: `.gjdgxr.${scope}.${started}-0.tmp.bb.txt`,
    };
    for (const name of Object.values(names)) await writeFile(join(folder, name), 'half');
    const longAgo = new Date(Date.now() - 25 * 3600 * 1000);
    for (const name of [names.alive, names.elsewhereForgotten, names.ofAnEarlierVersionForgotten])
      await utimes(join(folder, name), longAgo, longAgo);
    await Promise.all([1, 2, 3, 4].map((n) => writeFileAtomically(path, `${n}`)));
    const left = (await readdir(folder)).filter(isTemporary).sort();
    const { alive, elsewhere, ofAnEarlierVersion, ofAnotherFile } = names;
    expect(left).toEqual([alive, elsewhere, ofAnEarlierVersion, ofAnotherFile].sort());
    expect(['1', '2', '3', '4']).toContain(await readFile(path, 'utf8'));
  });

  it.each(['a'.repeat(255), `${'ä'.repeat(125)}.png`])(
    'writes names as long as the disk takes them',
    async (name) => {
      const path = join(folder, name);
      await writeFileAtomically(path, 'text');
      expect(await readFile(path, 'utf8')).toBe('text');
      expect(basename(temporaryPath(path)).slice(-4)).toBe(name.slice(-4));
    },
  );

  it('knows its temporary names, which keep the extension', () => {
    expect(temporaryPath('x/y.mp4')).toMatch(/^x\/\..*\.mp4$/);
    expect(isTemporary(temporaryPath('y.mp4'))).toBe(true);
    expect(isTemporary('y.mp4')).toBe(false);
  });
});
