import { basename, join } from 'node:path';
import { cachedSnapshots } from './cacheLayout.ts';
import { assetCache, type Environment, hubCache } from './environment.ts';
import { isRepo, type RepoSource, type UrlSource } from './manifest.ts';

/** A folder in which a part may lie. */
export interface Place {
  readonly folder: string;
  /** In words, for people: how it comes to be looked at. */
  readonly how: string;
  /** Whether nothing but the part lies there, so that its files may have any of the names that models have. */
  readonly isOwn?: boolean;
}

export interface SearchOptions {
  /** The folder given by the user: in our own layout, as downloaded, or a cache of the hub. */
  readonly weights?: string;
  /** The package's own weights for the preset. */
  readonly packaged: string;
  /** Says where the hub's cache is; the process's own by default. */
  readonly environment?: Environment;
}

/** Folders in our own layout, `<weights>/<part>`. */
export function ownPlaces(name: string, { weights, packaged }: SearchOptions): Place[] {
  const given = weights === undefined ? [] : [{ folder: join(weights, name), how: 'given folder' }];
  return [...given, { folder: join(packaged, name), how: 'package' }];
}

/** Folders in a publisher's layout, as downloaded, cloned or cached. */
export async function publishedPlaces(
  source: RepoSource | UrlSource,
  { weights, environment = process.env }: SearchOptions,
): Promise<Place[]> {
  const places: Place[] = [];
  const isOwn = isRepo(source) && !hasOwnName(source);
  if (weights !== undefined) {
    if (isRepo(source)) {
      const [, short = source.repo] = source.repo.split('/');
      for (const repo of [short, source.repo]) {
        places.push({ folder: join(weights, repo, source.folder ?? '.'), how: 'as downloaded', isOwn });
      }
    }
    if (hasOwnName(source)) places.push({ folder: weights, how: 'given folder' });
    places.push(...(await cached(source, weights)));
  }
  if (isRepo(source)) places.push(...(await cached(source, hubCache(environment))));
  else places.push({ folder: assetCache(environment), how: 'cache' });
  return places;
}

async function cached(source: RepoSource | UrlSource, cache: string): Promise<Place[]> {
  if (!isRepo(source)) return [];
  const snapshots = await cachedSnapshots(cache, source);
  return snapshots.map((path) => ({
    folder: join(path, source.folder ?? '.'),
    how: `cache, ${basename(path).slice(0, 7)}`,
    isOwn: !hasOwnName(source),
  }));
}

/** Whether the file's name says what it is: then it is found wherever it was put. */
function hasOwnName(source: RepoSource | UrlSource): boolean {
  const [file = ''] = isRepo(source) ? source.weights.full : [source.file];
  return !/^(diffusion_pytorch_)?model\b/.test(file);
}
