import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newImage, writePng } from '../media/index.ts';
import { cli, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const foreign = `characters:
  mara: { face: mara.png, description: A woman with long red hair and a blue hoodie. }
  tom: { face: grey.png, description: A man in silver armour. }
shots:
  - { characters: { mara: smiling }, elements: [Forest, It is night, Close-up of Mara], plot: Mara rides a horse. }
  - { characters: [mara, tom], elements: [Forest in the snow, Night, Wide shot], plot: Mara smiles in the forest. Tom smiles. }
  - { characters: [mara], elements: [Harbor, Midday, Medium shot], plot: Mara shows Tom the letter. A car stops. }
`;

describe('moviedreamer check', () => {
  let folder: string;
  let script: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
    script = join(folder, 'script.yaml');
    await cp(join(root, 'examples/lighthouse/mara.png'), join(folder, 'mara.png'));
    await writePng(join(folder, 'grey.png'), newImage(64, 64, [120, 120, 120]));
    await writeFile(script, foreign);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('finds nothing to mend in a script that the theatre knows', { timeout: 60_000 }, async () => {
    const { code, out, err } = await cli('check', join(root, 'examples/lighthouse/script.yaml'), '--strict');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(
      'shot 1: place forest | weather snow | time evening | size wide | mara (neutral), tom (smiling)\n',
    );
    expect(out).toMatch(/\n14 shots, nothing to mend$/);
  });

  it('says what was never met, and what to write instead', { timeout: 60_000 }, async () => {
    const { code, out, err } = await cli('check', script);
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n').map((line) => line.replace(/; the models take it for ".*"/, ''));
    expect(lines).toEqual([
      'mara: hair straight02 | colour red+blue | clothes hoodie',
      'tom: -',
      '  not met: silver, armour, in "A man in silver armour."',
      `  no face was found in ${join(folder, 'grey.png')}; give a portrait that shows the face from the front, large`,
      'shot 1: place forest | time night | size close-up | mara (smiling)',
      '  not met: rides, horse (animal), in "Mara rides a horse."',
      'shot 2: place forest | weather snow | time night | size wide | mara, tom',
      'shot 3: place harbour | time day | size medium | prop letter | mara',
      '  not met: Harbor (write: harbour), in "Harbor"',
      '  Tom is named in "Mara shows Tom the letter." and is not in this shot\'s characters; only those are shown',
      '  not met: car (vehicle), stops, in "A car stops."',
      '3 shots, 6 to mend; what can be written: npx moviedreamer check --vocabulary',
    ]);
    expect(out).toContain(
      'not met: rides, horse (animal), in "Mara rides a horse."; the models take it for "',
    );
  });

  it('prints events, and fails with --strict', { timeout: 60_000 }, async () => {
    const { code, out, err } = await cli('check', script, '--json', '--strict');
    const events = out.split('\n').map((line) => JSON.parse(line) as { type: string });
    expect(events.map(({ type }) => type)).toEqual(['person', 'person', 'shot', 'shot', 'shot', 'summary']);
    expect(events[3]).toEqual({
      type: 'shot',
      shot: 2,
      recognised: { place: ['forest'], time: ['night'], weather: ['snow'], size: ['wide'] },
      people: [
        { id: 'mara', labels: {} },
        { id: 'tom', labels: {} },
      ],
      findings: [],
    });
    expect(events.at(-1)).toEqual({ type: 'summary', shots: 3, people: 2, findings: 6, words: true });
    expect([code, err]).toEqual([1, `${script}: 6 things to mend (--strict)`]);
  });

  it('refuses a script that is none', async () => {
    const { code, err } = await cli('check', join(folder, 'none.yaml'));
    expect([code, err]).toEqual([1, expect.stringContaining('there is no such file')]);
    expect((await cli('check')).err).toBe('which script? npx moviedreamer check script.yaml');
  });

  it('prints what can be written, as the documents have it', async () => {
    const { code, out } = await cli('check', '--vocabulary');
    expect(code).toBe(0);
    const head = out.split('\n')[0] as string;
    expect(readFileSync(join(root, 'docs/scripts.md'), 'utf8')).toContain(`\n${out}\n`);
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    if (readme.includes(head)) expect(readme).toContain(`\n${out}\n`);
  });
});

describe('a preset with a vocabulary of its own', () => {
  let film: TinyFilm;
  const own = {
    version: 1,
    people: {},
    topics: { place: { forest: { say: ['forest'] } } },
    words: {
      scene: 'snowy forest night shows light runs falls sea close-up smiling surprised'.split(' '),
      description: [],
    },
  };
  const path = (): string => join(film.models[1] as string, 'vocabulary.json');
  const generate = () =>
    cli(
      'generate',
      film.script,
      '--out',
      join(film.folder, 'out'),
      '--stage',
      'tokens',
      '--json',
      ...film.models,
    );

  beforeAll(async () => {
    film = await tinyFilm();
  });
  afterAll(() => film.remove());

  it('is not asked for what it does not say', async () => {
    const { code, out } = await cli('check', film.script, ...film.models.slice(0, 4));
    expect(code).toBe(0);
    expect(out).toContain("not checked: words; preset 'tiny' has no vocabulary.json");
    expect((await generate()).events.filter(({ message }) => `${message}`.includes('never met'))).toEqual([]);
  });

  it('gives one notice in generate, which names the words', async () => {
    await writeFile(path(), JSON.stringify(own));
    const { code, events } = await generate();
    expect(code).toBe(0);
    const notices = events.flatMap(({ type, message }) =>
      type === 'notice' && !`${message}`.includes('is cut after') ? [message] : [],
    );
    expect(notices).toEqual([
      "1 of 3 shots ask for what the models of 'tiny' have never met or cannot show (Close, woman, long, red, hair and 5 " +
        `more); what is wrong and what to write instead: npx moviedreamer check ${film.script} --preset ${film.models[1]}`,
    ]);
  });

  it('is refused with file and key where it is damaged', async () => {
    await writeFile(path(), JSON.stringify({ ...own, words: { scene: [] } }));
    const { code, err } = await cli('check', film.script, ...film.models.slice(0, 4));
    expect([code, err]).toEqual([1, expect.stringContaining(`${path()}: 'words.description' is missing`)]);
    expect(await readFile(path(), 'utf8')).toContain('scene');
  });
});
