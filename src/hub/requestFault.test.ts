import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { patientFetch } from './request.ts';
import { requestFault } from './requestFault.ts';

const failed = (code: string): TypeError =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('why'), { code }) });

describe('requestFault', () => {
  it.each(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])(
    'asks whether the machine is online for %s',
    (code) => {
      expect(requestFault(failed(code))).toMatchObject({
        reason: code,
        mayPass: true,
        help: expect.stringMatching(/online/),
      });
    },
  );

  it.each(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE'])(
    'tries again after %s, and asks about the address',
    (code) => {
      const reason = `the connection was ended (${code})`;
      expect(requestFault(failed(code))).toMatchObject({
        reason,
        mayPass: true,
        help: expect.stringMatching(/^Is the address/),
      });
    },
  );

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', /clock/],
    ['EPROTO', /http:\/\/ where not/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /http:\/\/ where not/],
    ['HPE_INVALID_CONSTANT', /HF_ENDPOINT/],
  ])('does not ask it for %s, nor tries again', (code, help) => {
    const fault = requestFault(failed(code));
    expect(fault).toMatchObject({ mayPass: false, help: expect.stringMatching(help) });
    expect(fault?.help).not.toMatch(/online/);
  });

  it.each([
    new TypeError('x is not a function'),
    Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'open' }),
    Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' }),
  ])('is silent about what is not about a request: %s', (error) => {
    expect(requestFault(error)).toBeUndefined();
  });
});

describe('patientFetch', () => {
  /** A server that answers with these statuses, one after the other, and then 200. */
  const serve = async (answers: [number, Record<string, string>?][]): Promise<[string, Server]> => {
    const server = createServer((_request, response) => {
      const [status, headers] = answers.shift() ?? [200];
      response.writeHead(status, headers);
      response.end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server];
  };

  it.each([408, 429, 500, 502, 503, 504])('tries again after %d', async (status) => {
    const [url, server] = await serve([[status]]);
    expect((await patientFetch({ delay: 1 })(url)).status).toBe(200);
    server.close();
  });

  it.each([400, 401, 403, 404, 410, 501])('leaves %d to the caller', async (status) => {
    const [url, server] = await serve([[status]]);
    expect((await patientFetch({ delay: 1 })(url)).status).toBe(status);
    server.close();
  });

  it('waits as long as the hub asks, and says so', async () => {
    const headers = { RateLimit: '"api";r=0;t=55', 'RateLimit-Policy': '"fixed window";"api";q=500;w=300' };
    const [url, server] = await serve([[429, headers]]);
    const stop = new AbortController();
    const waits: [string, number][] = [];
    const onRetry = (reason: string, seconds: number): void => {
      waits.push([reason, seconds]);
      stop.abort(new Error('seen'));
    };
    await expect(patientFetch({ delay: 1, onRetry, signal: stop.signal })(url)).rejects.toThrow('seen');
    const reason = 'it answered 429 (too many requests, at most 500 requests in 300 s; it asks to wait 56 s)';
    expect(waits).toEqual([[reason, 56]]);
    server.close();
  });

  it('does not wait for an hour, and does not blame the network for a busy server', async () => {
    const [url, server] = await serve([[429, { 'Retry-After': '3600' }], [503], [503]]);
    await expect(patientFetch({ delay: 1 })(url)).rejects.toThrow(
      `cannot fetch from ${url}: it answered 429 (too many requests; it asks to wait 3601 s). Give the same command again`,
    );
    const attempt = patientFetch({ delay: 1, attempts: 2 })(url);
    await expect(attempt).rejects.toThrow(
      `cannot fetch from ${url}: it answered 503. The server is busy or down`,
    );
    server.close();
  });

  it('does not wait for a server that never answers', async () => {
    const server = createServer(() => {});
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const attempt = patientFetch({ delay: 1, attempts: 2, patience: 50 })(url);
    await expect(attempt).rejects.toThrow('no answer in time. Is this machine online?');
    server.closeAllConnections();
    server.close();
  });
});
