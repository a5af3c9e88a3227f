import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import {
  isRunning,
  isThisProcess,
  type Liveness,
  livenessOf,
  type ProcessIdentity,
  startTime,
  thisProcess,
} from './processIdentity.ts';

const FORMAT = 'moviedreamer-claim-2';

/** What a claim's file says: who holds it, and a counter that goes on as long as the holder is at work. */
export interface ClaimNote {
  /** Of one claim only. */
  readonly id: string;
  /** Undefined where the file says nothing yet: it is being written, or its writer was killed in between. */
  readonly holder: (ProcessIdentity & { readonly since: string }) | undefined;
  /** Changes while the holder lives. */
  readonly beat: string;
  /** What can be said of the holder without waiting. */
  readonly liveness: Liveness;
}

/** The file's text of a claim of this process. All of one claim's texts have one length: each overwrites the one before. */
export function noteText(id: string, since: string, beat: number): string {
  const note = { format: FORMAT, id, ...thisProcess(), since, beat: String(beat).padStart(10, '0') };
  return `${JSON.stringify(note)}\n`;
}

export const newId = (): string => randomUUID();

/** Reads a claim's file; undefined where there is none. */
export async function readNote(path: string): Promise<ClaimNote | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r'); // opened anew each time: on network disks that is when news arrive
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const text = await file.readFile('utf8');
    const { mtimeMs, ino } = await file.stat();
    return parse(text) ?? old(text, mtimeMs, ino);
  } finally {
    await file.close();
  }
}

function parse(text: string): ClaimNote | undefined {
  try {
    const note = JSON.parse(text);
    if (note.format !== FORMAT || typeof note.id !== 'string') return undefined;
    const { id, host, scope, pid, started, since, beat } = note;
    const holder = { host: String(host), scope: String(scope), pid, started, since: String(since) };
    return { id, holder, beat: String(beat), liveness: livenessOf(holder) };
  } catch {
    return undefined;
  }
}

/**
 * A file that is none of `noteText`: earlier versions wrote the number of their process and nothing else. Such a number
 * counts as long as a process of this machine has it that was there before the file.
 */
function old(text: string, written: number, ino: number): ClaimNote {
  const id = `old-${ino}-${Math.round(written)}`;
  const beat = `${written}-${text.length}`;
  if (!/^\d+\s*$/.test(text)) return { id, holder: undefined, beat, liveness: 'unknown' };
  const pid = Number(text);
  const SLACK = 5000; // of the clocks of disk and machine
  const started = startTime(pid);
  const isLater = started !== undefined && started > written + SLACK;
  const liveness = isRunning(pid) && !isLater ? 'running' : 'ended';
  const self = thisProcess();
  const holder = {
    ...self,
    pid,
    started: pid === self.pid ? self.started : 0,
    since: new Date(written).toISOString(),
  };
  return { id, holder, beat, liveness };
}

/** Who is at work, since when, and what to do about it. */
export function refusal(path: string, note: string, { holder }: ClaimNote): string {
  if (holder === undefined) return `${path} is being made by another process; if not, remove ${note}`;
  const since = `since ${holder.since.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}`;
  if (isThisProcess(holder)) return `${path} is being made by this process already, ${since} (${note})`;
  const self = thisProcess();
  const isSeen = holder.scope === self.scope;
  const where = isSeen ? '' : holder.host === self.host ? ' in another container' : ` on ${holder.host}`;
  return (
    `${path} is being made by another process (${holder.pid})${where}, ${since}: begin again when it is done. If that ` +
    `process is something else, remove ${note}`
  );
}
