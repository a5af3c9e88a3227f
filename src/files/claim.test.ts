import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtForTests } from '../testing/buildOnce.ts';
import { type Claim, ClaimError, claim } from './index.ts';

const childFile = join(builtForTests(), 'testing/claimChild.js');
const quick = { beat: 40, patience: 10 };
/** For holders that live: on a busy machine a sign of life may come late. */
const patient = { beat: 40, patience: 500 };
const canUnshare = spawnSync('unshare', ['-p', '-f', '--mount-proc', 'true']).status === 0;
if (!canUnshare)
  console.warn('claim.test.ts: no unshare here (it needs Linux and root): containers are not tested');

let folder = '';
let path = '';
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claim-'));
  path = join(folder, 'film');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/**
 * A process that claims `path`, in a pid namespace of its own if so asked; gives its first line.
 * @param patience beats without a sign of life after which it takes a holder for dead
 */
async function holder(inContainer = false, patience = 500): Promise<{ child: ChildProcess; said: string }> {
  const node = [process.execPath, childFile, 'hold', path, String(patience)];
  const [command = '', ...args] = inContainer
    ? ['unshare', '-p', '-f', '--kill-child', '--mount-proc', ...node]
    : node;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = await once(
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }),
    'line',
  );
  return { child, said };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** A claim's note with some of its fields changed. */
async function changeNote(fields: Record<string, unknown>): Promise<void> {
  const held = await claim(path);
  const note = JSON.parse(await readFile(`${path}.pid`, 'utf8'));
  await held.release();
  await writeFile(`${path}.pid`, JSON.stringify({ ...note, id: 'other', ...fields }));
}

const refused = (pattern: RegExp, attempt: Promise<Claim>): Promise<void> =>
  expect(attempt).rejects.toThrow(pattern);

