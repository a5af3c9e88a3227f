import { mkdir, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
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
import { type Script, scriptKey, shotFileName } from '../../script/index.ts';
import { type Job, recordOf } from '../jobs.ts';
import { parseRunState, salvageRunState } from './migrations.ts';
import { clipPath, keyframePath, moviePath, takePath, tokensPath } from './paths.ts';
import { RunError } from './runError.ts';
import {
  type Finished,
  type RunState,
  runFormat,
  runState,
  type ShotState,
  type TakeState,
} from './state.ts';

/** What one run writes into its folder, beside run.json. */
const ours = ['tokens.safetensors', 'keyframes', 'takes', 'clips', 'movie.mp4', 'storyboard.html'];

export interface OpenRunOptions {
  /** Takes over a folder that is another film's; its seed stays. */
  readonly force?: boolean | undefined;
  /** Takes over what is still valid in a damaged run.json. */
  readonly repair?: boolean | undefined;
}

/**
 * A film's folder. Files in it appear whole or not at all, and `run.json` says what each was made from, so a run that
 * is killed at any moment goes on where it was.
 */
export class RunFolder {
  readonly path: string;
  state: RunState;

  /** The text of a run.json that was damaged, until it is set aside. */
  private readonly damaged: string | undefined;

  private saving: Promise<void> = Promise.resolve();

  private constructor(path: string, state: RunState, damaged?: string) {
    this.path = path;
    this.state = state;
    this.damaged = damaged;
  }

  /**
   * Opens or begins the folder of a script's film, without writing yet. A folder belongs to the script file that it was
   * made from, or to one with the same content.
   * @throws RunError for a folder that is another's, unless `force` takes it over; for a run.json that is damaged, unless
   * `repair` takes over what can be read, or of a later version. OutputError for one that cannot be written into
   */
  static async open(
    path: string,
    script: Script,
    { force = false, repair = false }: OpenRunOptions = {},
  ): Promise<RunFolder> {
    const folder = resolve(path);
    await checkOutputFolder(path);
    const own = {
      file: script.inMemory ? script.file : await realpath(script.file).catch(() => resolve(script.file)),
      key: scriptKey(script),
    };
    const fresh = (seed = 0): RunState => ({
      format: runFormat,
      versions: {},
      script: own,
      preset: '',
      weights: {},
      seed,
      settings: {},
      shots: [],
    });
    const file = join(folder, 'run.json');
    const text = await textOf(file);
    if (text === undefined) {
      if (!force && !repair) await checkEmpty(folder);
      return new RunFolder(folder, fresh());
    }
    let old: RunState;
    try {
      old = parseRunState(text, file);
    } catch (error) {
      if (repair)
        return new RunFolder(folder, { ...salvageRunState(text, file, fresh()), script: own }, text);
      if (force) return new RunFolder(folder, fresh());
      throw error;
    }
    if (old.script.file === own.file || old.script.key === own.key) {
      return new RunFolder(folder, { ...old, script: own });
    }
    if (force) return new RunFolder(folder, fresh(old.seed));
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
    const file = join(folder, 'run.json');
    const text = await textOf(file);
    if (text !== undefined) return new RunFolder(folder, parseRunState(text, file));
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

  /**
   * Makes the folder with this state, and clears what a killed run left half-written and the files of shots that are not in
   * the film any more.
   */
  async begin(state: RunState, removed: readonly ShotState[]): Promise<void> {
    await mkdir(this.path, { recursive: true });
    if (this.damaged !== undefined)
      await writeFileAtomically(join(this.path, 'run.damaged.json'), this.damaged);
    const stay = new Set(state.shots.map(({ id }) => shotFileName(id)));
    const gone = new Set(removed.map(({ id }) => shotFileName(id)));
    for (const folder of [this.path, join(this.path, 'keyframes'), join(this.path, 'clips')]) {
      for (const name of await readdir(folder).catch(() => [])) {
        const [, shot] = /^(.+)\.(png|mp4)$/.exec(name) ?? [];
        const isShot = folder !== this.path && shot !== undefined && !stay.has(shot);
        const isLeft = isShot && (gone.has(shot) || /^\d{4,}[a-z]*$/.test(shot));
        if (isLeft) await rm(join(folder, name), { force: true });
      }
      await removeLeftovers(folder).catch(() => {}); // no such folder yet
    }
    this.state = state;
    await this.save();
    await this.removeTakes(new Set([...stay, ...gone]));
  }

  /** Removes takes that no shot has any more; pictures of other names are the user's. */
  private async removeTakes(shots: ReadonlySet<string>): Promise<void> {
    const folder = join(this.path, 'takes');
    const kept = this.state.shots.flatMap(({ id, takes = [] }) =>
      takes.map(({ take }) => takePath(id, take)),
    );
    for (const name of await readdir(folder).catch(() => [])) {
      const [, shot = ''] = /^(.+)-\d+\.png$/.exec(name) ?? [];
      const isOurs = shots.has(shot) || /^\d{4,}[a-z]*$/.test(shot);
      if (isOurs && !kept.includes(`takes/${name}`)) await rm(join(folder, name), { force: true });
    }
    await removeLeftovers(folder).catch(() => {}); // no such folder
  }

  /** Copies takes to where the film has its keyframes. */
  async restore(takes: readonly { readonly from: string; readonly to: string }[]): Promise<void> {
    for (const { from, to } of takes)
      await writeFileAtomically(join(this.path, to), await readFile(join(this.path, from)));
  }

  /** Writes run.json; calls at the same time write one after the other. */
  save(): Promise<void> {
    const saved = this.saving.then(() => this.write());
    this.saving = saved.catch(() => {}); // its caller is told
    return saved;
  }

  private async write(): Promise<void> {
    const ordered = runState.parse(this.state); // the same state is the same bytes
    await writeFileAtomically(join(this.path, 'run.json'), `${JSON.stringify(ordered, null, 2)}\n`);
  }

  /**
   * Records a take that lies beside the film's keyframes: it is not shown yet.
   * @param job its `output` is the take's path
   */
  async finishTake(job: Job, take: Omit<TakeState, 'keyframe'>, provenance?: unknown): Promise<void> {
    const shot = this.state.shots.find(({ id }) => id === job.shot) as ShotState;
    const sha256 = (await hashFile(this.pathOf(job))) ?? '';
    const keyframe = finishedBy(job, { sha256, ...(provenance === undefined ? {} : { provenance }) });
    const others = (shot.takes ?? []).filter((one) => one.take !== take.take);
    shot.takes = [...others, { ...take, keyframe }].sort((a, b) => a.take - b.take);
    this.forget(job);
    await this.save();
  }

  /** Records what a job has made. */
  async finish(job: Job, provenance?: unknown): Promise<void> {
    const sha256 = (await hashFile(this.pathOf(job))) ?? '';
    this.record(job, { sha256, ...(provenance === undefined ? {} : { provenance }) });
    this.forget(job);
    await this.save();
  }

  /** Forgets the order of a job whose result is here. */
  private forget({ id }: Job): void {
    const { [id]: _, ...orders } = this.state.orders ?? {};
    this.state.orders = Object.keys(orders).length > 0 ? orders : undefined;
  }

  /** Notes what a file that a job would make was made from; `save` writes it. */
  record(job: Job, made: Pick<Finished, 'sha256' | 'provenance'>): void {
    const finished = finishedBy(job, made);
    if (job.kind === 'movie') this.state.movie = finished;
    const shot = this.state.shots.find(({ id }) => id === job.shot);
    if (shot && (job.kind === 'keyframe' || job.kind === 'clip')) shot[job.kind] = finished;
  }

  /** What is recorded of a job's file. */
  finished({ kind, shot }: Pick<Job, 'kind' | 'shot'>): Finished | undefined {
    if (kind === 'movie') return this.state.movie;
    if (kind === 'tokens') return undefined;
    return this.state.shots.find(({ id }) => id === shot)?.[kind];
  }

  pathOf({ output }: Pick<Job, 'output'>): string {
    return join(this.path, output);
  }

  get tokens(): string {
    return join(this.path, tokensPath);
  }
  get movie(): string {
    return join(this.path, moviePath);
  }
  get storyboard(): string {
    return join(this.path, 'storyboard.html');
  }
  /** Path of the keyframe of a shot, given by its place from 0. */
  keyframe(index: number): string {
    return join(this.path, keyframePath(this.idAt(index)));
  }
  clip(index: number): string {
    return join(this.path, clipPath(this.idAt(index)));
  }

  private idAt(index: number): string {
    const id = this.state.shots[index]?.id;
    if (id === undefined) throw new RangeError(`${this.path}: there is no shot with the index ${index}`);
    return id;
  }
}

/** What is kept of a job's file. */
const finishedBy = (job: Job, { sha256, provenance }: Pick<Finished, 'sha256' | 'provenance'>): Finished => ({
  key: job.key as string,
  sha256,
  inputs: recordOf(job.inputs),
  ...(provenance === undefined ? {} : { provenance }),
});

/** The same as a `RunError`. */
export const claimedBy = (error: ClaimError): RunError =>
  new RunError(error.message, { code: 'RUN_CLAIMED', cause: error });

async function checkEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const taken = names.find((name) => ours.includes(name));
  if (taken === undefined) return;
  throw new RunError(
    `${folder} has a ${taken}, but no run.json that says what it was made from; give another --out folder, or --force to replace it`,
  );
}

/** A file's text; undefined where there is none. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
