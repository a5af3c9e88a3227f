import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

/** What a server saw, and how many bytes of a file it sent in answer. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly range?: string;
  readonly ifRange?: string;
  readonly authorization?: string;
  status: number;
  sent: number;
}

/** What goes wrong next. Lists are used up from the front, an entry for each answer with a large file. */
export interface Faults {
  /** Ends the connection after so many bytes; undefined sends all. */
  drop: (number | undefined)[];
  /** So many requests for large files are answered 503. */
  busy: number;
  /** Sends other bytes of the same length. */
  wrongBytes: boolean;
  /** Sends all, whatever part was asked for. */
  ignoreRange: boolean;
  /** Has files and no lists of them, as some mirrors. */
  noApi: boolean;
  /** Only this token may fetch files. */
  token: string | undefined;
  /** Answers of the hub itself, an entry for each request, before it answers as it should. */
  answers: { status: number; headers?: Record<string, string>; body?: string }[];
  /** Milliseconds between pieces of 16 kB, so that a download takes a while. */
  slowly: number;
}

/** A local stand-in for the hub: repos from folders, and the other origin that large files come from. */
export interface HubServer {
  /** HF_ENDPOINT. */
  readonly endpoint: string;
  /** Where plain files are: `<files>/<name>`. */
  readonly files: string;
  readonly faults: Faults;
  /** All requests, the oldest first. */
  readonly seen: Seen[];
  /** Those for the bytes of large files. */
  large(): Seen[];
  /** Gives a repo another commit. */
  commit(repo: string, name: string): string;
  close(): Promise<void>;
}

/** Files from this size on are large: their bytes come from elsewhere, as Git LFS does it. */
const LARGE = 1000;

const shaOf = (name: string): string => createHash('sha1').update(name).digest('hex');