describe('a claim', () => {
  it('is one process’s, and leaves nothing when it is released', async () => {
    const held = await claim(path);
    const since = JSON.parse(await readFile(`${path}.pid`, 'utf8')).since as string;
    const error = await claim(path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ClaimError);
    expect((error as ClaimError).message).toBe(
      `${path} is being made by this process already, since ${since.slice(0, 10)} ${since.slice(11, 19)} UTC (${path}.pid)`,
    );
    await held.release();
    await held.release();
    expect(await readdir(folder)).toEqual([]);
    await (await claim(path)).release();
  });

  it('is refused with the holder, since when, and the file', async () => {
    const { child } = await holder();
    await refused(
      new RegExp(
        `^${path} is being made by another process \\(${child.pid}\\), since 20..-..-.. ..:..:.. UTC: .* remove ${path}.pid$`,
      ),
      claim(path),
    );
  });

  it('of a killed process does not count', async () => {
    const { child } = await holder();
    await kill(child);
    await (await claim(path)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('of a stopped process counts', async () => {
    const { child } = await holder();
    child.kill('SIGSTOP');
    await refused(/another process/, claim(path, quick));
  });

  it('does not count where its number is another process’s by now', async () => {
    await changeNote({ pid: process.ppid, started: 1 });
    await (await claim(path)).release();
    await changeNote({ pid: process.pid, started: 1 }); // process 1 of the container that follows
    await (await claim(path)).release();
  });

  it('goes to one of many that find it dead, each time', async () => {
    const fighters = [1, 2, 3].map(() =>
      spawn(process.execPath, [childFile, 'fight', path, '40'], {
        stdio: ['ignore', 'inherit', 'inherit'],
      }),
    );
    children.push(...fighters);
    expect(await Promise.all(fighters.map((child) => once(child, 'close')))).toEqual(
      fighters.map(() => [0, null]),
    );
    const log = (await readFile(`${path}.log`, 'utf8')).trim().split('\n');
    expect([log.length, new Set(log)]).toEqual([120, new Set(['enter'])]);
  });

  it('of a process that was killed while it took over does not stand in the way', async () => {
    await changeNote({ pid: 999_999_999 });
    await writeFile(`${path}.pid.other`, await readFile(`${path}.pid`));
    await (await claim(path)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('whose writing was cut off counts as long as it could be written still', async () => {
    await writeFile(`${path}.pid`, '');
    await (await claim(path, quick)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes away with a process that exits without releasing it', async () => {
    const code = `import { claim } from '${join(builtForTests(), 'files/index.js')}'; await claim('${path}'); process.exit(3);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a claim of the earlier form, a number only', () => {
  it('counts while the process is there', async () => {
    await writeFile(`${path}.pid`, String(process.ppid));
    await refused(new RegExp(`another process \\(${process.ppid}\\), since`), claim(path));
    await writeFile(`${path}.pid`, '1');
    await refused(/another process \(1\)/, claim(path));
  });

  it.each(['999999999', '4294967297', '99999999999999999999'])(
    'does not count where there is no process %s',
    async (pid) => {
      await writeFile(`${path}.pid`, pid);
      await (await claim(path)).release();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it.runIf(process.platform === 'linux')('does not count where the process is younger than it', async () => {
    for (const pid of [process.pid, process.ppid]) {
      await writeFile(`${path}.pid`, String(pid));
      await utimes(`${path}.pid`, new Date(0), new Date(1_000_000_000));
      await (await claim(path)).release();
    }
  });
});

describe('a claim of another machine', () => {
  const elsewhere = { scope: 'another', host: 'far', pid: 7 };

  it('counts while it gives signs of life, whatever its clock says', async () => {
    await changeNote({ ...elsewhere, since: '2001-02-03T04:05:06.789Z' });
    const note = JSON.parse(await readFile(`${path}.pid`, 'utf8'));
    let beat = 0;
    const timer = setInterval(
      () => void writeFile(`${path}.pid`, JSON.stringify({ ...note, beat: ++beat })),
      quick.beat,
    );
    try {
      await refused(
        /another process \(7\) on far, since 2001-02-03 04:05:06 UTC: begin again/,
        claim(path, patient),
      );
    } finally {
      clearInterval(timer);
    }
  });

  it('that gives none any more does not count; the wait for it is said, and can be ended', async () => {
    await changeNote(elsewhere);
    const stop = new AbortController();
    const said: string[] = [];
    const attempt = claim(path, {
      ...quick,
      patience: 1e6,
      signal: stop.signal,
      onWait: (m) => said.push(m),
    });
    attempt.catch(() => {});
    while (said.length === 0) await sleep(5);
    stop.abort(new Error('enough'));
    await expect(attempt).rejects.toThrow('enough');
    await (await claim(path, { ...quick, onWait: (m) => said.push(m) })).release();
    expect(said).toEqual([
      `waiting up to 40000 s to see whether process 7 on far is still at work here (${path}.pid)`,
      `waiting up to 1 s to see whether process 7 on far is still at work here (${path}.pid)`,
    ]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that took over ends the one that slept, which leaves it alone', async () => {
    const held = await claim(path, quick);
    await rm(`${path}.pid`);
    const note = JSON.stringify({
      format: 'moviedreamer-claim-2',
      id: 'other',
      ...elsewhere,
      started: 1,
      since: '',
      beat: '',
    });
    await writeFile(`${path}.pid`, note);
    if (!held.lost.aborted) await once(held.lost, 'abort');
    expect(held.lost.reason).toBeInstanceOf(ClaimError);
    expect(held.lost.reason.message).toMatch(/another process \(7\) on far.*took over/);
    await held.release();
    expect(await readFile(`${path}.pid`, 'utf8')).toBe(note);
  });
});

describe.runIf(canUnshare)('a claim in a container', () => {
  it('is seen by its host, and its host’s by it', async () => {
    const { child } = await holder(true);
    await refused(/another process \(1\) in another container, since/, claim(path, patient));
    await kill(child);
    await sleep(quick.beat * 4); // the last sign of life may have been written just now
    const held = await claim(path, quick);
    expect((await holder(true)).said).toMatch(
      /^ClaimError: .*another process \(\d+\) in another container, since/,
    );
    await held.release();
  });

  it('that was killed does not stand in the way of the next, whose process is 1, too', async () => {
    await kill((await holder(true)).child);
    expect((await holder(true, quick.patience)).said).toBe('held');
  });
});
