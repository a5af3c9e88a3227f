import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatScript, parseScript } from '../script/index.ts';
import { characterNames, clipPath, readCondensedMovies, writeCondensedMovies } from './condensedMovies.ts';
import { formatCsv, parseCsv } from './csv.ts';
import { jsonIn } from './jsonIn.ts';
import { withNames } from './labels.ts';
import { readMovieBench, writeMovieBench } from './movieBench.ts';
import { formatPythonDict, parsePythonLiteral } from './pythonLiteral.ts';
import { timeCode } from './timeCode.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moviedreamer-formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('Condensed Movies', () => {
  it('is read as it is published: quotes, doubled quotes, casts as dicts of Python', async () => {
    const own = join(folder, 'published');
    await mkdir(own);
    await writeFile(
      join(own, 'clips.csv'),
      'videoid,year,clip_idx,clip_tot,upload_year,title,clip_name,imdbid\n' +
        'aa-1,2012.0,6,10,2019,Les Misérables,"Goodnight, Mr. Branson Scene",tt1\n' +
        'bb_2,,1,2,2020,La Cage,"Laurent\'s ""Mother"" Scene",tt2\n',
    );
    await writeFile(join(own, 'descriptions.csv'), 'videoid,description\naa-1,"He sings,\nand leaves."\n');
    await writeFile(
      join(own, 'casts.csv'),
      "imdbid,cast\ntt1,\"{'A B': 'Jean', 'C D': \"\"Yi's Mom       (voice)\"\"}\"\n",
    );
    const read = await readCondensedMovies(own);
    expect(read.clips[0]).toEqual({
      ...{ videoid: 'aa-1', imdbid: 'tt1', title: 'Les Misérables', year: 2012, index: 6, of: 10 },
      ...{ uploadYear: 2019, name: 'Goodnight, Mr. Branson Scene', description: 'He sings,\nand leaves.' },
    });
    expect(read.clips[1]).toMatchObject({
      name: 'Laurent\'s "Mother" Scene',
      year: undefined,
      description: undefined,
    });
    expect(read.casts.get('tt1')).toEqual({ 'A B': 'Jean', 'C D': "Yi's Mom       (voice)" });
    expect(characterNames("Yi's Mom       (voice)")).toEqual(["Yi's Mom"]);
    expect(characterNames('Robin /              Dick Grayson')).toEqual(['Robin', 'Dick Grayson']);
    expect(clipPath(read.clips[0] as (typeof read.clips)[number])).toBe('videos/2019/aa-1.mkv');
    const again = join(folder, 'again');
    await writeCondensedMovies(again, { ...read, splits: new Map([['tt1', 'train']]) });
    expect(await readCondensedMovies(again)).toEqual({ ...read, splits: new Map([['tt1', 'train']]) });
  });

  it('says what is wrong with a file', async () => {
    await expect(readCondensedMovies(join(folder, 'nowhere'))).rejects.toThrow(
      /clips\.csv cannot be read .* expected the metadata of Condensed Movies/,
    );
    const own = join(folder, 'wrong');
    await mkdir(own);
    await writeFile(join(own, 'clips.csv'), 'videoid,title\na,b\n');
    await expect(readCondensedMovies(own)).rejects.toThrow(
      'lacks year, clip_idx, clip_tot, upload_year, clip_name, imdbid',
    );
  });

  it('brings any texts through CSV and dicts of Python', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', "'", ',', '\n', '\r', '\\', 'é', ' ', '{') });
    fc.assert(
      fc.property(fc.array(fc.record({ a: text, b: text }), { minLength: 1 }), (rows) => {
        expect(parseCsv(formatCsv(['a', 'b'], rows))).toEqual(rows);
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(text, text), (dict) => {
        expect(Object.entries(Object(parsePythonLiteral(formatPythonDict(dict)))).sort()).toEqual(
          Object.entries(dict).sort(),
        );
      }),
    );
    expect(parsePythonLiteral("['USA', None, True, 1.5, ('a',), {}]")).toEqual([
      'USA',
      null,
      true,
      1.5,
      ['a'],
      {},
    ]);
    expect(() => parsePythonLiteral("{'a': }")).toThrow('expected a value at character 7');
    expect(() => parsePythonLiteral("['a' 'b']")).toThrow('expected a comma or ]');
  });
});

describe('MovieBench', () => {
  const shot = {
    Characters: { 'Juno MacGuff': 'Juno wears a red hoodie.', Nobody: 'A man without portrait.' },
    'Style Elements': ['Casual setting', 'Bright store'],
    Plot: 'Juno walks through the aisles. She looks at a test.',
    'Background Description': 'The store is full of candy.',
    'Camera Motion': 'The camera follows Juno.',
  };

  it('becomes a script that can be generated, and says who has no portrait', async () => {
    const own = join(folder, 'bench');
    await writeMovieBench(own, [shot, { ...shot, Characters: {} }]);
    expect(JSON.parse(await readFile(join(own, '0001.json'), 'utf8'))).toEqual(shot);
    const bank = join(folder, 'bank');
    await mkdir(join(bank, 'Elliot_Page-Juno_MacGuff'), { recursive: true });
    await writeFile(join(bank, 'Elliot_Page-Juno_MacGuff', 'best.jpg'), '');
    const { script, withoutPortrait } = await readMovieBench(own, { bank, title: 'Juno' });
    expect(withoutPortrait).toEqual(['Nobody']);
    expect(script.shots[0]).toEqual({
      characters: ['Juno MacGuff'],
      elements: ['Casual setting', 'Bright store', 'The store is full of candy.', 'The camera follows Juno.'],
      plot: ['Juno walks through the aisles.', 'She looks at a test.'],
      seconds: 3,
    });
    expect(script.characters?.['Juno MacGuff']?.face).toBe(
      join(bank, 'Elliot_Page-Juno_MacGuff', 'best.jpg'),
    );
    expect(parseScript(formatScript(script), { file: 'x.yaml' }).shots).toHaveLength(2);
  });

  it('refuses a file that is no annotation, by its name', async () => {
    const own = join(folder, 'broken');
    await mkdir(own);
    await writeFile(join(own, '1.json'), '{"Plot": 3}');
    await expect(readMovieBench(own, { bank: folder })).rejects.toThrow(
      /1\.json is no annotation of MovieBench: Plot: /,
    );
  });
});

it('writes time codes', () => {
  expect(timeCode(3723.25)).toBe('01:02:03.250');
  expect(timeCode(59.9996)).toBe('00:01:00.000');
});

it('puts names in the place of labels', () => {
  const names = new Map([
    ['P1', 'Mara'],
    ['P12', 'Tom'],
  ]);
  expect(withNames('[P1] gives P12 a map. [P3] waits; APP1 stays.', names)).toBe(
    'Mara gives Tom a map. [P3] waits; APP1 stays.',
  );
});

it('finds JSON in whatever a model says', () => {
  expect(jsonIn('x {"a": {"b": "}"}} y')).toEqual({ a: { b: '}' } });
  expect(jsonIn('{bad} {"a": 1}')).toEqual({ a: 1 });
  expect(jsonIn('[1, 2]')).toBeUndefined();
  expect(jsonIn('{'.repeat(10_000))).toBeUndefined();
});