/** Serves `<folder>/<org>/<name>/...` as repos, and the files in `<folder>/files` as plain ones. */
export async function startHub(folder: string): Promise<HubServer> {
  const faults: Faults = {
    drop: [],
    busy: 0,
    wrongBytes: false,
    ignoreRange: false,
    noApi: false,
    token: undefined,
    answers: [],
    slowly: 0,
  };
  const seen: Seen[] = [];
  const commits = new Map<string, string>();
  const blobs = new Map<string, Buffer>();
  const commitOf = (repo: string): string => commits.get(repo) ?? shaOf(repo);

  const note = (request: IncomingMessage): Seen => {
    const { range, authorization, 'if-range': ifRange } = request.headers;
    const entry: Seen = {
      method: request.method ?? '',
      path: decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname),
      ...(range ? { range } : {}),
      ...(typeof ifRange === 'string' ? { ifRange } : {}),
      ...(authorization ? { authorization } : {}),
      status: 0,
      sent: 0,
    };
    seen.push(entry);
    return entry;
  };

  const storage = await listen(async (request, response) => {
    const entry = note(request);
    const name = basename(entry.path);
    const content = blobs.get(name) ?? (await readFile(join(folder, 'files', name)).catch(() => undefined));
    if (!content) return end(response, entry, 404);
    await sendLarge(response, entry, content, faults);
  });

  const hub = await listen(async (request, response) => {
    const entry = note(request);
    const answer = faults.answers.shift();
    if (answer) {
      entry.status = answer.status;
      response.writeHead(answer.status, answer.headers);
      response.end(answer.body);
      return;
    }
    if (faults.noApi && entry.path.startsWith('/api/')) return end(response, entry, 404);
    const [, info] = /^\/api\/models\/([^/]+\/[^/]+)\/revision\//.exec(entry.path) ?? [];
    if (info) {
      const [org, name] = info.split('/') as [string, string];
      if (!(await isFolder(join(folder, org, name)))) return end(response, entry, 404);
      return json(response, entry, { _id: '1', id: info, sha: commitOf(info), private: false, gated: false });
    }
    const [, tree, path = ''] = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/[^/]+\/?(.*)$/.exec(entry.path) ?? [];
    if (tree) return json(response, entry, await listing(join(folder, tree), path));
    const [, repo, , file] = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(entry.path) ?? [];
    if (!repo || !file) return end(response, entry, 404);
    if (faults.token && entry.authorization !== `Bearer ${faults.token}`) {
      return end(response, entry, entry.authorization ? 403 : 401, { 'X-Error-Code': 'GatedRepo' });
    }
    const content = await readFile(join(folder, repo, file)).catch(() => undefined);
    if (!content) return end(response, entry, 404, { 'X-Error-Code': 'EntryNotFound' });
    if (content.length < LARGE) return sendSmall(response, entry, content, commitOf(repo));
    const oid = sha256(content);
    blobs.set(oid, content);
    end(response, entry, 302, {
      Location: `${origin(storage)}/blobs/${oid}`,
      'X-Repo-Commit': commitOf(repo),
      'X-Linked-Etag': `"${oid}"`,
      'X-Linked-Size': String(content.length),
    });
  });

  return {
    endpoint: origin(hub),
    files: `${origin(storage)}/files`,
    faults,
    seen,
    large: () => seen.filter(({ path }) => /^\/(blobs|files)\//.test(path)),
    commit: (repo, name) => {
      commits.set(repo, shaOf(name));
      return shaOf(name);
    },
    close: async () => {
      for (const server of [hub, storage]) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
}

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
/** How git names a file's content. */
export const gitBlob = (content: Buffer): string =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

async function listing(repo: string, path: string): Promise<object[]> {
  const entries = await readdir(join(repo, path), { withFileTypes: true });
  return Promise.all(
    entries.map(async (entry) => {
      const name = path ? `${path}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return { type: 'directory', oid: shaOf(name), size: 0, path: name };
      const content = await readFile(join(repo, name));
      const file = { type: 'file', oid: gitBlob(content), size: content.length, path: name };
      if (content.length < LARGE) return file;
      return { ...file, lfs: { oid: sha256(content), size: content.length, pointerSize: 130 } };
    }),
  );
}

async function sendLarge(
  response: ServerResponse,
  entry: Seen,
  content: Buffer,
  faults: Faults,
): Promise<void> {
  if (faults.busy > 0) {
    faults.busy--;
    return end(response, entry, 503);
  }
  const bytes = faults.wrongBytes ? Buffer.alloc(content.length, 'x') : content;
  const etag = `"${sha256(content).slice(0, 12)}"`;
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(entry.range ?? '') ?? [];
  const isOther = entry.ifRange !== undefined && entry.ifRange !== etag;
  const isPart = first !== undefined && !faults.ignoreRange && !isOther;
  const start = isPart ? Number(first) : 0;
  const stop = isPart && last ? Number(last) + 1 : bytes.length;
  if (isPart && start >= bytes.length) return end(response, entry, 416);
  const body = bytes.subarray(start, stop);
  entry.status = isPart ? 206 : 200;
  response.writeHead(entry.status, {
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Content-Length': body.length,
    ...(isPart ? { 'Content-Range': `bytes ${start}-${stop - 1}/${bytes.length}` } : {}),
  });
  const drop = body.length > 1 ? faults.drop.shift() : undefined;
  const whole = drop === undefined ? body : body.subarray(0, drop);
  for (let at = 0; at < whole.length && !response.destroyed; at += 16384) {
    const piece = whole.subarray(at, at + 16384);
    await new Promise<void>((done) => response.write(piece, () => done()));
    entry.sent += piece.length;
    if (faults.slowly > 0) await new Promise((done) => setTimeout(done, faults.slowly));
  }
  if (drop === undefined) {
    response.end();
    return;
  }
  // what was sent has arrived before the connection ends: so the client's bytes can be counted on
  await new Promise((done) => setTimeout(done, 50));
  response.destroy();
}

function sendSmall(response: ServerResponse, entry: Seen, content: Buffer, commit: string): void {
  entry.status = 200;
  entry.sent = content.length;
  response.writeHead(200, {
    ETag: `"${gitBlob(content)}"`,
    'Content-Length': content.length,
    'X-Repo-Commit': commit,
  });
  response.end(content);
}

function json(response: ServerResponse, entry: Seen, value: unknown): void {
  entry.status = 200;
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}

function end(
  response: ServerResponse,
  entry: Seen,
  status: number,
  headers: Record<string, string> = {},
): void {
  entry.status = status;
  response.writeHead(status, headers);
  response.end();
}

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
): Promise<Server> {
  const server = createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

const origin = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const isFolder = (path: string): Promise<boolean> =>
  readdir(path).then(
    () => true,
    () => false,
  );
