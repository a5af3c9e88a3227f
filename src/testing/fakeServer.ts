import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng, newImage, type Sound, soundLength, VideoWriter, writeWithSound } from '../media/index.ts';

/** An answer out of the ordinary; `cut` ends the connection, before the request is taken or after it. */
export type Fault =
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Uint8Array;
    }
  | { readonly cut: 'before' | 'after' };

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A local stand-in for a server of models. */
export interface FakeServer {
  readonly url: string;
  readonly seen: Seen[];
  /** Used up from the front by requests whose method and path match, `POST /prompt`; paths by their beginning. */
  readonly faults: { readonly on: string; readonly fault: Fault }[];
  close(): Promise<void>;
}

/** What a server does with a request; undefined: 404. */
export type Handler = (request: Seen, headers: IncomingMessage['headers']) => Promise<Reply | undefined>;
export type Reply =
  | { readonly json: unknown; readonly status?: number }
  | { readonly bytes: Uint8Array; readonly type: string };

export async function serve(handle: Handler): Promise<FakeServer> {
  const seen: Seen[] = [];
  const faults: FakeServer['faults'] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = '', url: path = '', headers } = request;
    const entry = {
      method,
      path,
      authorization: headers.authorization,
      body: Buffer.concat(parts).toString('latin1'),
    };
    seen.push(entry);
    const at = faults.findIndex(({ on }) => `${method} ${path}`.startsWith(on));
    const fault = at >= 0 ? faults.splice(at, 1)[0]?.fault : undefined;
    if (fault && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    if (fault?.cut === 'before') {
      request.socket.destroy();
      return;
    }
    const reply = await handle(entry, headers);
    if (fault?.cut === 'after') request.socket.destroy();
    else if (!reply)
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"error":{"message":"not found"}}');
    else if ('bytes' in reply) response.writeHead(200, { 'content-type': reply.type }).end(reply.bytes);
    else
      response
        .writeHead(reply.status ?? 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(reply.json));
  };
  const server = createServer(
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ seen, faults },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A PNG of one colour. */
export const plainPicture = (width: number, height: number): Promise<Uint8Array> =>
  encodePng(newImage(width, height, [90, 140, 200]));

/** A sine of half the largest amplitude, on both channels. */
export function tone(hertz: number, seconds: number): Sound {
  const sound = new Int16Array(soundLength(seconds));
  for (let i = 0; i < sound.length; i++)
    sound[i] = Math.round(16384 * Math.sin((2 * Math.PI * hertz * Math.floor(i / 2)) / 48_000));
  return sound;
}

/** An MP4 that becomes brighter; with `hertz`, a tone sounds. */
export async function plainFilm(
  seconds: number,
  options: { width?: number; height?: number; fps?: number; hertz?: number } = {},
): Promise<Uint8Array> {
  const { width = 64, height = 48, fps = 8, hertz } = options;
  const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
  const path = join(folder, 'film.mp4');
  const write = async (to: string): Promise<void> => {
    const writer = await VideoWriter.create(to, { width, height, fps });
    for (let i = 0; i < Math.round(seconds * fps); i++)
      await writer.write(newImage(width, height, [i, 100, 100]));
    await writer.close();
  };
  if (hertz === undefined) await write(path);
  else {
    const sound = tone(hertz, seconds);
    await writeWithSound(path, { sound: [sound], length: sound.length }, write);
  }
  const bytes = await readFile(path);
  await rm(folder, { recursive: true });
  return bytes;
}
