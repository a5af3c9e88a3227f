import { readFile, rm, writeFile } from 'node:fs/promises';

/**
 * Claims a file for this process, so that two trainings that share a cache do not write it at once. Returns the
 * release. A claim of a process that was killed does not count.
 */
export async function claim(path: string): Promise<() => Promise<void>> {
  const file = `${path}.pid`;
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) throw error;
    }
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (owner > 0 && owner !== process.pid && isRunning(owner)) {
      throw new Error(`${path} is being made by another process (${owner}): begin again when it is done`);
    }
    if (owner === process.pid) throw new Error(`${path} is being made by this process already`);
    await rm(file, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
