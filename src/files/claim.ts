import { readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, logOf, MovieDreamerError } from '../base/index.ts';
import { type ClaimNote, newId, noteText, readNote, refusal } from './claimNote.ts';

/** A file or folder that another process is at work on. */
export class ClaimError extends MovieDreamerError {
  static override readonly kind: string = 'ClaimError';
  static override readonly code: ErrorCode = 'CLAIM_HELD';
}

export interface ClaimOptions {
  /** Called once where it takes longer to find out whether another holder is still at work. */
  readonly onWait?: ((message: string) => void) | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two signs of life of a holder. Default 2000. */
  readonly beat?: number;
  /** Signs of life that are missed until a holder out of sight counts as ended. Default 15, half a minute. */
  readonly patience?: number;
}

/** What a process has claimed. */
export interface Claim {
  /** Fires with a ClaimError when another process took over: because this one gave no sign of life for too long. */
  readonly lost: AbortSignal;
  /** Ends it; more than once does no harm. */
  release(): Promise<void>;
}

const log = logOf('files');
const BEAT = 2000;
const PATIENCE = 15;

/**
 * Claims a file for this process with a note beside it (`<path>.pid`), so that two processes do not make it at once.
 *
 * A claim whose holder ended does not count. A holder on this machine is asked for by its number and its start; one out
 * of sight (another container, another machine that shares the disk) gives signs of life in its note, and counts as
 * ended when none came for `patience` beats. They are counted, not timed: no clock is compared with another, and a
 * machine that slept has missed none. A holder that slept finds its claim taken, see `lost`.
 *
 * @throws ClaimError where another process holds it, with who, since when, and the note's path.
 */
export async function claim(path: string, options: ClaimOptions = {}): Promise<Claim> {
  const note = `${path}.pid`;
  const held = await acquire(note, options, (found) => {
    throw new ClaimError(refusal(path, note, found));
  });
  await removeRemains(note).catch((error) =>
    log.warn('claims of ended processes stay', { error: String(error) }),
  );
  return held;
}

