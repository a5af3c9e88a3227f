import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assetCache, endpointOf, hubCache, offlineBy, patienceOf, tokenOf } from './environment.ts';

/** What the hub's own Python client makes of the same variables (huggingface_hub 1.x, constants.py, utils/_auth.py). */
describe('cache variables, as the Python client expands them', () => {
  it.each([
    [{}, join(homedir(), '.cache/huggingface/hub')],
    [{ HOME: '/home/me' }, '/home/me/.cache/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/xdg' }, '/xdg/huggingface/hub'],
    [{ XDG_CACHE_HOME: '~/xdg', HOME: '/home/me' }, '/home/me/xdg/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/xdg', HF_HOME: '/hf' }, '/hf/hub'],
    [{ HF_HOME: '~/hf', HOME: '/home/me' }, '/home/me/hf/hub'],
    [{ HF_HOME: '$SCRATCH/hf', SCRATCH: '/scratch/me' }, '/scratch/me/hf/hub'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own notation
    [{ HF_HUB_CACHE: '${SCRATCH}/hub', SCRATCH: '/scratch/me', HF_HOME: '/hf' }, '/scratch/me/hub'],
    [{ HF_HUB_CACHE: '/a', HUGGINGFACE_HUB_CACHE: '/b' }, '/a'],
    [{ HUGGINGFACE_HUB_CACHE: '~/b', HOME: '/home/me', HF_HOME: '/hf' }, '/home/me/b'],
    [{ HF_HUB_CACHE: '$NOBODY/hub' }, '$NOBODY/hub'],
    [{ HF_HUB_CACHE: '/a~b/$', HOME: '/home/me' }, '/a~b/$'],
    [{ HF_HUB_CACHE: '', HF_HOME: '/hf' }, '/hf/hub'],
  ])('%j: %s', (env: Record<string, string>, expected) => {
    expect(hubCache(env)).toBe(expected);
  });

  it('knows the cache of other files', () => {
    expect(assetCache({ HF_HOME: '~/hf', HOME: '/me' })).toBe('/me/hf/assets/moviedreamer');
    expect(assetCache({ HF_ASSETS_CACHE: '$X', X: '/a' })).toBe('/a/moviedreamer');
    expect(assetCache({ HUGGINGFACE_ASSETS_CACHE: '/old' })).toBe('/old/moviedreamer');
  });

  it('stays offline for the values that are true', () => {
    for (const value of ['1', 'ON', 'yes', 'True'])
      expect(offlineBy({ HF_HUB_OFFLINE: value })).toBe('HF_HUB_OFFLINE');
    expect(offlineBy({ TRANSFORMERS_OFFLINE: '1' })).toBe('TRANSFORMERS_OFFLINE');
    for (const value of ['0', 'off', '']) expect(offlineBy({ HF_HUB_OFFLINE: value })).toBeUndefined();
  });
});

describe('HF_ENDPOINT', () => {
  it.each([
    [undefined, 'https://huggingface.co'],
    ['', 'https://huggingface.co'],
    ['https://hf-mirror.com', 'https://hf-mirror.com'],
    ['https://hf-mirror.com//', 'https://hf-mirror.com'],
    [' http://10.0.0.7:8080/ ', 'http://10.0.0.7:8080'],
    ['https://art.example/api/huggingfaceml/remote/', 'https://art.example/api/huggingfaceml/remote'],
  ])('%j is %s', (given, expected) => {
    expect(endpointOf({ HF_ENDPOINT: given })).toEqual({ url: expected });
  });

  it('keeps a name and a password out of addresses', () => {
    expect(endpointOf({ HF_ENDPOINT: 'https://me:p%40ss@mirror.example/hf' })).toEqual({
      url: 'https://mirror.example/hf',
      authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    });
  });

  it.each([
    ['hf-mirror.com', 'https://hf-mirror.com'],
    ['localhost:8080/hub', 'https://localhost:8080/hub'],
    ['ftp://hf-mirror.com', 'https://huggingface.co'],
    ['https://', 'https://huggingface.co'],
    ['https://hub.example/?a=1', 'https://huggingface.co'],
  ])('%s is no address', (given, instead) => {
    expect(() => endpointOf({ HF_ENDPOINT: given })).toThrow(
      `HF_ENDPOINT must be an address such as ${instead}, got "${given}"`,
    );
  });
});

describe('tokens', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'token-'));
  });
  afterEach(() => rm(home, { recursive: true }));
  const stored = (path: string, text: string): Promise<void> => writeFile(join(home, path), text);

  it('takes HF_TOKEN, then HUGGING_FACE_HUB_TOKEN, then the stored one', async () => {
    expect(await tokenOf({ HF_HOME: home })).toBeUndefined();
    await stored('token', 'hf_stored\n');
    const env = { HF_HOME: home, HF_TOKEN: ' hf_given\r\n', HUGGING_FACE_HUB_TOKEN: 'hf_old' };
    expect(await tokenOf(env)).toEqual({ value: 'hf_given', from: 'HF_TOKEN', isGiven: true });
    expect(await tokenOf({ ...env, HF_TOKEN: '' })).toMatchObject({ value: 'hf_old', isGiven: true });
    expect(await tokenOf({ HF_HOME: home })).toEqual({
      value: 'hf_stored',
      from: join(home, 'token'),
      isGiven: false,
    });
  });

  it('knows where the token is stored', async () => {
    await mkdir(join(home, 'secret'));
    await stored('secret/mine', 'hf_mine');
    const env = { HF_HOME: '/nowhere', HOME: home };
    expect(await tokenOf({ ...env, HF_TOKEN_PATH: '~/secret/mine' })).toMatchObject({ value: 'hf_mine' });
    expect(await tokenOf({ ...env, HF_TOKEN_PATH: '$S/mine', S: join(home, 'secret') })).toMatchObject({
      value: 'hf_mine',
    });
  });

  it('is silent where HF_HUB_DISABLE_IMPLICIT_TOKEN says so', async () => {
    await stored('token', 'hf_stored');
    expect(
      await tokenOf({ HF_HOME: home, HF_TOKEN: 'hf_x', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }),
    ).toBeUndefined();
    expect(await tokenOf({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: '0' })).toBeDefined();
  });

  it('takes tokens of other hubs, and none that no header can have', async () => {
    expect(await tokenOf({ HF_TOKEN: 'eyJhbGciOi.example.token' })).toMatchObject({
      value: 'eyJhbGciOi.example.token',
    });
    await expect(tokenOf({ HF_TOKEN: '“hf_x”' })).rejects.toThrow('HF_TOKEN holds no token');
    await expect(tokenOf({ HF_TOKEN: 'Bearer hf_x' })).rejects.toThrow('it has spaces');
  });
});

it('reads HF_HUB_DOWNLOAD_TIMEOUT', () => {
  expect(patienceOf({ HF_HUB_DOWNLOAD_TIMEOUT: '30' })).toBe(30_000);
  expect(patienceOf({})).toBeUndefined();
  expect(() => patienceOf({ HF_HUB_DOWNLOAD_TIMEOUT: '30s' })).toThrow(
    'HF_HUB_DOWNLOAD_TIMEOUT must be a number of seconds, such as 30, got "30s"',
  );
});
