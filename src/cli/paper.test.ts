import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type HubServer, startHub } from '../testing/hubServer.ts';
import { cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { writeTinyPaper } from '../testing/tinyPaper.ts';

/** Everything of the paper's preset but its size: published layouts, quantised language model, SVD's own VAE and encoder. */
describe("the paper's preset, small, on checkpoints from `models synth`", () => {
  let film: TinyFilm;
  let preset: string;
  let weights: string;
  let hub: HubServer;
  let made: Record<string, string>;

  const generate = (out: string, ...args: string[]) =>
    cli(
      ...['generate', film.script, '--preset', preset, '--out', join(film.folder, out)],
      ...['--seed', '7', '--threads', '1', ...args],
    );

  beforeAll(async () => {
    film = await tinyFilm();
    preset = await writeTinyPaper(film.folder);
    weights = join(film.folder, 'synth');
    const synth = await cli(
      'models',
      'synth',
      '--preset',
      preset,
      '--out',
      weights,
      '--seed',
      '3',
      '--shard',
      '450KB',
    );
    expect(synth.err).toMatch(/--preset .* --weights .*synth uses them/);
    expect(synth.code).toBe(0);
    const repos = join(film.folder, 'repos');
    const manifest = JSON.parse(await readFile(join(preset, 'models.json'), 'utf8'));
    await mkdir(join(repos, 'files'), { recursive: true });
    for (const { source } of Object.values(manifest.parts) as { source?: Record<string, string> }[]) {
      if (!source) continue;
      const { repo = '', file = '' } = source;
      if (repo) await cp(join(weights, repo.split('/')[1] as string), join(repos, repo), { recursive: true });
      else await cp(join(weights, file), join(repos, 'files', file));
    }
    hub = await startHub(repos);
    manifest.parts.face.source.url = `${hub.files}/${manifest.parts.face.source.file}`;
    await writeFile(join(preset, 'models.json'), JSON.stringify(manifest));
    const cache = join(film.folder, 'hub-cache');
    vi.stubEnv('HF_ENDPOINT', hub.endpoint);
    vi.stubEnv('HF_HOME', cache);
    vi.stubEnv('HF_HUB_CACHE', join(cache, 'hub'));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await hub?.close();
    await film?.remove();
  });

  it('makes a film from them, all published layouts found', async () => {
    const list = await cli('models', '--preset', preset, '--weights', weights);
    expect(list.out).toContain('everything is there');
    const { code, err } = await generate('film', '--weights', weights);
    expect(err).toMatch(/peak memory/);
    expect(code).toBe(0);
    made = await filesOf(join(film.folder, 'film'));
    expect(Object.keys(made)).toEqual(
      expect.arrayContaining(['keyframes/0003.png', 'clips/0003.mp4', 'movie.mp4']),
    );
  });

  it('makes the same film from what it fetched over a broken connection', async () => {
    hub.faults.drop = [5000, undefined, 20_000];
    const pulled = await cli('models', 'pull', 'all', '--preset', preset, '--variant', 'fp16');
    expect(pulled).toMatchObject({ code: 0 });
    const resumed = hub.large().filter(({ range }) => range !== undefined && !range.startsWith('bytes=0-'));
    expect(resumed.length).toBeGreaterThan(1);
    // what nobody publishes comes from the folder
    const own = join(film.folder, 'own');
    for (const part of ['compressor', 'renderer', 'autoregressor'])
      await cp(join(weights, part), join(own, part), { recursive: true });
    const list = await cli('models', '--preset', preset, '--weights', own);
    expect(list.out).toContain('everything is there');
    expect(list.out).toContain('hub-cache');
    expect((await generate('fetched', '--weights', own)).code).toBe(0);
    const files = await filesOf(join(film.folder, 'fetched'));
    for (const name of ['tokens.safetensors', 'keyframes/0001.png', 'keyframes/0003.png', 'clips/0002.mp4'])
      expect(files[name], name).toBe(made[name]);
  });

  it('takes smaller forms where memory is short, and says so where nothing fits', async () => {
    const memory = JSON.parse(await readFile(join(preset, 'memory.json'), 'utf8'));
    const { code, err } = await generate('short', '--weights', weights, '--memory', '300MB');
    expect({ code, err }).toMatchObject({ code: 1 });
    expect(err).toMatch(/tokens need about .* GB even with the smallest forms .*more than 0\.3 GB/s);
    expect(memory.budget).toBe('14GB');
    const wrong = await generate('wrong', '--weights', weights, '--memory', 'lots');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('such as 8GB');
  });

  it('is what synth is for, whichever side of its name the preset stands', async () => {
    const parts = ['--out', join(film.folder, 'parts'), '--only', 'compressor'];
    expect((await cli('models', '--preset', preset, 'synth', ...parts)).code).toBe(0);
    expect(Object.keys(await filesOf(join(film.folder, 'parts')))).toEqual(['compressor/model.safetensors']);
    const other = await cli('models', '--preset', preset, 'synth', '--preset', 'theatre', ...parts);
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/preset 'theatre': no models\.json/)]);
    expect((await cli('models', 'synth', '--help')).out).toMatch(/--preset <name>.*\(default:\s+"paper"\)/s);
  });
});
