import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newImage, writePng } from '../media/index.ts';
import { cli } from '../testing/tinyFilm.ts';

let folder: string;
const below = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
  await writeFile(
    below('film.fountain'),
    'INT. KITCHEN - DAY\n\nIda, a cook, stirs.\n\nIDA\nSoup!\n\n/* no */\n',
  );
});
afterAll(() => rm(folder, { recursive: true }));

it('makes a script of a screenplay, and says what is missing', async () => {
  const { code, out, err } = await cli('import', below('film.fountain'));
  expect([code, out]).toEqual([0, `${below('script.yaml')}: 1 shot, 1 person, 6 s`]);
  expect(err.split('\n')).toEqual([
    'left out: line 8, boneyard',
    `a portrait is missing: ${below('ida.png')}`,
  ]);
  expect(await readFile(below('cast.yaml'), 'utf8')).toContain('Ida, a cook, stirs.');
  await writePng(below('ida.png'), newImage(40, 40, [1, 2, 3]));
  const checked = await cli('check', below('script.yaml'), '--json');
  expect(checked.code, checked.err).toBe(0);
});

it('keeps what was edited when the screenplay is imported again', async () => {
  const script = await readFile(below('script.yaml'), 'utf8');
  const again = await cli('import', below('film.fountain'), '--json');
  expect(again.events).toMatchObject([
    { type: 'import', written: [below('script.imported.yaml')], kept: [] },
  ]);
  expect(await readFile(below('script.yaml'), 'utf8')).toBe(script);
  await writeFile(below('script.yaml'), script.replace('Soup!', 'Stew! # better'));
  const text = await readFile(below('film.fountain'), 'utf8');
  await writeFile(below('film.fountain'), `${text.replace('Soup', 'Broth')}\nEXT. YARD\n\nHens run.\n`);
  const { code, out, err } = await cli('import', below('film.fountain'));
  expect([code, out]).toEqual([0, `${below('script.yaml')}: 2 shots, 1 person, 8 s`]);
  expect(err).toContain('kept as in the script: INT. KITCHEN - DAY: changed in both');
  expect(await readFile(below('script.yaml'), 'utf8')).toMatch(/Stew! # better[\s\S]*Hens run/);
});

it('replaces no script of which it does not know what was edited, unless it is told to', async () => {
  await writeFile(below('other.yaml'), 'edited');
  const refused = await cli('import', below('film.fountain'), '--out', below('other.yaml'));
  expect([refused.code, refused.err]).toEqual([
    1,
    expect.stringMatching(/other\.yaml is there already.*--force/),
  ]);
  expect(await readFile(below('other.yaml'), 'utf8')).toBe('edited');
  const { code, events } = await cli(
    'import',
    below('film.fountain'),
    '--out',
    below('other.yaml'),
    '--force',
    '--json',
  );
  expect(code).toBe(0);
  expect(events).toMatchObject([
    {
      type: 'import',
      lines: [{ line: 1 }, { line: 3 }, { line: 5, to: 6 }, { line: 8 }, { line: 10 }, { line: 12 }],
    },
  ]);
  await writeFile(below('other.yaml'), 'edited');
  const broken = await cli('import', below('film.fountain'), '--out', below('other.yaml'));
  expect([broken.code, broken.err]).toEqual([1, expect.stringContaining('other.yaml:1:1')]);
});

it.each([
  ['none.fountain', /none\.fountain cannot be read/],
  ['empty.fountain', /neither action nor dialogue/],
  ['bytes.fountain', /is not UTF-8 text/],
  ['film.docx', /what can be imported ends in \.otio, \.otioz, \.fountain, \.fdx/],
  ['entities.fdx', /declares a document type or entities/],
  ['broken.fdx', /is no XML that can be read/],
])('refuses %s', async (name, message) => {
  await writeFile(below('empty.fountain'), 'Title: x\n');
  await writeFile(below('entities.fdx'), '<!DOCTYPE a [<!ENTITY b "c">]><FinalDraft/>');
  await writeFile(below('broken.fdx'), '<FinalDraft><Content></FinalDraft>');
  await writeFile(below('bytes.fountain'), Uint8Array.of(0xff, 0xfe, 0x41));
  const { code, err } = await cli('import', below(name), '--out', below('none.yaml'));
  expect([code, err]).toEqual([1, expect.stringMatching(message)]);
});
