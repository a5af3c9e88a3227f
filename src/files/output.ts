import { access, constants, lstat, stat, statfs } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** Files that cannot be written: the disk is full or read-only, the place is taken, or not allowed. */
export class OutputError extends MovieDreamerError {
  static override readonly kind: string = 'OutputError';
  static override readonly code: ErrorCode = 'OUTPUT_UNWRITABLE';
}

/** Below this many free bytes a failed write means that the disk is full. */
const FULL = 2 ** 20;

/** Below this many not even a first file can be written. */
const NOTHING = 2 ** 13;

/** What the system's codes mean where something was to be written. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'writing there is not permitted',
  EPERM: 'writing there is not permitted',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'something else is in its place',
  EISDIR: 'a folder is in its place',
  ELOOP: 'links on its path lead in a circle',
  ENAMETOOLONG: 'a name in its path is too long for the disk',
  EINVAL: 'the disk does not take a name in its path',
  EIO: 'the disk reports an error',
  ENXIO: 'the device is gone',
  ENODEV: 'the device is gone',
  ESTALE: 'the network disk is gone',
  EFBIG: 'the disk does not take files of this size',
};

/**
 * Says before any work that nothing could be written into a folder, which need not be there yet. Nothing on the disk is
 * changed. What only a write can show (a quota, a rule of a server) shows later, see `explainDiskError`.
 * @param who what the folder was given as, such as `--out`.
 * @param other what to do where the place will not do.
 * @throws OutputError
 */
export async function checkOutputFolder(
  folder: string,
  who = '--out',
  other = 'give another folder',
): Promise<void> {
  const full = resolve(folder);
  const refuse = (reason: string, fix: string, cause?: unknown): never => {
    throw new OutputError(`${who} ${folder} ${reason}; ${fix}`, { cause });
  };
  const { path: nearest, isFolder } = await nearestThere(full).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'a link on its path leads nowhere' : inWords(error);
    return refuse(`cannot be made: ${reason}`, other, error);
  });
  if (!isFolder) refuse(nearest === full ? 'is a file' : `lies below a file, ${nearest}`, 'give a folder');
  try {
    await access(nearest, constants.W_OK | constants.X_OK);
  } catch (error) {
    refuse(`cannot be ${nearest === full ? 'written into' : 'made'}: ${inWords(error)}`, other, error);
  }
  if (await hasLess(nearest, NOTHING)) throw diskFull(folder);
}

/**
 * As `checkOutputFolder`, for a file.
 * @throws OutputError
 */
export async function checkOutputFile(path: string, who = '--out'): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) throw new OutputError(`${who} ${path} is a folder; give the name of a file`);
  await checkOutputFolder(dirname(resolve(path)), `${who} ${path}: its folder,`);
}

/**
 * A clear error where files in `folder` cannot be written, else the error itself. Encoders and picture writers report a
 * full disk each in its own words, so the disk is asked as well.
 */
export async function explainDiskError(error: unknown, folder: string): Promise<unknown> {
  if (MovieDreamerError.isInstance(error)) return error;
  const { code = '', message, path } = error as NodeJS.ErrnoException;
  const isFull =
    code === 'ENOSPC' || code === 'EDQUOT' || /no space left|ENOSPC|disk full/i.test(message ?? '');
  if (isFull || (await hasLess(folder, FULL))) return diskFull(folder, error);
  const reason = reasons[code];
  if (reason === undefined || path === undefined || !isIn(path, folder)) return error;
  return new OutputError(`${path} cannot be written: ${reason}; everything that was finished is kept`, {
    cause: error,
  });
}

/** What the system's word for a failure means; the word itself where that is not known here. */
export function inWords(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? (code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : code || message);
}

function diskFull(folder: string, cause?: unknown): OutputError {
  const message =
    `the disk of ${folder} is full; everything that was finished is kept: free some space and give the same command ` +
    'again';
  return new OutputError(message, { code: 'DISK_FULL', cause });
}

/** The path itself, or the nearest above it that is there. */
async function nearestThere(path: string): Promise<{ path: string; isFolder: boolean }> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return { path: at, isFolder: (await stat(at)).isDirectory() };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isMissing = code === 'ENOENT' || code === 'ENOTDIR'; // below a file: that one is found further up
      if (!isMissing || at === dirname(at) || (code === 'ENOENT' && (await isLink(at)))) throw error;
    }
  }
}

/** Whether a link is here; asked where it leads nowhere. */
const isLink = (path: string): Promise<boolean> =>
  lstat(path).then(
    (info) => info.isSymbolicLink(),
    () => false,
  );

async function hasLess(folder: string, bytes: number): Promise<boolean> {
  try {
    const { blocks, bavail, bsize } = await statfs(folder);
    return blocks > 0 && bavail * bsize < bytes; // disks that do not count their blocks say 0
  } catch {
    return false;
  }
}

function isIn(path: string, folder: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way === '' || (way !== '..' && !/^\.\.[/\\]/.test(way));
}
