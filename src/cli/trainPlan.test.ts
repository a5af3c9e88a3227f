import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../testing/spawnCli.ts';
import { cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { tinyStages, writeTinyTheatre } from '../testing/tinyTheatre.ts';

describe('before a training draws anything', () => {
  let film: TinyFilm;
  let preset: string;
  beforeAll(async () => {
    film = await tinyFilm();
    ({ preset } = await writeTinyTheatre(film.folder));
  });
  afterAll(() => film?.remove());

  const at = (...path: string[]): string => join(film.folder, ...path);
  const args = (stage: string, ...more: string[]): string[] => [
    ...['train', stage, '--preset', preset, '--threads', '1', '--out', at('runs'), '--cache', at('cache')],
    ...more,
  ];
  const setting = async (file: string, changes: object): Promise<() => Promise<void>> => {
    const path = join(preset, file);
    const text = await readFile(path, 'utf8');
    await writeFile(path, JSON.stringify({ ...JSON.parse(text), ...changes }));
    return () => writeFile(path, text);
  };

  it('--plan says what every stage takes on disk and of memory, and writes nothing', async () => {
    const before = Object.keys(await filesOf(film.folder));
    const { code, events, err } = await cli(...args('all', '--plan', '--json'));
    expect([code, err]).toEqual([0, '']);
    const data = events.filter(({ type }) => type === 'data');
    expect(data.map(({ stage }) => stage)).toEqual(tinyStages);
    // 7 frames to train on and 3 to validate with, drawn for the first stage and there for the others
    expect([data[0]?.bytes, data[0]?.missing]).toEqual([10 * 112 * 64 * 3, 10 * 112 * 64 * 3]);
    expect(data[3]?.missing).toBe(0);
    for (const { free } of data) expect(free).toBeGreaterThan(0);
    const planned = events.filter(({ type }) => type === 'memory').map(({ stage }) => stage);
    expect(planned).toEqual(
      expect.arrayContaining(['vae', 'detector', 'tokenizer', 'autoregressor', 'renderer', 'animator']),
    );
    expect(Object.keys(await filesOf(film.folder))).toEqual(before);
    expect([existsSync(at('runs')), existsSync(at('cache'))]).toEqual([false, false]);
  }, 60_000);

  it.each(tinyStages)('--plan of %s alone ends before it draws', async (stage) => {
    const { code, err } = await cli(...args(stage, '--plan'));
    expect([code, err]).toEqual([0, expect.stringMatching(new RegExp(`^${stage}: about .* of data in `))]);
    expect([existsSync(at('runs')), existsSync(at('cache'))]).toEqual([false, false]);
  });

  it('too little disk space is an error', async () => {
    const restore = await setting('training/data.json', {
      train: { seed: 1, episodes: 1_000_000_000_000, shots: [20, 28] },
    });
    const { code, err } = await cli(...args('vae'));
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/need about \d+ GB more .*cache, where .* are free.*--cache.*fewer episodes/),
    ]);
    const plan = await cli(...args('vae', '--plan'));
    expect([plan.code, plan.err]).toEqual([0, expect.stringMatching(/are still to be made.*are free/)]);
    expect([existsSync(at('runs')), existsSync(at('cache'))]).toEqual([false, false]);
    await restore();
  });

  it.each([
    ['vae', 'training/vae.json', { batchSize: 0 }, /training\/vae\.json: .*batchSize/s],
    ['vae', 'training/vae.json', { stepz: 1 }, /training\/vae\.json: .*stepz/s],
    ['vae', 'training/vae.json', { crop: 30 }, /training\/vae\.json: crop must be a multiple of 4/],
    ['vae', 'training/data.json', { width: '448' }, /training\/data\.json: .*width/s],
    [
      'vae',
      'training/data.json',
      { train: { seed: 1, episodes: 2, shots: [5, 3] } },
      /data\.json: .*must not be above/s,
    ],
    [
      'animator',
      'training/data.json',
      { width: 110 },
      /data\.json: width and height must be multiples of 4.*110x64/,
    ],
    [
      'animator',
      'training/animator.json',
      { clipFrames: 2 },
      /animator\.json: clipFrames must be at least 5/,
    ],
    ['detector', 'detector/config.json', { level: 7 }, /detector\/config\.json: .*level/s],
    ['tokenizer', 'compressor/config.json', { heads: 'two' }, /compressor\/config\.json: .*heads/s],
    [
      'autoregressor',
      'autoregressor/config.json',
      { tokenDim: 'x' },
      /autoregressor\/config\.json: .*tokenDim/s,
    ],
    ['renderer', 'renderer/config.json', { tokenDim: -1 }, /renderer\/config\.json: .*tokenDim/s],
    ['renderer', 'renderer/generation_config.json', { width: 56 }, /asks for keyframes of 56x64.*112x64/],
  ] as const)('%s: what is wrong in %s (%j) is named', async (stage, file, changes, message) => {
    const restore = await setting(file, changes);
    for (const more of [[], ['--plan']]) {
      const { code, err, out } = await cli(...args(stage, ...more));
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(message);
      expect(err).not.toMatch(/DEBUG=1|Error:/);
    }
    expect([existsSync(at('runs')), existsSync(at('cache'))]).toEqual([false, false]);
    await restore();
  });

  it('Ctrl-C while frames are drawn stops at once, and the same command goes on', async () => {
    const restore = await setting('training/data.json', { train: { seed: 1, episodes: 60, shots: [2, 3] } });
    const said: string[] = [];
    const { child, ended } = spawnCli(args('detector', '--steps', '1', '--json'), (line) => {
      const event = JSON.parse(line) as { type: string; message: string };
      if (event.type !== 'preparing') return;
      if (said.length === 0) child.kill('SIGINT');
      said.push(event.message);
    });
    const { code, err } = await ended;
    expect([code, err]).toEqual([130, expect.stringMatching(/the same command goes on from here/)]);
    expect(said[0]).toMatch(/^drawing train episodes 20\/60/);
    expect(said).not.toContainEqual(expect.stringMatching(/60\/60/));
    const { events, code: done } = await cli(...args('detector', '--steps', '1', '--json'));
    const messages = events.flatMap(({ type, message }) => (type === 'preparing' ? [message] : []));
    expect([done, messages[0]]).toEqual([0, expect.stringMatching(/^drawing train episodes [46]0\/60/)]);
    await restore();
  });
});