/** Clears away what processes left that were killed while they took a claim over. */
async function removeRemains(note: string): Promise<void> {
  const folder = dirname(note);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(note)}.`)) continue;
    const found = await readNote(join(folder, name));
    if (found?.liveness === 'ended') await rm(join(folder, name), { force: true });
  }
}

/** Makes the note this process's own; `onHeld` is called where a living process has it, and may throw. */
async function acquire(
  note: string,
  options: ClaimOptions,
  onHeld: (found: ClaimNote) => void,
): Promise<Held> {
  for (;;) {
    options.signal?.throwIfAborted();
    const created = await Held.create(note, options);
    if (created) return created;
    const found = await readNote(note);
    if (found === undefined) continue; // released just now
    const liveness = found.liveness === 'unknown' ? await watch(note, found, options) : found.liveness;
    if (liveness === 'running') {
      onHeld(found);
      await pause(POLL, options.signal);
    } else if (liveness === 'ended') {
      const taken = await takeOver(note, found, options);
      if (taken) return taken;
    }
  }
}

/** @throws the signal's reason. */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

/** Milliseconds between two looks at a note of which somebody is about to let go. */
const POLL = 20;

/**
 * Replaces a dead note. Whoever has the right to replace this very note holds a claim of its own, named by the note's id:
 * so of many that found it dead one only replaces it, and none replaces what came after it.
 */
async function takeOver(note: string, dead: ClaimNote, options: ClaimOptions): Promise<Held | undefined> {
  const right = await acquire(`${note}.${dead.id.slice(0, 24)}`, options, () => {});
  try {
    const now = await readNote(note);
    if (now?.id !== dead.id) return undefined;
    log.info('took over a claim whose holder ended', { note, ...dead.holder });
    return await Held.replace(note, options);
  } finally {
    await right.release();
  }
}

/** Looks for signs of life of a holder out of sight; undefined where the note is another one by now. */
async function watch(
  note: string,
  found: ClaimNote,
  { beat = BEAT, patience = PATIENCE, signal, onWait }: ClaimOptions,
): Promise<'running' | 'ended' | undefined> {
  const LOOKS = 4; // in a beat: by then a living holder is known
  for (let look = 1; look <= patience * LOOKS; look++) {
    await pause(beat / LOOKS, signal);
    const now = await readNote(note);
    if (now?.id !== found.id) return undefined;
    if (now.beat !== found.beat) return now.holder === undefined ? undefined : 'running';
    if (look === LOOKS * 2) onWait?.(waiting(note, found, (beat * patience) / 1000));
  }
  return 'ended';
}

function waiting(note: string, { holder }: ClaimNote, seconds: number): string {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  return `waiting up to ${Math.ceil(seconds)} s to see whether ${who} is still at work here (${note})`;
}

/** Notes that this process holds: removed when it exits without having released them. */
const heldNow = new Map<string, string>();

function removeAll(): void {
  for (const [note, id] of heldNow) {
    try {
      if (JSON.parse(readFileSync(note, 'utf8')).id === id) rmSync(note, { force: true });
    } catch {} // gone, or another's: then it is not ours to remove
  }
}

class Held implements Claim {
  private readonly note: string;
  private readonly id = newId();
  private readonly since: string = new Date().toISOString();
  private readonly ended = new AbortController();
  private file: FileHandle | undefined;
  private timer: NodeJS.Timeout | undefined;
  private beats = 0;
  private working: Promise<void> | undefined;

  private constructor(note: string) {
    this.note = note;
  }

  /** Undefined where there is a note already. */
  static async create(note: string, options: ClaimOptions): Promise<Held | undefined> {
    const held = new Held(note);
    try {
      await held.write(note);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
      throw error;
    }
    return held.begin(options);
  }

  /** Puts a note in the place of one that is there. */
  static async replace(note: string, options: ClaimOptions): Promise<Held> {
    const held = new Held(note);
    const temporary = `${note}.${held.id}`;
    try {
      await held.write(temporary);
      await rename(temporary, note);
    } catch (error) {
      await held.file?.close();
      await rm(temporary, { force: true });
      throw error;
    }
    return held.begin(options);
  }

  get lost(): AbortSignal {
    return this.ended.signal;
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
    const { file } = this;
    if (file === undefined) return;
    this.file = undefined;
    heldNow.delete(this.note);
    if (heldNow.size === 0) process.off('exit', removeAll);
    try {
      await file.close();
      if ((await readNote(this.note))?.id === this.id) await rm(this.note, { force: true });
    } catch (error) {
      log.warn('a claim stays until its process ends', { note: this.note, error: String(error) });
    }
  }

  /** Writes the note where there is none, and keeps it open: signs of life go to this file, never to one that replaced it. */
  private async write(path: string): Promise<void> {
    const file = await open(path, 'wx');
    try {
      await file.write(noteText(this.id, this.since, 0), 0);
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    this.file = file;
  }

  private begin({ beat = BEAT }: ClaimOptions): Held {
    if (heldNow.size === 0) process.on('exit', removeAll);
    heldNow.set(this.note, this.id);
    this.timer = setInterval(() => {
      this.working ??= this.beat().finally(() => {
        this.working = undefined;
      });
    }, beat).unref();
    return this;
  }

  /** A sign of life, where the claim is still this one's. */
  private async beat(): Promise<void> {
    if (this.file === undefined || this.lost.aborted) return;
    try {
      const found = await readNote(this.note);
      if (found !== undefined && found.id !== this.id) return this.lose(found);
      await this.file.write(noteText(this.id, this.since, ++this.beats), 0);
    } catch (error) {
      log.warn('no sign of life could be written', { note: this.note, error: String(error) }); // the next may be
    }
  }

  private lose(by: ClaimNote): void {
    clearInterval(this.timer);
    const path = this.note.replace(/\.pid$/, '');
    const message = `${refusal(path, this.note, by)}. It took over while this process gave no sign of life`;
    this.ended.abort(new ClaimError(message));
  }
}
