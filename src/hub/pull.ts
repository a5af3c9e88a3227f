import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Claim, claim } from '../files/index.ts';
import { hubFetch } from './access.ts';
import { cacheDestination, type Destination, folderDestination } from './destination.ts';
import { freeBytes, sizeText } from './diskSpace.ts';
import { download, sizeOf } from './download.ts';
import {
  assetCache,
  type Environment,
  endpointOf,
  hubCache,
  offlineBy,
  patienceOf,
  tokenForbiddenBy,
  tokenOf,
} from './environment.ts';
import { HubError } from './hubError.ts';
import { isRepo, type PublishedPart, type Variant } from './manifest.ts';
import { type ProxyServer, proxiedFetch, proxyFor } from './proxy.ts';
import { type Listing, listRemote, type RemoteOptions, refusal } from './remote.ts';

/** What happens while a part is fetched. */
export type PullEvent =
  | { readonly type: 'pulling'; readonly part: string; readonly bytes: number; readonly have: number }
  | { readonly type: 'progress'; readonly part: string; readonly file: string; readonly done: number }
  | { readonly type: 'retry'; readonly part: string; readonly reason: string; readonly seconds: number }
  | { readonly type: 'checking'; readonly part: string; readonly file: string }
  | { readonly type: 'pulled'; readonly part: string; readonly folder: string; readonly bytes: number };

export interface PullOptions extends Pick<RemoteOptions, 'attempts' | 'delay' | 'signal' | 'patience'> {
  /** Default: full precision. */
  readonly variant?: Variant;
  /** A folder to fetch into, as a download by hand would lie there. Default: the hub's cache. */
  readonly out?: string;
  /** The hub's variables and those of proxies (docs/checkpoints.md); the process's own by default. */
  readonly environment?: Environment;
  readonly onEvent?: (event: PullEvent) => void;
  /** Bytes free for a folder. */
  readonly free?: (folder: string) => Promise<number>;
}

/**
 * Fetches a part from its publisher and checks what came; returns its folder. Stopped, killed or cut off, the next call
 * goes on from the bytes that are there. Throws `HubError`, and `ClaimError` while another process fetches the same.
 */
export async function pull(name: string, part: PublishedPart, options: PullOptions = {}): Promise<string> {
  const { variant = 'full', environment = process.env, onEvent = () => {} } = options;
  const remote = await remoteOptions(name, options);
  const listing = await listRemote(name, part, variant, remote);
  const target = destinationOf(part, listing, options.out, environment);
  const { files } = listing;
  const claimed = await claimFolder(target, name, options.signal);
  try {
    const bytes = files.reduce((n, file) => n + file.size, 0);
    const there = new Map<string, number>();
    for (const file of files) {
      const isThere = await target.isThere(file);
      there.set(file.path, isThere ? file.size : Math.min(file.size, await sizeOf(target.partial(file))));
    }
    const done = (): number => [...there.values()].reduce((a, b) => a + b, 0);
    onEvent({ type: 'pulling', part: name, bytes, have: done() });
    await requireSpace(name, target.folder, bytes - done(), options.free ?? freeBytes);
    for (const file of files) {
      if (await target.isThere(file)) continue;
      await download(file, target.partial(file), {
        ...remote,
        refused: (response) => refusal(name, part.source, response, remote),
        onCheck: () => onEvent({ type: 'checking', part: name, file: file.path }),
        onBytes: (have) => {
          there.set(file.path, have);
          onEvent({ type: 'progress', part: name, file: file.path, done: done() });
        },
      });
      await target.place(file);
    }
    await target.finish();
    const folder = dirname(target.path(files.at(-1) as (typeof files)[number]));
    onEvent({ type: 'pulled', part: name, folder, bytes });
    return folder;
  } finally {
    await claimed.release();
  }
}

async function remoteOptions(name: string, options: PullOptions): Promise<RemoteOptions> {
  const { environment: env = process.env, attempts, delay, signal, onEvent } = options;
  const offline = offlineBy(env);
  if (offline) throw new HubError(`${name}: ${offline} is set, so nothing is fetched; unset it to fetch`);
  const endpoint = endpointOf(env);
  const proxy = (url: URL): ProxyServer | undefined => proxyFor(url, env);
  proxy(new URL(endpoint.url)); // said before anything is asked
  const token = await tokenOf(env);
  const patience = options.patience ?? patienceOf(env);
  return {
    endpoint: endpoint.url,
    token,
    tokenForbiddenBy: tokenForbiddenBy(env),
    proxy,
    fetch: hubFetch({ endpoint, token, fetch: await proxiedFetch(env) }),
    onRetry: (reason, seconds) => onEvent?.({ type: 'retry', part: name, reason, seconds }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(delay === undefined ? {} : { delay }),
    ...(patience === undefined ? {} : { patience }),
    ...(signal ? { signal } : {}),
  };
}

function destinationOf(
  { source }: PublishedPart,
  { commit = '' }: Listing,
  out: string | undefined,
  environment: Environment,
): Destination {
  if (!isRepo(source)) return folderDestination(out ?? assetCache(environment));
  if (out !== undefined) return folderDestination(join(out, basename(source.repo)));
  return cacheDestination(hubCache(environment), source, commit);
}

/** One process at a time fetches a part. */
async function claimFolder({ folder }: Destination, name: string, signal?: AbortSignal): Promise<Claim> {
  await mkdir(folder, { recursive: true });
  return claim(join(folder, `.pull-${name}`), { signal });
}

async function requireSpace(
  name: string,
  folder: string,
  needed: number,
  free: (folder: string) => Promise<number>,
): Promise<void> {
  const available = await free(folder);
  if (needed <= available) return;
  throw new HubError(
    `${name}: ${sizeText(needed)} are still to come, and the disk of ${folder} has ${sizeText(available)} free: make ` +
      'room there, or choose another folder with --out or, for the cache, with HF_HUB_CACHE',
  );
}
