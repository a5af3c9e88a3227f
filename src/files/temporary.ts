import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { livenessOf, type ProcessIdentity, thisProcess } from './processIdentity.ts';

/** `.<pid>.<scope>.<start>-<n>.tmp.<name>`, numbers in base 36; earlier versions wrote `.<pid>-<n>.tmp.<name>`. */
const pattern = /^\.(?:([0-9a-z]+)\.([0-9a-f]{6})\.([0-9a-z]+)|\d+)-\d+\.tmp\./;

/** A file of a process out of sight (another machine or container) that nobody wrote to for so long is left over. */
const FORGOTTEN = 24 * 3600 * 1000;

/** Bytes of a file name that common file systems take. */
const LONGEST_NAME = 255;

let counter = 0;

/**
 * A name beside `path` for a file in the making, of this process alone. It keeps the extension, which encoders look at.
 */
export function temporaryPath(path: string): string {
  const { pid, scope, started } = thisProcess();
  const owner = `${pid.toString(36)}.${shortScope(scope)}.${started.toString(36)}`;
  const prefix = `.${owner}-${counter++}.tmp.`;
  return join(dirname(path), prefix + shortened(basename(path), LONGEST_NAME - prefix.length));
}

/** Whether a file name is one of `temporaryPath`'s. */
export const isTemporary = (name: string): boolean => pattern.test(name);

/**
 * Removes the temporary files in a folder that processes left which ended; with `name`, those for this file only. What
 * another process is at work on, here or on another machine that shares the disk, stays.
 */
export async function removeLeftovers(folder: string, name?: string): Promise<void> {
  for (const other of await readdir(folder)) {
    const match = pattern.exec(other);
    if (match === null || (name !== undefined && other.slice(match[0].length) !== name)) continue;
    if (await isLeftOver(join(folder, other), match)) await rm(join(folder, other), { force: true });
  }
}

async function isLeftOver(path: string, [, pid, scope, started]: RegExpExecArray): Promise<boolean> {
  const self = thisProcess();
  if (pid !== undefined && started !== undefined && scope === shortScope(self.scope)) {
    const owner: ProcessIdentity = {
      ...self,
      pid: Number.parseInt(pid, 36),
      started: Number.parseInt(started, 36),
    };
    const liveness = livenessOf(owner);
    if (liveness !== 'unknown') return liveness === 'ended';
  }
  const written = await stat(path).catch(() => undefined);
  return written !== undefined && (await timeOf(dirname(path))) - written.mtimeMs > FORGOTTEN;
}

/** The time by the clock that stamps the files of a folder, which may be another machine's. */
async function timeOf(folder: string): Promise<number> {
  const probe = temporaryPath(join(folder, 'clock'));
  try {
    await writeFile(probe, '', { flag: 'wx' });
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

const shortScope = (scope: string): string => scope.slice(0, 6);

/** A name that does not fit loses its beginning: the extension stays. */
function shortened(name: string, bytes: number): string {
  let letters = [...name];
  while (Buffer.byteLength(letters.join('')) > bytes) letters = letters.slice(1);
  return letters.join('');
}
