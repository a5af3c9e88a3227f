import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readScript } from '../film/index.ts';
import { type FakeChat, startFakeChat } from '../testing/fakeChat.ts';
import { spawnCli } from '../testing/spawnCli.ts';
import { writeTinyDataset } from '../testing/tinyDataset.ts';
import { cli } from '../testing/tinyFilm.ts';

let server: FakeChat;
let folder: string;
let dataset: string;
let number = 0;
beforeAll(async () => {
  server = await startFakeChat();
  folder = await mkdtemp(join(tmpdir(), 'moviedreamer-captions-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  dataset = join(folder, `set-${number++}`);
  await writeTinyDataset(dataset);
  server.asked.length = 0;
  server.seen.length = 0;
  server.faults.length = 0;
  server.say.length = 0;
  server.delay = 0;
  server.usage = { prompt_tokens: 600, completion_tokens: 40 };
});

const film = (): string => join(dataset, 'films', 'lighthouse-0123456789ab');
const options = (...more: string[]): string[] => [
  ...['captions', dataset, '--captions-from', `${server.url}/v1`, '--caption-model', 'm', ...more],
];
const captions = (...more: string[]) => cli(...options(...more));
/** 4 keyframes, 4 people in them, a scene and 2 descriptions. */
const ALL = 11;

describe('captions by a server', () => {
  it('make a script that generate takes, with time codes, portraits and a page to look at', async () => {
    const made = await captions('--also', 'moviebench', 'condensed-movies');
    expect(made.err).toContain('3 shots, 2 people');
    expect(made.code).toBe(0);
    expect(made.out).toBe(join(film(), 'script.yaml'));
    expect(server.asked).toHaveLength(ALL);
    const script = await readScript(made.out);
    expect(script.title).toBe('lighthouse');
    expect(script.shots.map(({ plot }) => plot)).toEqual([
      ['Person-01 waits in the forest.'],
      ['Person-01 waits in the forest.'],
      ['Nobody is there.'],
    ]);
    expect(script.shots.map(({ seconds }) => seconds)).toEqual([2, 1.25, 0.75]);
    expect(script.shots[1]?.characters).toEqual([
      { id: 'person-01', expression: 'smiling' },
      { id: 'person-02', expression: 'smiling' },
    ]);
    const text = await readFile(made.out, 'utf8');
    expect(text).toContain(
      '# 00:00:02.000 - 00:00:03.250, keyframe lighthouse-0123456789ab/000003 at 00:00:02.000',
    );
    const page = await readFile(join(film(), 'review.html'), 'utf8');
    expect(page).toContain('src="frames/000001.png"');
    expect(page).not.toMatch(/<script|https?:/);
    // one of person-01's faces is nearer to the other: she stands first, with that face first
    expect(page.indexOf('id="person-01"')).toBeLessThan(page.indexOf('id="person-02"'));
    expect(page).toMatch(/class="person doubtful" id="person-01"[\s\S]*?class="face wrong" href="#shot-2"/);
    expect(page).toContain('000003/1: ~ # nobody, or the id of who it is');
    const lines = (await readFile(join(film(), 'captions.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toEqual({ format: 'moviedreamer-footage-captions', version: 1 });
    expect(lines[3]).toMatchObject({
      labels: { P1: 'person-01', P2: 'person-02' },
      shot: 1,
      plot: ['[P1] waits in the forest.'],
    });
    expect(await readdir(join(film(), 'moviebench'))).toEqual(['0001.json', '0002.json', '0003.json']);
    expect((await readdir(join(dataset, 'metadata'))).sort()).toEqual([
      'casts.csv',
      'clips.csv',
      'descriptions.csv',
      'split.csv',
    ]);
  });

  it('ask nothing twice, and names come in without asking', async () => {
    await captions();
    const first = await readFile(join(film(), 'script.yaml'), 'utf8');
    await captions();
    expect(server.asked).toHaveLength(ALL);
    expect(await readFile(join(film(), 'script.yaml'), 'utf8')).toBe(first);
    await writeTinyDataset(dataset, ['Mara', 'Tom']);
    await captions();
    expect(server.asked).toHaveLength(ALL);
    const script = await readScript(join(film(), 'script.yaml'));
    expect(script.shots[1]?.plot).toEqual(['Mara waits in the forest.']);
    expect(script.characters.map(({ id }) => id)).toEqual(['Mara', 'Tom']);
  });

  it('say what will be asked before it is, and stop before the budget is passed', async () => {
    const prices = ['--price-in', '1000', '--price-out', '1000'];
    const estimate = await captions('--estimate', ...prices);
    expect(server.asked).toHaveLength(0);
    expect(estimate.out).toMatch(
      /: 11 calls: 4 keyframes, 4 people, 1 scenes, 2 descriptions\n.*: about \d+ tokens in and \d+ out; price about [\d.]+; time is known after the first calls/,
    );
    const stopped = await captions(...prices, '--budget', '2', '--parallel', '1');
    expect(stopped.code).toBe(1);
    expect(stopped.err).toMatch(
      /the next request \(frame\) is expected to cost [\d.]+, and [\d.]+ of the budget of 2 are spent/,
    );
    const kept = server.asked.length;
    expect(kept).toBeGreaterThan(0);
    const later = await captions('--estimate', ...prices);
    expect(later.out).toContain(`${ALL - kept} calls: ${4 - kept} keyframes (${kept} known)`);
    expect((await captions(...prices, '--budget', '100')).code).toBe(0);
    expect(server.asked).toHaveLength(ALL);
  });

  it('count what a server really took: one that takes more than expected is stopped sooner', async () => {
    server.usage = { prompt_tokens: 5000, completion_tokens: 0 };
    const stopped = await captions(
      '--price-in',
      '1000',
      '--price-out',
      '1000',
      '--budget',
      '12',
      '--parallel',
      '1',
    );
    expect(stopped.err).toContain('10 of the budget of 12 are spent');
    expect(server.asked).toHaveLength(2);
  });

  it('keep what is done where a model answers nonsense, and go on with --leave-out', async () => {
    server.say.push(undefined, 'no', 'no', 'no');
    const failed = await captions('--parallel', '1');
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('gave no usable answer (frame) in 3 tries');
    server.say.push('no', 'no', 'no');
    const asked = server.asked.length;
    const made = await captions('--parallel', '1', '--leave-out');
    expect(made.code).toBe(0);
    expect(made.err).toContain('1 left out, see captions.json');
    expect(server.asked.length - asked).toBe(ALL - 1 + 2); // the first frame is kept, the second asked three times
    const { leftOut } = JSON.parse(await readFile(join(film(), 'captions.json'), 'utf8'));
    expect(leftOut).toEqual([
      {
        kind: 'frame',
        what: 'lighthouse-0123456789ab/000002',
        reason: expect.stringContaining('no usable answer'),
      },
    ]);
  });

  it('send back a line about people who are not in the shot', async () => {
    const wrong = { elements: [], plot: ['[P9] falls.'], expressions: {} };
    const answer = JSON.stringify({ shots: [wrong, wrong, wrong] });
    server.say.push(...Array.from({ length: 8 }, () => undefined), answer);
    expect((await captions('--parallel', '1')).code).toBe(0);
    expect(server.asked).toHaveLength(ALL + 1);
    const repaired = server.seen.find(({ body }) =>
      body.includes('P9 is not in this shot; its people are P1'),
    );
    expect(repaired).toBeDefined();
  });

  it('refuse what cannot be, before anything is asked', async () => {
    const refused = async (...args: string[]) => (await cli('captions', dataset, ...args)).err;
    expect(await refused('--captions-from', 'http://u:p@x/v1', '--caption-model', 'm')).toContain(
      'without name, password and query',
    );
    expect(await refused('--captions-from', `${server.url}/v1`)).toContain('needs --caption-model NAME');
    expect(await captions('--budget', '1').then(({ err }) => err)).toContain(
      '--budget needs --price-in and --price-out',
    );
    expect(await captions('--key-from', 'NOT_SET_HERE').then(({ err }) => err)).toContain(
      'the variable NOT_SET_HERE is not set',
    );
    expect(await captions('--films', 'other').then(({ err }) => err)).toContain(
      'has no film other; it has lighthouse-',
    );
    expect(await captions('--prompts', folder).then(({ err }) => err)).toContain(
      'has none of frame.md, person.md, scene.md, character.md',
    );
    expect(server.asked).toHaveLength(0);
  });

  it('lose nothing but what was being asked when they are killed', async () => {
    server.delay = 20;
    const parallel = 2;
    const repeated = (): number =>
      server.asked.length - new Set(server.asked.map(({ question }) => question)).size;
    let kills = 0;
    for (const at of [2, 5, 9]) {
      const { child, ended } = spawnCli(options('--parallel', String(parallel), '--json'));
      while (server.asked.length < at && child.exitCode === null)
        await new Promise((done) => setTimeout(done, 2));
      child.kill('SIGKILL');
      await ended;
      kills += 1;
    }
    server.delay = 0;
    expect((await captions()).code).toBe(0);
    const alike = 1; // the two people of the second shot are cut out of one plain picture: two requests, one question
    expect(new Set(server.asked.map(({ question }) => question)).size).toBe(ALL - alike);
    expect(repeated()).toBeLessThanOrEqual(alike + kills * parallel);
    const text = await readFile(join(film(), 'script.yaml'), 'utf8');
    expect(text).toContain('Person-01 waits in the forest.');
  });
});
