import { createServer, request as forward } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A local HTTP proxy that writes down what it is asked for. */
export interface LocalProxy {
  /** `host:port`. */
  readonly host: string;
  /** `GET http://...` and `CONNECT host:port`, the oldest first. */
  readonly seen: string[];
  /** Only this `name:password` may use it. */
  credentials: string | undefined;
  /** The status with which it answers all requests instead. */
  status: number | undefined;
  close(): Promise<void>;
}

/** Starts a proxy that forwards plain requests and tunnels others, on 127.0.0.1. */
export async function startProxy(): Promise<LocalProxy> {
  const seen: string[] = [];
  const state: { credentials: string | undefined; status: number | undefined } = {
    credentials: undefined,
    status: undefined,
  };
  const refused = (authorization: string | undefined): number | undefined => {
    const wanted = state.credentials && `Basic ${Buffer.from(state.credentials).toString('base64')}`;
    return state.status ?? (wanted && authorization !== wanted ? 407 : undefined);
  };
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const status = refused(request.headers['proxy-authorization']);
    if (status) {
      response.writeHead(status);
      response.end();
      return;
    }
    const { 'proxy-authorization': _own, ...headers } = request.headers;
    const onward = forward(request.url ?? '', { method: request.method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    const status = refused(request.headers['proxy-authorization']);
    if (status) {
      socket.end(`HTTP/1.1 ${status} no\r\n\r\n`);
      return;
    }
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return Object.assign(state, {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  });
}
