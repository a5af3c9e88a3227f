import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Digest, digestOf } from './digest.ts';
import { HubError } from './hubError.ts';
import { rateLimitOf } from './rateLimit.ts';
import { busy, mayPass, pause, type RequestOptions } from './request.ts';
import { requestFault } from './requestFault.ts';

/** A file to fetch. */
export interface RemoteFile {
  /** Its name, for people. */
  readonly name: string;
  readonly url: string;
  readonly size: number;
  readonly digest?: Digest;
  /** What the server calls this version of the file; given back, so that two versions are never joined. */
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DownloadOptions extends RequestOptions {
  /** Bytes that are there now; fewer than before where the download begins again. */
  readonly onBytes?: (have: number) => void;
  /** All bytes are there, and are read once more. */
  readonly onCheck?: () => void;
  /** Turns an answer that is neither the file nor a passing fault into an error. */
  readonly refused?: (response: Response) => Promise<Error> | Error;
}

/**
 * Fetches a file to `partial` and checks it. Bytes that are there from an earlier try are kept and the rest is asked for
 * (`Range`); a server that sends all of it is taken at its word. Dropped connections are taken up again; each one that
 * brought something begins the count of attempts anew. Throws `HubError`; only where the content is wrong, `partial` is
 * removed then.
 */
export async function download(file: RemoteFile, partial: string, options: DownloadOptions): Promise<void> {
  const { attempts = 5, onBytes = () => {}, onCheck = () => {}, signal } = options;
  await mkdir(dirname(partial), { recursive: true });
  let failures = 0;
  for (;;) {
    const before = await sizeOf(partial);
    onBytes(Math.min(before, file.size));
    if (before === file.size) break;
    const setback = await fetchRest(file, partial, before > file.size ? 0 : before, options);
    const after = await sizeOf(partial);
    if (after === file.size) continue;
    failures = after > before ? 1 : failures + 1;
    const { reason, wait = 0, help } = setback ?? { reason: 'the connection ended early' };
    if (failures >= attempts || wait > LONGEST) {
      throw new HubError(
        `${file.name}: ${reason}; ${after} of ${file.size} bytes are there, and the same command goes on from here` +
          (help ? `. ${help}` : ''),
      );
    }
    await pause(failures, reason, options, wait);
  }
  if (!file.digest) return;
  onCheck();
  const found = await digestOf(partial, file.digest.kind, signal);
  if (found === file.digest.hex) return;
  await rm(partial, { force: true });
  throw new HubError(
    `${file.name}: what came is not what was published (its ${file.digest.kind} hash is ${found}, not ${file.digest.hex}), ` +
      'and was removed. Try again; a proxy on the way may have changed it',
  );
}

/** What ended a try before the file was whole. */
interface Setback {
  readonly reason: string;
  /** Milliseconds to wait, from the server's answer. */
  readonly wait?: number;
  /** What to do, where it lasts. */
  readonly help?: string;
}

/** Milliseconds: whoever is to wait longer is told so. */
const LONGEST = 600_000;

/** Asks for what is missing and appends it. */
async function fetchRest(
  file: RemoteFile,
  partial: string,
  have: number,
  options: DownloadOptions,
): Promise<Setback | undefined> {
  const { signal, patience = 60_000, fetch: ask = fetch } = options;
  const stall = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(), patience);
  };
  try {
    alive();
    const either = AbortSignal.any([stall.signal, ...(signal ? [signal] : [])]);
    const response = await ask(file.url, { headers: headersFor(file, have), signal: either });
    const start = startOf(response, have, file.size);
    if (start === undefined) return await unusable(response, file, partial, options);
    return await append(response, start, file, partial, (at) => {
      alive();
      options.onBytes?.(at);
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof HubError) throw error;
    if (stall.signal.aborted) return { reason: `nothing came for ${patience / 1000} s` };
    const fault = requestFault(error, options.proxy?.(new URL(file.url)));
    if (!fault) throw error; // of the disk, or of this program
    if (!fault.mayPass) throw new HubError(`${file.name}: ${fault.reason}. ${fault.help}`, { cause: error });
    return fault;
  } finally {
    clearTimeout(timer);
  }
}

async function append(
  response: Response,
  start: number,
  file: RemoteFile,
  partial: string,
  onBytes: (at: number) => void,
): Promise<Setback | undefined> {
  const handle = await open(partial, start === 0 ? 'w' : 'r+');
  try {
    let at = start;
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (at + piece.length > file.size) return { reason: 'the server sent more than the file has' };
      await writeAll(handle, piece, at);
      at += piece.length;
      onBytes(at);
    }
    await handle.sync();
    return undefined;
  } finally {
    await handle.close();
  }
}

/** An answer that is not the file: throws where trying again would not help. */
async function unusable(
  response: Response,
  { name, url }: RemoteFile,
  partial: string,
  { refused }: DownloadOptions,
): Promise<Setback> {
  const { status, ok } = response;
  if (mayPass(status)) {
    await response.body?.cancel();
    const limit = rateLimitOf(response);
    const { reason, help } = busy(status, limit);
    return { reason: reason.replace(/^it/, 'the server'), help, wait: (limit?.seconds ?? 0) * 1000 };
  }
  if (!ok && status !== 416) {
    throw (await refused?.(response)) ?? new HubError(`${name}: ${url} answered ${status}`);
  }
  await response.body?.cancel();
  await rm(partial, { force: true }); // it belongs to another version of the file, or to none
  return { reason: `the server's file is not the expected one (it answered ${status})` };
}

/** Compressed answers have other lengths than the file. */
function headersFor({ headers, etag }: RemoteFile, have: number): Record<string, string> {
  const all: Record<string, string> = { 'Accept-Encoding': 'identity', ...headers };
  if (have === 0) return all;
  all.Range = `bytes=${have}-`;
  if (etag && !etag.startsWith('W/')) all['If-Range'] = etag;
  return all;
}

/** The offset at which an answer's bytes begin; undefined where they are of no use. */
function startOf(response: Response, have: number, size: number): number | undefined {
  if (response.status === 200) {
    const length = response.headers.get('content-length');
    return length === null || Number(length) === size ? 0 : undefined;
  }
  if (response.status !== 206) return undefined;
  const [, first, total] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  return Number(first) === have && (total === '*' || Number(total) === size) ? have : undefined;
}

async function writeAll(handle: FileHandle, piece: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    done += (await handle.write(piece, done, piece.length - done, at + done)).bytesWritten;
  }
}

/** Bytes of a file; 0 where there is none. */
export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (s) => s.size,
    () => 0,
  );
