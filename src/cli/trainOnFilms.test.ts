import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newImage, writePng } from '../media/index.ts';
import { type FakeChat, startFakeChat } from '../testing/fakeChat.ts';
import { writeTinyDataset } from '../testing/tinyDataset.ts';
import { cli } from '../testing/tinyFilm.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';

const films = ['a-000000000001', 'b-000000000002', 'c-000000000003'];

describe('training on films', () => {
  let server: FakeChat;
  let dir: string;
  let models: string[];
  let home: string;
  let away: string;
  const at = (...path: string[]): string => join(dir, ...path);
  const train = (stage: string, ...more: string[]) => cli('train', stage, ...models, ...more);
  const captioned = async (dataset: string): Promise<string> => {
    const from = ['--captions-from', `${server.url}/v1`, '--caption-model', 'm'];
    const made = await cli('captions', dataset, ...from);
    expect([made.code, made.err]).toEqual([0, expect.stringContaining('2 people')]);
    return dataset;
  };

  beforeAll(async () => {
    server = await startFakeChat();
    dir = await mkdtemp(join(tmpdir(), 'films-'));
    await writeTinyDataset(at('home'), ['Mara', 'Tom'], films);
    await writeTinyDataset(at('away'), [], ['d-000000000004']);
    home = await captioned(at('home'));
    away = await captioned(at('away'));
    const tiny = await writeTinyTheatre(dir);
    models = ['--preset', tiny.preset, '--weights', tiny.weights, '--threads', '1'];
    models.push('--out', at('runs'), '--cache', at('cache'));
  });
  afterAll(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });

  it('says what is read, and writes nothing', async () => {
    const { code, err } = await train('autoregressor', '--data', `${home}=3`, away, '--plan');
    expect(code).toBe(0);
    expect(err).toMatch(/home: 2 films, 6 shots, to train on, 75 % of what is drawn: /);
    expect(err).toMatch(/away: 1 films, 3 shots, to train on, 25 % of what is drawn: d-000000000004/);
    expect(err).toMatch(/home: 1 films, 3 shots, held out: [abc]-/);
    expect(await readdir(dir)).not.toContain('cache');
  });

  it('makes weights in every stage that films can teach, and a film with them', async () => {
    for (const stage of ['vae', 'tokenizer', 'autoregressor', 'renderer']) {
      const { code, err, events } = await train(stage, '--data', `${home}=3`, away, '--json');
      expect([stage, code, err]).toEqual([stage, 0, '']);
      expect(events.at(-1)).toMatchObject({ type: 'trained', stage });
    }
    const sets = (await readdir(at('cache'))).sort();
    expect(sets).toEqual([
      expect.stringMatching(/^films-train-[0-9a-f]{12}-112x64$/),
      expect.stringMatching(/^films-validation-[0-9a-f]{12}-112x64$/),
    ]);
    const rows = await readFile(at('cache', sets[0] as string, 'frames.rgb'));
    expect(rows.length).toBe(3 * 3 * 112 * 64 * 3); // three films of three shots
    const script = join(home, 'films', films[0] as string, 'script.yaml');
    const made = await cli('generate', script, ...models.slice(0, 6), '--out', at('film'));
    expect([made.code, await readdir(at('film'))]).toEqual([0, expect.arrayContaining(['movie.mp4'])]);
  }, 300_000);

  it('refuses to go on with a run that learned from other films', async () => {
    const { code, err } = await train('vae', '--data', home);
    expect(code).toBe(1);
    expect(err).toMatch(/belongs to a run with other/);
  });

  it.each([
    ['clip', ['HOME'], /clip: expected one of vae, tokenizer, autoregressor, renderer with --data/],
    ['all', ['HOME'], /all: expected one of vae, tokenizer/],
    ['vae', ['AWAY'], /expected a data set of at least two films, of which one is held out, got 1 in 1/],
    ['vae', ['HOME=0'], /a weight above 0, got/],
    ['vae', ['HOME', 'HOME'], /given twice/],
    ['vae', ['nowhere'], /dataset.json is missing: expected a data set/],
  ])('%s on %j', async (stage, data, message) => {
    const folders = data.map((name) => name.replace('HOME', home).replace('AWAY', away));
    const { code, err } = await train(stage, '--out', at('wrong'), '--data', ...folders);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
    expect(await readdir(dir)).not.toContain('wrong');
  });

  it('refuses data sets without captions, of another size, with other shots than were captioned, and without people', async () => {
    const refused = async (dataset: string, message: RegExp): Promise<void> => {
      const { code, err } = await train('autoregressor', '--out', at('wrong'), '--data', dataset);
      expect([code, err]).toEqual([1, expect.stringMatching(message)]);
    };
    const ids = ['e-000000000005', 'f-000000000006'];
    await writeTinyDataset(at('bare'), [], ids);
    await refused(
      at('bare'),
      /the film e-000000000005 has no captions, expected .*run moviedreamer captions/,
    );
    await captioned(at('bare'));
    const of = (...path: string[]): string => at('bare', 'films', ids[0] as string, ...path);
    const script = await readFile(of('script.yaml'), 'utf8');
    await appendFile(of('script.yaml'), '  - plot: One more.\n');
    await refused(at('bare'), /has 4 shots, and captions were made of 3/);
    await writeFile(of('script.yaml'), script);
    const record = JSON.parse(await readFile(of('film.json'), 'utf8'));
    const larger = { ...record, settings: { ...record.settings, width: 224 } };
    await writeFile(of('film.json'), JSON.stringify(larger));
    await refused(
      at('bare'),
      /are 224 x 64, and the preset is trained on 112 x 64; make the data set with this/,
    );
    await writeFile(of('film.json'), JSON.stringify(record));
    await writePng(of('frames', '000004.png'), newImage(100, 64, [0, 0, 0]));
    await refused(at('bare'), /000004.png is 100 x 64, expected 112 x 64 as film.json says/);
    for (const id of ids) {
      const nobody = 'version: 1\nshots:\n  - plot: Rain.\n  - plot: Wind.\n  - plot: Sun.\n';
      await writeFile(at('bare', 'films', id, 'script.yaml'), nobody);
      await writePng(at('bare', 'films', id, 'frames', '000004.png'), newImage(112, 64, [0, 0, 0]));
    }
    await refused(at('bare'), /nobody is in the scripts of .*expected people with faces/);
  });
});
