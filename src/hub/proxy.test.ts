import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalProxy, startProxy } from '../testing/proxyServer.ts';
import { type TinyRepos, tinyRepos } from '../testing/tinyRepos.ts';
import type { PublishedPart } from './manifest.ts';
import { proxyFor } from './proxy.ts';
import { pull } from './pull.ts';

const address = (url: string, env: Record<string, string>): string | undefined =>
  proxyFor(new URL(url), env)?.address;

describe('proxyFor', () => {
  const p = 'http://p.example:3128';
  it.each([
    ['https://hub.example/', { HTTPS_PROXY: p }, p],
    ['https://hub.example/', { https_proxy: p }, p],
    ['https://hub.example/', { https_proxy: p, HTTPS_PROXY: 'http://other' }, p],
    ['https://hub.example/', { https_proxy: '', HTTPS_PROXY: p }, undefined],
    ['https://hub.example/', { HTTP_PROXY: p }, undefined],
    ['http://hub.example/', { HTTP_PROXY: p }, p],
    ['http://hub.example/', { HTTP_PROXY: p, REQUEST_METHOD: 'GET' }, undefined],
    ['http://hub.example/', { http_proxy: p, REQUEST_METHOD: 'GET' }, p],
    ['https://hub.example/', { ALL_PROXY: p }, p],
    ['https://hub.example/', { all_proxy: 'http://other', https_proxy: p }, p],
    ['https://hub.example/', { HTTPS_PROXY: 'p.example:3128' }, p],
    ['https://hub.example/', { HTTPS_PROXY: 'https://p.example' }, 'https://p.example'],
    ['https://hub.example/', { HTTPS_PROXY: 'http://me:secret@p.example:3128' }, p],
    ['https://hub.example/', { HTTPS_PROXY: p, ALL_PROXY: 'socks5://localhost:1080' }, p],
    ['https://hub.example/', {}, undefined],
  ] as const)('%s with %j: %s', (url, env, expected) => {
    expect(address(url, { ...env })).toBe(expected);
  });

  it.each([
    ['*', 'http://hub.example/', true],
    ['other, *', 'http://hub.example/', true],
    ['hub.example', 'http://hub.example/', true],
    ['HUB.example', 'http://Hub.Example/', true],
    ['hub.example', 'http://a.b.hub.example/', true],
    ['hub.example', 'http://myhub.example/', false],
    ['.hub.example', 'http://a.hub.example/', true],
    ['.hub.example', 'http://hub.example/', false],
    ['*.hub.example', 'http://a.hub.example/', true],
    ['hub.example:8080', 'http://hub.example:8080/', true],
    ['hub.example:8080', 'http://hub.example/', false],
    ['hub.example:80', 'http://hub.example/', true],
    ['hub.example:443', 'http://hub.example/', false],
    ['http://hub.example', 'http://hub.example/', true],
    ['https://hub.example', 'http://hub.example/', false],
    ['all://hub.example', 'http://hub.example/', true],
    ['localhost', 'http://localhost:9/', true],
    ['localhost', 'http://a.localhost/', false],
    ['127.0.0.1', 'http://127.0.0.1:9/', true],
    ['27.0.0.1', 'http://127.0.0.1/', false],
    ['10.0.0.0/8', 'http://10.200.3.4/', true],
    ['10.0.0.0/8', 'http://11.0.0.1/', false],
    ['::1', 'http://[::1]:9/', true],
    ['[::1]', 'http://[::1]/', true],
    ['', 'http://hub.example/', false],
    [' a.example , b.example ', 'http://b.example/', true],
  ])('NO_PROXY=%s excepts %s: %s', (list, url, isExcepted) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      expect(address(url, { HTTP_PROXY: p, [name]: list })).toBe(isExcepted ? undefined : p);
    }
  });

  it.each([
    ['socks5://localhost:1080', 'socks5:// is not supported'],
    ['ftp://p.example', 'HTTPS_PROXY must be an address such as http://proxy.example:3128'],
    ['http://', 'HTTPS_PROXY must be an address such as http://proxy.example:3128'],
    ['p.example:99999', 'HTTPS_PROXY must be an address such as http://proxy.example:3128'],
  ])('refuses HTTPS_PROXY=%s', (value, message) => {
    expect(() => address('https://hub.example', { HTTPS_PROXY: value })).toThrow(message);
  });
});

describe('pull through a proxy', () => {
  let at: TinyRepos;
  let server: LocalProxy;
  beforeEach(async () => {
    [at, server] = await Promise.all([tinyRepos(), startProxy()]);
  });
  afterEach(() => Promise.all([at.remove(), server.close()]));
  const fetchVae = (env: Record<string, string>): Promise<string> =>
    pull('vae', at.manifest.parts.vae as PublishedPart, {
      environment: { ...at.environment, ...env },
      delay: 1,
      attempts: 2,
    });

  it('asks the proxy for all, what the hub refers to as well', async () => {
    await fetchVae({ HTTP_PROXY: `http://${server.host}` });
    expect(server.seen.length).toBe(at.hub.seen.length);
    expect(server.seen[0]).toBe(
      `GET ${at.hub.endpoint}${at.hub.seen[0]?.path}${server.seen[0]?.replace(/^[^?]*/, '')}`,
    );
    expect(server.seen.at(-1)).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/blobs\//);
  });

  it('asks nothing of it where NO_PROXY excepts the hub', async () => {
    await fetchVae({ HTTP_PROXY: `http://${server.host}`, NO_PROXY: '127.0.0.1' });
    expect(server.seen).toEqual([]);
  });

  it('shows it a name and a password, and nobody else', async () => {
    server.credentials = 'me:p@ss';
    await fetchVae({ ALL_PROXY: `http://me:p%40ss@${server.host}` });
    expect(at.hub.seen.filter(({ authorization }) => authorization)).toEqual([]);
    const attempt = fetchVae({ HTTP_PROXY: `http://me:wrong@${server.host}`, HF_HOME: `${at.folder}/other` });
    await expect(attempt).rejects.toThrow(
      `the proxy http://${server.host} of HTTP_PROXY answered 407. Give a name and a password that it knows`,
    );
    await expect(attempt).rejects.not.toThrow('wrong');
  });

  it('tunnels to an https hub, and says what the proxy answers', async () => {
    server.status = 502;
    const env = { HF_ENDPOINT: 'https://hub.invalid', HTTPS_PROXY: server.host };
    await expect(fetchVae(env)).rejects.toThrow(
      `cannot fetch from https://hub.invalid: the proxy http://${server.host} of HTTPS_PROXY answered 502. Does the proxy`,
    );
    expect(server.seen).toEqual(['CONNECT hub.invalid:443', 'CONNECT hub.invalid:443']);
    server.status = 407;
    await expect(fetchVae(env)).rejects.toThrow('answered 407. Give a name and a password');
  });

  it('does not ask whether the machine is online where the proxy is not there', async () => {
    await server.close();
    const attempt = fetchVae({ HTTP_PROXY: `http://${server.host}` });
    await expect(attempt).rejects.toThrow(
      `ECONNREFUSED (through the proxy http://${server.host} of HTTP_PROXY). Is the proxy right?`,
    );
    await expect(attempt).rejects.not.toThrow('online');
    server = await startProxy();
  });
});
