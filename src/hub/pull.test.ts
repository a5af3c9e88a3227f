import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { downloadFileToCacheDir, scanCachedRepo } from '@huggingface/hub';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtForTests } from '../testing/buildOnce.ts';
import { gitBlob, sha256 } from '../testing/hubServer.ts';
import { LARGEST, type TinyRepos, tinyRepos } from '../testing/tinyRepos.ts';
import { locate } from './locate.ts';
import type { PublishedPart } from './manifest.ts';
import { type PullEvent, type PullOptions, pull } from './pull.ts';

let at: TinyRepos;
let events: PullEvent[];
beforeEach(async () => {
  at = await tinyRepos();
  events = [];
});
afterEach(() => at.remove());

const partOf = (name: string): PublishedPart => at.manifest.parts[name] as PublishedPart;
const content = (path: string): Buffer => at.contents.get(path) as Buffer;
const unet = (): Buffer => content('org/pictures/unet/diffusion_pytorch_model.safetensors');
const cached = (...path: string[]): string =>
  join(at.folder, 'home', 'hub', 'models--org--pictures', ...path);
const fetchPart = (name: string, options: PullOptions = {}): Promise<string> =>
  pull(name, partOf(name), {
    environment: at.environment,
    delay: 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
/** Requests for the U-Net's bytes: what was asked for, and how much was sent. */
const served = (): (string | number)[][] =>
  at.hub
    .large()
    .filter(({ path }) => path.endsWith(sha256(unet())))
    .map(({ range, sent }) => [range ?? 'all', sent]);

describe('pull', () => {
  it("fetches what the manifest names into the hub's own layout", async () => {
    const folder = await fetchPart('unet');
    expect(await readdir(folder)).toEqual(['config.json', 'diffusion_pytorch_model.safetensors']);
    expect(await readFile(join(folder, 'diffusion_pytorch_model.safetensors'))).toEqual(unet());
    const commit = await readFile(cached('refs', 'main'), 'utf8');
    expect(folder).toBe(cached('snapshots', commit, 'unet'));
    const config = content('org/pictures/unet/config.json');
    expect((await readdir(cached('blobs'))).sort()).toEqual([gitBlob(config), sha256(unet())].sort());
    expect(await readlink(join(folder, 'diffusion_pytorch_model.safetensors'))).toBe(
      join('..', '..', '..', 'blobs', sha256(unet())),
    );
    expect(await readdir(cached())).toEqual(['blobs', 'refs', 'snapshots']);
    expect(events.at(-1)).toEqual({ type: 'pulled', part: 'unet', folder, bytes: LARGEST + config.length });
  });

  it("leaves what the hub's own client understands, and the other way round", async () => {
    const folder = await fetchPart('autoregressor');
    const repo = await scanCachedRepo(join(folder, '..', '..'));
    expect(repo.filesCount).toBe(4);
    expect(repo.revisions).toMatchObject([{ refs: ['main'], files: { length: 4 }, size: repo.size }]);
    await fetchPart('unet');
    const known = await readFile(cached('refs', 'main'), 'utf8');
    at.hub.seen.length = 0;
    const path = await downloadFileToCacheDir({
      repo: 'org/pictures',
      path: 'unet/diffusion_pytorch_model.safetensors',
      revision: known,
      hubUrl: at.hub.endpoint,
      cacheDir: join(at.folder, 'home', 'hub'),
    });
    expect(path).toBe(cached('snapshots', known, 'unet', 'diffusion_pytorch_model.safetensors'));
    expect(at.hub.seen).toEqual([]); // it was there
  });

  it('goes on by itself when the connection drops', async () => {
    at.hub.faults.drop = [100_000, 50_000];
    const folder = await fetchPart('unet');
    expect(await readFile(join(folder, 'diffusion_pytorch_model.safetensors'))).toEqual(unet());
    expect(served()).toEqual([
      ['all', 100_000],
      ['bytes=100000-', 50_000],
      ['bytes=150000-', 150_000],
    ]);
    expect(events.filter(({ type }) => type === 'retry')).toHaveLength(2);
  });

  it('goes on where an aborted one stopped', async () => {
    const controller = new AbortController();
    at.hub.faults.slowly = 5;
    const onEvent = (event: PullEvent): void => {
      if (event.type === 'progress' && event.done > 100_000) controller.abort(new Error('enough'));
    };
    await expect(fetchPart('unet', { onEvent, signal: controller.signal })).rejects.toThrow('enough');
    const { size } = await stat(cached('blobs', `${sha256(unet())}.incomplete`));
    expect(size).toBeGreaterThan(100_000);
    expect(size).toBeLessThan(LARGEST);
    at.hub.faults.slowly = 0;
    at.hub.seen.length = 0;
    const folder = await fetchPart('unet');
    expect(await readFile(join(folder, 'diffusion_pytorch_model.safetensors'))).toEqual(unet());
    expect(served()).toEqual([[`bytes=${size}-`, LARGEST - size]]);
    expect(events[0]).toMatchObject({ type: 'pulling', have: size + 7 });
  });

  it('goes on where a killed process stopped', async () => {
    at.hub.faults.slowly = 20;
    const script = `
      import { pull } from ${JSON.stringify(join(builtForTests(), 'hub/pull.js'))};
      await pull('unet', ${JSON.stringify(partOf('unet'))}, {
        environment: ${JSON.stringify(at.environment)},
        onEvent: (e) => { if (e.type === 'progress' && e.done > 100000) process.kill(process.pid, 'SIGKILL'); },
      });`;
    const file = join(at.folder, 'killed.mjs');
    await writeFile(file, script);
    const killed = promisify(execFile)(process.execPath, [file]);
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    const { size } = await stat(cached('blobs', `${sha256(unet())}.incomplete`));
    expect(size).toBeGreaterThan(90_000);
    expect(await readdir(cached())).toContain('.pull-unet.pid'); // a claim that no longer counts
    at.hub.faults.slowly = 0;
    at.hub.seen.length = 0;
    await fetchPart('unet');
    expect(served()).toEqual([[`bytes=${size}-`, LARGEST - size]]);
  });

  it('begins again where the server does not know ranges', async () => {
    at.hub.faults.ignoreRange = true;
    at.hub.faults.drop = [100_000];
    const folder = await fetchPart('unet');
    expect(await readFile(join(folder, 'diffusion_pytorch_model.safetensors'))).toEqual(unet());
    expect(served()).toEqual([
      ['all', 100_000],
      ['bytes=100000-', LARGEST],
    ]);
  });

  it('tries again while the server is busy, and gives up at last', async () => {
    at.hub.faults.busy = 3;
    await fetchPart('unet');
    at.hub.faults.busy = 100;
    const attempt = fetchPart('vae', { attempts: 3 });
    await expect(attempt).rejects.toThrow(/the server answered 503; 0 of 4000 bytes are there/);
    expect(at.hub.faults.busy).toBe(97);
  });

  it('takes a silent connection for a dropped one', async () => {
    at.hub.faults.slowly = 60_000;
    const onEvent = (event: PullEvent): void => {
      events.push(event);
      if (event.type === 'retry') at.hub.faults.slowly = 0;
    };
    await fetchPart('unet', { onEvent, patience: 200 });
    expect(events).toContainEqual({
      type: 'retry',
      part: 'unet',
      reason: 'nothing came for 0.2 s',
      seconds: 0.001,
    });
    expect(served()).toEqual([
      ['all', 16384],
      ['bytes=16384-', LARGEST - 16384],
    ]);
  });

  it('removes bytes that are not those that were published', async () => {
    at.hub.faults.wrongBytes = true;
    const attempt = fetchPart('unet');
    await expect(attempt).rejects.toThrow(/what came is not what was published.*and was removed/);
    await expect(attempt).rejects.toMatchObject({ name: 'HubError' });
    expect((await readdir(cached('blobs'))).filter((name) => name.startsWith(sha256(unet())))).toEqual([]);
    at.hub.faults.wrongBytes = false;
    await fetchPart('unet');
  });

  it('says how to get a gated part, and shows the token to the hub only', async () => {
    at.hub.faults.token = 'hf_good';
    const page = `${at.hub.endpoint}/meta/language`;
    const attempt = fetchPart('autoregressor');
    await expect(attempt).rejects.toThrow(`${page} is given only to people who accepted its licence`);
    await expect(attempt).rejects.toThrow(/give it as HF_TOKEN/);
    const environment = { ...at.environment, HF_TOKEN: 'hf_bad' };
    await expect(fetchPart('autoregressor', { environment })).rejects.toThrow(
      /token in HF_TOKEN is not accepted/,
    );
    at.hub.seen.length = 0;
    await fetchPart('autoregressor', { environment: { ...at.environment, HF_TOKEN: 'hf_good' } });
    const known = at.hub.seen.filter(({ authorization }) => authorization === 'Bearer hf_good');
    expect(known.length).toBeGreaterThan(3);
    expect(at.hub.large().filter(({ authorization }) => authorization)).toEqual([]);
  });

  it('takes the token that was stored where one is needed, and only there', async () => {
    const home = join(at.folder, 'home');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'token'), 'hf_good\n');
    at.hub.seen.length = 0;
    await fetchPart('vae');
    expect(at.hub.seen.filter(({ authorization }) => authorization)).toEqual([]);
    at.hub.faults.token = 'hf_good';
    const forbidden = { ...at.environment, HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' };
    await expect(fetchPart('autoregressor', { environment: forbidden })).rejects.toThrow(
      'HF_HUB_DISABLE_IMPLICIT_TOKEN is set, so no token was sent: unset it',
    );
    await fetchPart('autoregressor');
    await writeFile(join(home, 'token'), 'hf_old\n');
    const environment = { ...at.environment, HF_HUB_CACHE: join(at.folder, 'another') };
    await expect(fetchPart('autoregressor', { environment })).rejects.toThrow(
      `The token in ${join(home, 'token')} is not accepted there (yet)`,
    );
  });

  it('shows another hub its own kind of token', async () => {
    at.hub.faults.token = 'eyJhbGciOi.example.token';
    await fetchPart('autoregressor', {
      environment: { ...at.environment, HF_TOKEN: 'eyJhbGciOi.example.token' },
    });
    expect(at.hub.large().filter(({ authorization }) => authorization)).toEqual([]);
  });

  it('asks a mirror without lists for each file, and leaves the same as otherwise', async () => {
    at.hub.faults.noApi = true;
    const folder = await fetchPart('autoregressor');
    const index = await readFile(join(folder, 'model.safetensors.index.json'));
    expect(index).toEqual(content('meta/language/model.safetensors.index.json'));
    const repo = await scanCachedRepo(join(folder, '..', '..'));
    expect(repo.revisions).toMatchObject([{ refs: ['main'], files: { length: 4 } }]);
    at.hub.seen.length = 0;
    at.hub.faults.noApi = false;
    expect(await fetchPart('autoregressor')).toBe(folder);
    expect(at.hub.large()).toEqual([]); // the same commit and hashes
    at.hub.faults.noApi = true;
    const part = partOf('vae');
    const source = { ...part.source, weights: { full: ['other.safetensors'] }, extras: [] };
    const attempt = pull('vae', { ...part, source } as PublishedPart, { environment: at.environment });
    await expect(attempt).rejects.toThrow(`vae: ${at.hub.endpoint}/org/pictures is not there (404)`);
    at.hub.faults.wrongBytes = true;
    await expect(fetchPart('vae')).rejects.toThrow(/what came is not what was published/);
  });

  it('says that it is the token where a part needs none', async () => {
    const headers = { 'X-Error-Message': 'Invalid credentials in Authorization header' };
    at.hub.faults.answers = [{ status: 401, headers }];
    const environment = { ...at.environment, HF_TOKEN: 'hf_expired' };
    await expect(fetchPart('vae', { environment })).rejects.toThrow(
      `vae: ${at.hub.endpoint} does not accept the token in HF_TOKEN (it answered 401). Correct it, or unset it`,
    );
  });

  it.each([
    ['a login page', { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>Log in</html>' }],
    ['something else', { status: 200, body: '{"hello": 1}' }],
  ])('says that %s is no hub', async (_, answer) => {
    at.hub.faults.answers = [answer];
    const attempt = fetchPart('vae');
    await expect(attempt).rejects.toThrow(
      `vae: ${at.hub.endpoint} does not answer as a hub does. Is HF_ENDPOINT`,
    );
    await expect(attempt).rejects.toMatchObject({ name: 'HubError' });
  });

  it('says that a repo is disabled, private or not there, without asking about the network', async () => {
    at.hub.faults.answers = [
      { status: 403, headers: { 'X-Error-Message': 'Access to this resource is disabled.' } },
      { status: 401 },
      { status: 410, headers: { 'X-Error-Message': 'gone for good' } },
      // no list, nor any of the files
      { status: 404 },
      { status: 404 },
      { status: 404 },
    ];
    const page = `vae: ${at.hub.endpoint}/org/pictures`;
    await expect(fetchPart('vae')).rejects.toThrow(`${page} is disabled by the hub (403)`);
    await expect(fetchPart('vae')).rejects.toThrow(
      `${page} is private, given only to people who accepted its licence`,
    );
    await expect(fetchPart('vae')).rejects.toThrow(`${page} answered 410: gone for good`);
    await expect(fetchPart('vae')).rejects.toThrow(`${page} is not there (404)`);
  });

  it('takes no fault of the disk for one of the network', async () => {
    await mkdir(join(at.folder, 'home', 'hub', 'models--org--pictures'), { recursive: true });
    await writeFile(cached('blobs'), 'a file where a folder should be');
    const attempt = fetchPart('vae');
    await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/EEXIST|ENOTDIR/) });
    expect(events.filter(({ type }) => type === 'retry')).toEqual([]);
  });

  it('asks for room before it begins', async () => {
    const attempt = fetchPart('unet', { free: async () => 100_000 });
    await expect(attempt).rejects.toThrow(
      /unet: 300 kB are still to come, and the disk of .* has 100 kB free/,
    );
    expect(at.hub.large()).toEqual([]);
  });

  it('is refused while another process fetches the same', async () => {
    await mkdir(cached(), { recursive: true });
    await writeFile(cached('.pull-unet.pid'), '1'); // the first process is always there
    await expect(fetchPart('unet')).rejects.toMatchObject({ name: 'ClaimError' });
    await fetchPart('vae');
  });

  it('fetches into a folder as a download by hand would lie there', async () => {
    const out = join(at.folder, 'out');
    at.hub.faults.drop = [1000];
    const folder = await fetchPart('unet', { out, variant: 'fp16' });
    expect(folder).toBe(join(out, 'pictures', 'unet'));
    expect(await readdir(folder)).toEqual(['config.json', 'diffusion_pytorch_model.fp16.safetensors']);
    at.hub.seen.length = 0;
    await fetchPart('unet', { out, variant: 'fp16' });
    expect(at.hub.large()).toEqual([]);
  });

  it('fetches a plain file, and does not join two versions of it', async () => {
    at.hub.faults.drop = [20_000];
    const folder = await fetchPart('face', { attempts: 1 }).catch(() => '');
    expect(folder).toBe('');
    const assets = join(at.folder, 'home', 'assets', 'moviedreamer');
    expect(await readdir(assets)).toEqual([expect.stringMatching(/^face\.pth\.\w+\.incomplete$/)]);
    at.hub.seen.length = 0;
    await fetchPart('face');
    expect(await readFile(join(assets, 'face.pth'))).toEqual(content('files/face.pth'));
    expect(await readdir(assets)).toEqual(['face.pth']);
    const [, rest] = at.hub.large();
    expect(rest).toMatchObject({
      range: 'bytes=20000-',
      ifRange: expect.any(String),
      status: 206,
      sent: 30_000,
    });
  });

  it('takes a new version of a plain file from its beginning', async () => {
    at.hub.faults.drop = [20_000];
    await fetchPart('face', { attempts: 1 }).catch(() => undefined);
    const other = Buffer.alloc(40_000, 'n');
    await writeFile(join(at.folder, 'repos', 'files', 'face.pth'), other);
    const folder = await fetchPart('face');
    expect(await readFile(join(folder, 'face.pth'))).toEqual(other);
    expect(await readdir(folder)).toEqual(['face.pth']); // what there was of the old one is gone
  });

  it('checks the hash of a plain file where the manifest has one', async () => {
    const part = partOf('face');
    const source = { ...part.source, sha256: sha256(content('files/face.pth')) };
    const attempt = (of: object): Promise<string> =>
      pull('face', { ...part, source: of } as PublishedPart, { environment: at.environment });
    await expect(attempt({ ...source, sha256: '0'.repeat(64) })).rejects.toThrow(/not what was published/);
    await attempt(source);
  });

  it('says so when nothing answers, when told to stay offline, and when the repo has changed', async () => {
    const other = await tinyRepos();
    const gone = { ...at.environment, HF_ENDPOINT: other.hub.endpoint };
    await other.remove();
    await expect(fetchPart('unet', { environment: gone, attempts: 2 })).rejects.toThrow(
      /cannot fetch from http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED\. Is this machine online\?.*--weights/,
    );
    const offline = { ...at.environment, HF_HUB_OFFLINE: '1' };
    await expect(fetchPart('unet', { environment: offline })).rejects.toThrow(/HF_HUB_OFFLINE is set/);
    const part = partOf('vae');
    const source = { ...part.source, weights: { full: ['other.safetensors'] } };
    const attempt = pull('vae', { ...part, source } as PublishedPart, { environment: at.environment });
    await expect(attempt).rejects.toThrow(/folder vae has no other.safetensors any more/);
    const moved = { ...part, source: { ...part.source, repo: 'org/nowhere' } } as PublishedPart;
    await expect(pull('vae', moved, { environment: at.environment })).rejects.toThrow(/not there \(404\)/);
  });

  it('fetches nothing twice when the repo has a new commit', async () => {
    const before = await fetchPart('unet');
    const commit = at.hub.commit('org/pictures', 'second');
    at.hub.seen.length = 0;
    const after = await fetchPart('unet');
    expect(after).not.toBe(before);
    expect(await readFile(cached('refs', 'main'), 'utf8')).toBe(commit);
    expect(at.hub.large()).toEqual([]);
  });

  it('lets locate find what it fetched, and only when all of it is there', async () => {
    const options = { packaged: join(at.folder, 'none'), environment: at.environment };
    const part = partOf('autoregressor');
    expect((await locate('autoregressor', part, options)).gaps).toEqual([
      { what: 'published' },
      { what: 'trained' },
    ]);
    at.hub.faults.drop = [undefined, 10_000];
    await expect(fetchPart('autoregressor', { attempts: 1 })).rejects.toThrow(/the same command goes on/);
    const [gap] = (await locate('autoregressor', part, options)).gaps;
    expect(gap?.incomplete?.missing).toEqual(['model-00001-of-00002.safetensors']);
    const folder = await fetchPart('autoregressor');
    const { layers, gaps } = await locate('autoregressor', part, options);
    expect(layers.map(({ path }) => path)).toEqual([join(folder, 'model.safetensors.index.json')]);
    expect(gaps).toEqual([{ what: 'trained' }]);
    expect(dirname(layers[0]?.path ?? '')).toBe(folder);
  });
});
