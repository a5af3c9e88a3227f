import { mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { writeFileAtomically } from '../files/index.ts';
import { cachedRepo } from './cacheLayout.ts';
import { sizeOf } from './download.ts';
import type { RepoSource } from './manifest.ts';
import type { ListedFile } from './remote.ts';

/** Where downloads go. */
export interface Destination {
  /** The folder that holds all of it. */
  readonly folder: string;
  /** Where a file is when it is there. */
  path(file: ListedFile): string;
  /** Where its bytes are collected. */
  partial(file: ListedFile): string;
  isThere(file: ListedFile): Promise<boolean>;
  /** Puts a collected file where it belongs. */
  place(file: ListedFile): Promise<void>;
  /** All files are there. */
  finish(): Promise<void>;
}

/** A folder as a download by hand would look. Files that are unfinished carry their version in their name. */
export function folderDestination(folder: string): Destination {
  const path = ({ path }: ListedFile): string => join(folder, path);
  const partial = (file: ListedFile): string => `${path(file)}.${file.tag.slice(0, 16)}.incomplete`;
  return {
    folder,
    path,
    partial,
    isThere: async (file) => (await sizeOf(path(file))) === file.size,
    place: async (file) => {
      await rename(partial(file), path(file));
      await removeOlderParts(path(file));
    },
    finish: async () => {},
  };
}

/** Removes what came of earlier versions of a file, which are of no more use. */
async function removeOlderParts(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(`${basename(path)}.`) && name.endsWith('.incomplete'))
      await rm(join(dirname(path), name));
  }
}

/** The hub's cache, in the layout that all of its clients share; see `cacheLayout.ts`. */
export function cacheDestination(cache: string, { repo, revision }: RepoSource, commit: string): Destination {
  const folder = cachedRepo(cache, repo);
  const blob = ({ tag }: ListedFile): string => join(folder, 'blobs', tag);
  const partial = (file: ListedFile): string => `${blob(file)}.incomplete`;
  const path = ({ path }: ListedFile): string => join(folder, 'snapshots', commit, path);
  return {
    folder,
    path,
    partial,
    isThere: async (file) => {
      if ((await sizeOf(blob(file))) !== file.size) return (await sizeOf(path(file))) === file.size;
      await link(blob(file), path(file)); // another snapshot has the same content
      return true;
    },
    place: async (file) => {
      await rename(partial(file), blob(file));
      await link(blob(file), path(file));
    },
    finish: async () => {
      const ref = join(folder, 'refs', revision);
      const known = await readFile(ref, 'utf8').catch(() => undefined);
      if (revision !== commit && known !== commit) await writeFileAtomically(ref, commit);
    },
  };
}

/** A relative link, so that the cache can be moved; where links are not allowed (Windows), the file itself. */
async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const to = relative(dirname(path), target);
  if ((await readlink(path).catch(() => undefined)) === to) return;
  await rm(path, { force: true });
  try {
    await symlink(to, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    await rename(target, path);
  }
}
