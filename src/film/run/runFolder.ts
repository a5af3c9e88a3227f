import { mkdir, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import {
  type Claim,
  ClaimError,
  type ClaimOptions,
  checkOutputFolder,
  claim,
  explainDiskError,
  removeLeftovers,
  writeFileAtomically,
} from '../../files/index.ts';
import { hashFile } from '../../presets/index.ts';
import { type Script, scriptKey } from '../../script/index.ts';
import { RunError } from './runError.ts';
import { type Finished, type RunState, runFormat, runState } from './state.ts';

/** What one run writes into its folder, beside run.json. */
const ours = ['tokens.safetensors', 'keyframes', 'clips', 'movie.mp4', 'storyboard.html'];

/**
 * A film's folder. Files in it appear whole or not at all, and `run.json` says what each was made from, so a run that
 * is killed at any moment goes on where it was.
 */
export class RunFolder {
  readonly path: string;
  readonly state: RunState;

  private constructor(path: string, state: RunState) {
    this.path = path;
    this.state = state;
  }

  /**
   * Opens or begins the folder of a script's film, without writing yet. A folder belongs to the script file that it was
   * made from, or to one with the same content. Throws `RunError` for a folder that is another's, unless `force` takes
   * it over, and `OutputError` for one that cannot be written into.
   */
  static async open(
    path: string,
    script: Script,
    { force = false }: { force?: boolean } = {},
  ): Promise<RunFolder> {
    const folder = resolve(path);
    await checkOutputFolder(path);
    const own = {
      file: script.inMemory ? script.file : await realpath(script.file).catch(() => resolve(script.file)),
      key: scriptKey(script),
    };
    const fresh: RunState = {
      format: runFormat,
      versions: {},
      script: own,
      preset: '',
      weights: {},
      seed: 0,
      settings: {},
      shots: [],
    };
    const old = await readState(join(folder, 'run.json'), force ? undefined : '--force begins the film anew');
    if (!old) {
      if (!force) await checkEmpty(folder);
      return new RunFolder(folder, fresh);
    }
    if (old.script.file === own.file || old.script.key === own.key) {
      return new RunFolder(folder, { ...old, script: own });
    }
    if (force) return new RunFolder(folder, fresh);
    throw new RunError(
      `${folder} holds the film of another script, ${old.script.file}; give another --out folder, or --force to replace it`,
    );
  }

  /**
   * Opens the folder of a film that was made before, to look at: nothing in it is changed. Throws `RunError` where there
   * is no such folder, or no film in it.
   */
  static async read(path: string): Promise<RunFolder> {
    const folder = resolve(path);
    const state = await readState(join(folder, 'run.json'), 'make the film again with generate --force');
    if (state) return new RunFolder(folder, state);
    const isThere = await stat(folder).then(
      () => true,
      () => false,
    );
    throw new RunError(
      isThere
        ? `${folder} has no run.json, so it is not the folder of a film that generate made`
        : `there is no folder ${folder}; check the path`,
    );
  }

  /** Makes the folder this process's own until it is released. Throws `RunError` where it is another's. */
  async claim(options: ClaimOptions = {}): Promise<Claim> {
    try {
      await mkdir(this.path, { recursive: true });
      return await claim(join(this.path, 'run.json'), options);
    } catch (error) {
      if (error instanceof ClaimError) throw claimedBy(error);
      throw await explainDiskError(error, this.path);
    }
  }

  /** Makes the folder, clears what a killed run left half-written and what a longer script left behind. */
  async prepare(shots: number): Promise<void> {
    const { state } = this;
    await mkdir(this.path, { recursive: true });
    state.shots.length = Math.min(state.shots.length, shots);
    while (state.shots.length < shots) state.shots.push({ take: 0, settings: {} });
    await this.save();
    for (const folder of [this.path, join(this.path, 'keyframes'), join(this.path, 'clips')]) {
      for (const name of await readdir(folder).catch(() => [])) {
        const number = /^(\d{4,})\.(png|mp4)$/.exec(name)?.[1];
        const isBeyond = folder !== this.path && number !== undefined && Number(number) > shots;
        if (isBeyond) await rm(join(folder, name), { force: true });
      }
      await removeLeftovers(folder).catch(() => {}); // no such folder yet
    }
  }

  /** Writes run.json. */
  async save(): Promise<void> {
    await writeFileAtomically(join(this.path, 'run.json'), `${JSON.stringify(this.state, null, 2)}\n`);
  }

  /** Records a finished file of a shot (from 0). */
  async finish(shot: number, part: 'keyframe' | 'clip', key: string): Promise<void> {
    const path = part === 'keyframe' ? this.keyframe(shot) : this.clip(shot);
    const state = this.state.shots[shot];
    if (state) state[part] = { key, sha256: (await hashFile(path)) ?? '' };
    await this.save();
  }

  /** Whether a file is there, unchanged, and was made from what the key says. */
  async isDone(path: string, key: string, done: Finished | undefined): Promise<boolean> {
    return done?.key === key && (await hashFile(path)) === done.sha256;
  }

  get tokens(): string {
    return join(this.path, 'tokens.safetensors');
  }
  get movie(): string {
    return join(this.path, 'movie.mp4');
  }
  get storyboard(): string {
    return join(this.path, 'storyboard.html');
  }
  /** Path of a shot's (from 0) keyframe. */
  keyframe(shot: number): string {
    return join(this.path, 'keyframes', `${shotName(shot)}.png`);
  }
  clip(shot: number): string {
    return join(this.path, 'clips', `${shotName(shot)}.mp4`);
  }
}

/** The same as a `RunError`. */
export const claimedBy = (error: ClaimError): RunError =>
  new RunError(error.message, { code: 'RUN_CLAIMED', cause: error });

/** Shot 0 is `0001`. */
export const shotName = (shot: number): string => String(shot + 1).padStart(4, '0');

async function checkEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const taken = names.find((name) => ours.includes(name));
  if (taken === undefined) return;
  throw new RunError(
    `${folder} has a ${taken}, but no run.json that says what it was made from; give another --out folder, or --force to replace it`,
  );
}

/** Undefined where there is none; a damaged one is an error that ends with `fix`, without which it counts as none. */
async function readState(path: string, fix: string | undefined): Promise<RunState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    return runState.parse(JSON.parse(text));
  } catch (error) {
    if (fix === undefined) return undefined;
    const what = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new RunError(`${path} is damaged or of another version (${what}); ${fix}`, {
      cause: error,
    });
  }
}

/** The name of the script's file, for films without a title. */
export const fallbackTitle = (script: Script): string => basename(script.file).replace(/\.[^.]+$/, '');
