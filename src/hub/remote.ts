import { listFiles, modelInfo } from '@huggingface/hub';
import type { RemoteFile } from './download.ts';
import { defaultEndpoint, type Token } from './environment.ts';
import { HubError } from './hubError.ts';
import {
  isRepo,
  type PublishedPart,
  pageOf,
  type RepoSource,
  type UrlSource,
  type Variant,
} from './manifest.ts';
import { patientFetch, type RequestOptions } from './request.ts';

export interface RemoteOptions extends RequestOptions {
  /** Address of the hub. */
  readonly endpoint?: string;
  /** What `fetch` shows to the hub, in messages. */
  readonly token?: Token | undefined;
  /** The variable that keeps a token from being shown. */
  readonly tokenForbiddenBy?: string | undefined;
}

/** A file as its source describes it. */
export interface ListedFile extends RemoteFile {
  /** Its path in the repo; its name where there is none. */
  readonly path: string;
  /** Names this content: as a blob in the cache, and for a download that is unfinished. */
  readonly tag: string;
}

/** What a source has now. */
export interface Listing {
  /** Commit of the repo; undefined for a plain file. */
  readonly commit?: string;
  readonly files: readonly ListedFile[];
}

/** Asks for the files of one variant of a part. Throws `HubError` that says what mends it. */
export async function listRemote(
  name: string,
  part: PublishedPart,
  variant: Variant,
  options: RemoteOptions,
): Promise<Listing> {
  const { source } = part;
  if (!isRepo(source)) {
    if (variant !== 'full') throw noVariant(name, variant);
    return { files: [await probe(name, source, options)] };
  }
  const weights = source.weights[variant];
  if (!weights) throw noVariant(name, variant);
  return listRepo(name, source, [...source.needs, ...weights], options);
}

const noVariant = (name: string, variant: Variant): HubError =>
  new HubError(
    `${name}: nobody publishes the variant '${variant}'; leave --variant out to fetch it in full precision`,
  );

async function listRepo(
  name: string,
  source: RepoSource,
  required: readonly string[],
  options: RemoteOptions,
): Promise<Listing> {
  const { endpoint = defaultEndpoint } = options;
  const { folder } = source;
  const names = new Set([...required, ...source.extras]);
  const { commit, files } =
    (await listByApi(name, source, names, options)) ?? (await listByHead(name, source, names, options));
  const there = new Set(files.map(({ path }) => path.slice(folder ? folder.length + 1 : 0)));
  const absent = required.filter((file) => !there.has(file));
  // the small ones first: an index says which shards are missing if it ends here
  if (commit && absent.length === 0) return { commit, files: [...files].sort((a, b) => a.size - b.size) };
  const where = `${pageOf(source, endpoint)}${folder ? `, folder ${folder}` : ''}`;
  throw new HubError(`${name}: ${where} has no ${absent.join(', ')} any more: has its publisher moved it?`);
}

/** Asks for a list of the repo's files; undefined where there is none. */
async function listByApi(
  name: string,
  source: RepoSource,
  names: ReadonlySet<string>,
  options: RemoteOptions,
): Promise<Listing | undefined> {
  const { endpoint = defaultEndpoint } = options;
  const { repo, revision, folder } = source;
  const ask = patientFetch(options);
  let hasApi = true;
  const access = {
    hubUrl: endpoint,
    fetch: (async (input, init) => {
      const response = await ask(input, init);
      if (response.ok) return response;
      hasApi = !noSuchAddress.has(response.status);
      throw refusal(name, source, response, options);
    }) satisfies typeof fetch,
  };
  try {
    const { sha } = await modelInfo({ name: repo, revision, additionalFields: ['sha'], ...access });
    if (typeof sha !== 'string') throw noHub(name, endpoint);
    const files: ListedFile[] = [];
    const listing = listFiles({ repo, revision: sha, ...(folder ? { path: folder } : {}), ...access });
    for await (const { type, path, size, oid, lfs } of listing) {
      if (type !== 'file' || !names.has(path.slice(folder ? folder.length + 1 : 0))) continue;
      const hex = lfs?.oid ?? oid;
      if (!hex) throw new HubError(`${name}: ${endpoint} does not say what ${path} hashes to`);
      files.push({
        name: path,
        path,
        tag: hex,
        url: fileUrl(endpoint, repo, sha, path),
        size: lfs?.size ?? size,
        digest: { kind: lfs ? 'sha256' : 'git-blob', hex },
      });
    }
    return { commit: sha, files };
  } catch (error) {
    if (!hasApi) return undefined;
    if (error instanceof SyntaxError) throw noHub(name, endpoint, error); // no JSON
    throw error;
  }
}

/** What servers answer that have files and no lists of them. */
const noSuchAddress = new Set([404, 405, 501]);

const fileUrl = (endpoint: string, repo: string, revision: string, path: string): string =>
  `${endpoint}/${repo}/resolve/${revision}/${path.split('/').map(encodeURIComponent).join('/')}`;

/**
 * Asks for each file by its name, as the hub's own client does for single files: some mirrors have no lists. What is not
 * there is left out. Throws `HubError` where none is.
 */
