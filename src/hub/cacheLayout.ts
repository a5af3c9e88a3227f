import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assetCache, type Environment, hubCache } from './environment.ts';
import { isRepo, type RepoSource, type UrlSource } from './manifest.ts';

/**
 * The hub's cache on this machine, which all of its clients share: `models--ORG--NAME/blobs/<hash>` has the bytes,
 * `snapshots/<commit>/<path>` links to them, `refs/<branch>` says which commit a branch was last.
 */

/** A repo's folder in a cache. */
export const cachedRepo = (cache: string, repo: string): string =>
  join(cache, `models--${repo.replaceAll('/', '--')}`);

/** A repo's snapshots in a cache: first the one that the wanted branch was last, then the others, the newest first. */
export async function cachedSnapshots(cache: string, { repo, revision }: RepoSource): Promise<string[]> {
  const folder = cachedRepo(cache, repo);
  const current = (await readFile(join(folder, 'refs', revision), 'utf8').catch(() => revision)).trim();
  const names = await readdir(join(folder, 'snapshots')).catch((): string[] => []);
  const paths = names.filter((name) => !name.startsWith('.')).map((name) => join(folder, 'snapshots', name));
  const times = new Map(await Promise.all(paths.map(async (p) => [p, (await stat(p)).mtimeMs] as const)));
  const rank = (path: string): number =>
    path === join(folder, 'snapshots', current) ? Number.POSITIVE_INFINITY : (times.get(path) ?? 0);
  return paths.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
}

/** Bytes of downloads of a source that broke off, and the folder in which they wait to be gone on with. */
export async function unfinished(
  source: RepoSource | UrlSource,
  env: Environment = process.env,
): Promise<{ folder: string; bytes: number }> {
  const folder = isRepo(source) ? join(cachedRepo(hubCache(env), source.repo), 'blobs') : assetCache(env);
  const names = (await readdir(folder).catch((): string[] => [])).filter(
    (name) => name.endsWith('.incomplete') && (isRepo(source) || name.startsWith(source.file)),
  );
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return { folder, bytes: sizes.reduce((a, b) => a + b, 0) };
}