async function listByHead(
  name: string,
  source: RepoSource,
  names: ReadonlySet<string>,
  options: RemoteOptions,
): Promise<Listing> {
  const { endpoint = defaultEndpoint } = options;
  const { repo, revision, folder } = source;
  const files: ListedFile[] = [];
  let commit: string | undefined;
  let refused: Response | undefined;
  for (const file of names) {
    const path = folder ? `${folder}/${file}` : file;
    const response = await head(fileUrl(endpoint, repo, commit ?? revision, path), options);
    const { ok, status, headers } = response;
    if (!ok && !(status >= 300 && status < 400)) {
      if (status !== 404) throw refusal(name, source, response, options);
      refused = response;
      continue;
    }
    commit ??= headers.get('x-repo-commit') ?? undefined;
    const etag = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '').replace(/^W\/|"/g, '');
    const size = Number(
      headers.get('x-linked-size') ?? (ok ? headers.get('content-length') : null) ?? Number.NaN,
    );
    if (!commit || !/^[\w-]+$/.test(etag) || !Number.isSafeInteger(size)) throw noHub(name, endpoint);
    const kind = etag.length === 64 ? 'sha256' : 'git-blob';
    const digest = /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag) ? { digest: { kind, hex: etag } as const } : {};
    files.push({ name: path, path, tag: etag, url: fileUrl(endpoint, repo, commit, path), size, ...digest });
  }
  if (files.length === 0 && refused) throw refusal(name, source, refused, options);
  return { ...(commit ? { commit } : {}), files };
}

/** What an address says about its file; of a redirection to another host, what the hub says. */
async function head(url: string, options: RemoteOptions): Promise<Response> {
  const init = { method: 'HEAD', redirect: 'manual', headers: { 'Accept-Encoding': 'identity' } } as const;
  const response = await patientFetch(options)(url, init);
  await response.body?.cancel();
  const location = response.headers.get('location');
  // a repo that was renamed; the storage of large files is at another host
  const isRenamed =
    location !== null && response.status < 400 && new URL(location, url).origin === new URL(url).origin;
  return isRenamed && !response.headers.has('x-linked-etag')
    ? head(new URL(location, url).href, options)
    : response;
}

const noHub = (name: string, endpoint: string, cause?: unknown): HubError =>
  new HubError(
    `${name}: ${endpoint} does not answer as a hub does. Is HF_ENDPOINT the address of one? A network's login page may ` +
      'have answered instead',
    { cause },
  );

/** Size and version of a plain file, by asking for its first byte. */
async function probe(name: string, source: UrlSource, options: RemoteOptions): Promise<ListedFile> {
  const headers = { Range: 'bytes=0-0', 'Accept-Encoding': 'identity' };
  const response = await patientFetch(options)(source.url, { headers });
  await response.body?.cancel();
  if (!response.ok) throw refusal(name, source, response, options);
  const total =
    response.status === 206
      ? response.headers.get('content-range')?.split('/')[1]
      : response.headers.get('content-length');
  const size = Number(total ?? Number.NaN);
  if (!Number.isSafeInteger(size))
    throw new HubError(`${name}: ${source.url} does not say how large the file is`);
  const etag = response.headers.get('etag');
  const version = (source.sha256 ?? etag ?? String(size)).replace(/[^\w-]/g, '').slice(-16);
  return {
    name: source.file,
    path: source.file,
    tag: version,
    url: source.url,
    size,
    ...(etag ? { etag } : {}),
    ...(source.sha256 ? { digest: { kind: 'sha256', hex: source.sha256 } } : {}),
  };
}

/** Why a server does not give something, and what to do. */
export function refusal(
  name: string,
  source: RepoSource | UrlSource,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  options: RemoteOptions,
): HubError {
  const { endpoint = defaultEndpoint, token } = options;
  const page = pageOf(source, endpoint);
  const [code, details] = ['x-error-code', 'x-error-message'].map((header) => headers.get(header) ?? '');
  if (isRepo(source) && (status === 401 || status === 403)) {
    if (/disabled/i.test(details as string))
      return new HubError(`${name}: ${page} is disabled by the hub (${status})`);
    const isGated = code === 'GatedRepo';
    if (!isGated && token && (/credentials/i.test(details as string) || token.isGiven)) {
      return new HubError(
        `${name}: ${endpoint} does not accept the token in ${token.from} (it answered ${status}). Correct it, or unset it ` +
          'if the part needs none',
      );
    }
    const what = isGated
      ? 'is given only to people who accepted its licence'
      : 'is private, given only to people who accepted its licence, or not there';
    return new HubError(`${name}: ${page} ${what} (it answered ${status}). ${nextStep(endpoint, options)}`);
  }
  if (status === 404) return new HubError(`${name}: ${page} is not there (404): has its publisher moved it?`);
  return new HubError(`${name}: ${page} answered ${status}${details ? `: ${details}` : ''}`);
}

function nextStep(endpoint: string, { token, tokenForbiddenBy }: RemoteOptions): string {
  if (token) {
    return (
      `The token in ${token.from} is not accepted there (yet): look on the page whether access was granted, and that the ` +
      'token may read gated repos'
    );
  }
  if (tokenForbiddenBy) return `${tokenForbiddenBy} is set, so no token was sent: unset it`;
  return (
    `Accept the licence on that page, make a token that may read (${endpoint}/settings/tokens), and give it as HF_TOKEN, ` +
    'or store it (hf auth login)'
  );
}
