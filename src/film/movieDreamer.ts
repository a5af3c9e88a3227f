import { createRequire } from 'node:module';
import { join } from 'node:path';
import { logOf } from '../base/index.ts';
import type { OptionChecks } from '../base/optionChecks.ts';
import { pump } from '../base/pump.ts';
import { readConfig } from '../checkpoints/index.ts';
import { explainDiskError, logFromEnvironment } from '../files/index.ts';
import type { Precision } from '../graph/index.ts';
import { LeasedModels, ModelLoader, ModelPool, planMemory, releaseAll } from '../inference/index.ts';
import { type Image, videoBackend } from '../media/index.ts';
import {
  borrowedNotice,
  type FilmPart,
  type ModelName,
  modelsOf,
  Preset,
  packageRoot,
} from '../presets/index.ts';
import { type DeviceName, WorkerHost } from '../runtime/index.ts';
import type { Script } from '../script/index.ts';
import { type AnimateOptions, animateChecks, animatePicture } from './animate.ts';
import { checkCapabilities, priceOf, timeOf } from './capabilities.ts';
import {
  checkAnimateOptions,
  checkDreamOptions,
  checkLoadOptions,
  dreamChecks,
  loadChecks,
} from './checkDreamOptions.ts';
import { cutNotices } from './cutNotices.ts';
import { type DreamEvent, type DreamStage, dreamStages, type SettingInEffect } from './events.ts';
import { type FilmFacts, needsOurs, readFacts } from './facts.ts';
import type { Job } from './jobs.ts';
import { localClipMaker, localKeyframeMaker } from './localMakers.ts';
import type { OwnMakers } from './makers.ts';
import type { MakerVariants } from './makerVariants.ts';
import { checkOptions, type DreamOptions, idsOf, settingsInEffect } from './options.ts';
import { type PlanOptions, plan } from './plan.ts';
import { type PreparedFilm, prepareFilm } from './prepareFilm.ts';
import { checkSteps } from './run/checkSteps.ts';
import { claimFolder } from './run/claimFolder.ts';
import { spent } from './run/orders.ts';
import { clipPath, keyframePath, moviePath, takePath } from './run/paths.ts';
import { RunError } from './run/runError.ts';
import { claimedBy, RunFolder } from './run/runFolder.ts';
import { type RunState, shotLabel } from './run/state.ts';
import type { ShotTokens } from './run/tokenFile.ts';
import { checksStage } from './stages/checks.ts';
import { clipsStage } from './stages/clips.ts';
import { type FilmRun, jobsOf } from './stages/filmRun.ts';
import { keyframesStage } from './stages/keyframes.ts';
import { movieStage } from './stages/movie.ts';
import { takesStage } from './stages/takes.ts';
import { tokensStage } from './stages/tokens.ts';
import { writeFilmStoryboard } from './storyboard.ts';
import { unknownNotice } from './vocabulary.ts';
import { withoutUndefined } from './withoutUndefined.ts';

/** Options of `MovieDreamer.load`. */
export interface LoadDreamerOptions {
  /** Default 'cpu'. */
  readonly device?: DeviceName;
  /** 'float16': half precision, on devices that compute in it; the VAE stays in float32. Default 'float32'. */
  readonly precision?: Precision;
  /** Folder of the weights; by default the package's `weights/<preset>`. */
  readonly weights?: string;
  /** Threads of the CPU; all by default. */
  readonly threads?: number;
  /**
   * Keeps models in memory from one film to the next, until `close`. Default true. Where memory is planned (a preset with a
   * memory.json), every stage loads its models and releases them in any case.
   */
  readonly keepModels?: boolean;
  /**
   * Who makes keyframes and clips in place of the preset's own models. A maker loads what it needs when it is first asked, and
   * is disposed of after each stage. Default: the preset's own.
   */
  readonly makers?: OwnMakers;
}

/** What `dream` would do. */
export interface PlannedFilm {
  /** Everything that the film consists of, in the order in which it is made, with what has to be done. */
  readonly jobs: readonly Job[];
  /** Ids of the shots in the order of the script. */
  readonly ids: readonly string[];
  /** The run folder. */
  readonly folder: string;
  /** Paths, below the folder, that would be removed because their shots are not in the script any more. */
  readonly removed: readonly string[];
  /** Settings whose values differ from the preset's. */
  readonly settings: readonly SettingInEffect[];
  /** Messages for the user: shots that were inserted, removed or moved, and tokens that are kept. */
  readonly notices: readonly string[];
  /** What would be ordered from models elsewhere, at most; empty where the preset's own make all. */
  readonly orders: readonly PlannedOrders[];
  /** What all earlier orders cost. */
  readonly spent: number;
}

/** Requests to a model elsewhere. */
export interface PlannedOrders {
  /** What is ordered. */
  readonly kind: 'keyframe' | 'clip';
  /** The maker's id. */
  readonly maker: string;
  /** Requests, at most. */
  readonly calls: number;
  /** Of all of them. */
  readonly price: number;
  /** Seconds that they take together, at most; null where the models' times are not known. */
  readonly seconds: number | null;
}

const log = logOf('film');

/** A check for every option: one without does not compile. */
const typesOf: { dream: OptionChecks<DreamOptions>; load: OptionChecks<LoadDreamerOptions> } = {
  dream: dreamChecks,
  load: loadChecks,
};

/** What a film begins with. */
interface Opened {
  readonly folder: RunFolder;
  readonly loader: ModelLoader;
  /** The models of the stages that are asked for. */
  readonly needed: readonly ModelName[];
  /** Whether memory is planned: then stages do not keep models for each other. */
  readonly isPlanned: boolean;
  readonly facts: FilmFacts;
  readonly film: PreparedFilm;
}

/** Makes films from scripts: the paper's stages one after the other. */
export class MovieDreamer implements AsyncDisposable {
  /** The preset that was opened. */
  readonly preset: Preset;
  private readonly host: WorkerHost;
  private readonly pool = new ModelPool();
  private readonly keepModels: boolean;
  private readonly own: OwnMakers | undefined;
  private readonly variants: MakerVariants;

  private constructor(
    preset: Preset,
    host: WorkerHost,
    { keepModels = true, makers }: Pick<LoadDreamerOptions, 'keepModels' | 'makers'>,
    variants: MakerVariants,
  ) {
    this.own = makers;
    this.variants = variants;
    this.preset = preset;
    this.host = host;
    this.keepModels = keepModels;
  }

  /**
   * Opens a preset and the device. Weights are looked for when a film needs them.
   * @param preset name (`theatre`) or folder
   * @throws {RunError} when an option has another type or an unknown name.
   * @throws {PresetError} when there is no such preset or its configs cannot be read.
   * @throws {DeviceError} when the device is not available or does not compute in the precision.
   */
  static load(preset: string, options: LoadDreamerOptions = {}): Promise<MovieDreamer> {
    return MovieDreamer.loadVariant(preset, options, {});
  }

  /**
   * As `load`, with other ways to run the preset's models.
   * @internal
   */
  static async loadVariant(
    preset: string,
    options: LoadDreamerOptions,
    variants: MakerVariants,
  ): Promise<MovieDreamer> {
    checkLoadOptions(preset, options, typesOf.load);
    const { device, precision, weights, threads } = options;
    logFromEnvironment();
    const opened = await Preset.open(preset, withoutUndefined({ weights }));
    const host = await WorkerHost.start(withoutUndefined({ device, precision, threads }));
    return new MovieDreamer(opened, host, options, variants);
  }

  /**
   * Says what `dream` would do with the same arguments: every job with its key, and why it has to be done. Reads the run
   * folder and hashes weights; writes nothing and loads no model.
   * @throws the errors that `dream` throws before it writes anything.
   */
  async plan(script: Script, options: DreamOptions): Promise<PlannedFilm> {
    const { folder, facts, film } = await this.open(script, options);
    return {
      jobs: film.plan.jobs,
      ids: film.state.shots.map(shotLabel),
      folder: folder.path,
      removed: film.removed
        .flatMap(({ id }) => [keyframePath(id), clipPath(id)])
        .filter((path) => facts.files.has(path)),
      settings: settingsInEffect(film.state, options, facts),
      notices: film.notices,
      orders: plannedOrders(script, film, facts, options.takes),
      spent: spent(film.state),
    };
  }

  /**
   * Makes a script's film, or brings it up to date. Same script, seed, settings and weights give the same bytes,
   * however often it was stopped on the way. What is finished when an error is thrown stays in the run folder.
   *
   * Before anything is written:
   * @throws {RunError} when an option has a wrong type or value, when the run folder has the film of another script, is damaged,
   * or is of a newer version, or when a shot that `shots` or `reroll` names does not exist.
   * @throws {PresetError} when the preset lacks a model or its weights, or `memory` is too small for it.
   * @throws {ConfigError} when a config of a model has an invalid or unsupported value.
   * @throws {CheckpointError} when weights do not match their model.
   * @throws {VideoError} when clips are asked for and there is no FFmpeg. Later also when it fails.
   * @throws {ClaimError} when another process works in the run folder.
   *
   * On the way:
   * @throws {PictureError} when a portrait, a reference or a keyframe of the folder cannot be decoded.
   * @throws {SessionError} when a model cannot be loaded or run, for example for lack of memory.
   * @throws {OutputError} when a file cannot be written.
   * @throws the reason of `signal` when it is aborted.
   */
  async *dream(script: Script, options: DreamOptions): AsyncGenerator<DreamEvent, void, void> {
    let opened = await this.open(script, options);
    const { stage = 'movie', previews = false, budget, takes = 1, keepLater } = options;
    const { needed } = opened;
    if (stage === 'clips' || stage === 'movie') await videoBackend(); // a missing FFmpeg shows before the work
    const borrowed = borrowedNotice(this.preset, needed);
    if (borrowed) yield { type: 'notice', message: borrowed };
    yield* cutNotices(opened.loader, script, indicesOf(opened, options));
    const unknown = await unknownNotice(this.preset, script);
    if (unknown) yield { type: 'notice', message: unknown };
    const claimed = yield* claimFolder(opened.folder, options.signal);
    const signal = options.signal ? AbortSignal.any([options.signal, claimed.lost]) : claimed.lost;
    try {
      opened = await this.openedAgain(opened, script, options);
      const { folder, loader, isPlanned, facts, film } = opened;
      await folder.begin(
        { ...film.state, models: this.own?.record, preset: this.preset.name, versions: await versions() },
        film.removed,
      );
      await folder.restore(film.restored);
      const settings = settingsInEffect(film.state, options, facts);
      if (settings.length > 0) yield { type: 'settings', settings };
      for (const message of film.notices) yield { type: 'notice', message };
      if (isPlanned) await this.pool.releaseIdle();
      yield* pump<DreamEvent>(signal, async (emit, stop) => {
        const onProgress = (model: string, done: number, total: number): void =>
          emit({ type: 'prepare', model, done, total });
        await loader.prepare(needed, { onProgress, signal: stop });
      });
      log.debug('making a film', {
        folder: folder.path,
        stage,
        seed: folder.state.seed,
        weights: this.preset.weightsFolder,
      });
      const models = new LeasedModels(loader, this.pool, { keep: this.keepModels && !isPlanned });
      const makers = makersOf(models, facts, this.own, this.variants);
      const { plan, inserted } = film;
      const only = idsOf('shots', options.shots, folder.state.shots);
      const parts = {
        plan,
        facts,
        models,
        isPlanned,
        makers,
        inserted,
        only: only && new Set(only),
        previews,
        budget,
        signal,
      };
      yield* stages({ script, folder, ...parts }, stage, { takes, keepLater });
      log.debug('done', { folder: folder.path });
      folder.state.rerolling = undefined;
      await folder.save();
    } catch (error) {
      if (claimed.lost.aborted) throw claimedBy(claimed.lost.reason);
      if (signal.aborted) throw signal.reason;
      throw await explainDiskError(error, opened.folder.path);
    } finally {
      await claimed.release();
    }
  }

  /**
   * Animates one picture as the clip of a film's first shot (paper 3.5): an H.264 MP4 without sound. Same picture, options and
   * weights give the same bytes.
   * @param picture cut and resized to the size of the preset's keyframes where it has another
   * @param path of the file, which appears whole or not at all
   * @throws {RunError} when an option has a wrong type or value.
   * @throws {PresetError} when the preset lacks the animator or its weights.
   * @throws {VideoError} when there is no FFmpeg, or it fails.
   * @throws {SessionError} when a model cannot be loaded or run.
   * @throws the reason of `signal` when it is aborted.
   */
  async animate(picture: Image, path: string, options: AnimateOptions = {}): Promise<void> {
    checkAnimateOptions(options, animateChecks);
    await videoBackend(); // a missing FFmpeg shows before the work
    const planned = await planMemory(this.preset, {
      ...{ budget: undefined, last: 'clips', device: this.host.device },
    });
    const loader = new ModelLoader(this.preset, this.host, planned?.plan);
    const needed = await modelsOf(this.preset, ['clip']);
    await loader.check(needed);
    await loader.prepare(needed, { onProgress: () => {}, signal: options.signal });
    if (planned) await this.pool.releaseIdle();
    const models = new LeasedModels(loader, this.pool, { keep: this.keepModels && !planned });
    await animatePicture(models, picture, path, options);
  }

  /** Frees all models and ends the worker. An idle one does not keep the process alive. */
  async close(): Promise<void> {
    await releaseAll([() => this.pool[Symbol.asyncDispose]()]).finally(() => this.host.close());
  }

  /** Calls `close`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Reads all that a film begins with; writes nothing. */
  private async open(script: Script, options: DreamOptions): Promise<Opened> {
    checkDreamOptions(script, options, typesOf.dream);
    checkOptions(script, options);
    const { out, stage = 'movie', force, repair, resetSettings } = options;
    const folder = await RunFolder.open(out, script, { force, repair });
    const memory = resetSettings ? undefined : folder.state.settings.memory;
    const planned = await planMemory(this.preset, {
      budget: options.memory ?? memory,
      last: stage === 'movie' ? 'clips' : stage,
      device: this.host.device,
    });
    const loader = new ModelLoader(this.preset, this.host, planned?.plan);
    const needed = await modelsOf(this.preset, partsOf(script, stage, this.own));
    await loader.check(needed);
    const facts = await readFacts(script, folder.path, loader, {
      last: stage,
      outputs: outputsOf(folder.state, script),
      own: this.own,
      variants: this.variants,
    });
    checkWhole(facts, options);
    const state = withSeedOf(facts, folder.state, options);
    const today = new Date().toISOString().slice(0, 10);
    const film = prepareFilm(script, state, facts, options, today);
    const { settings, shots } = film.state;
    const asked = [settings, ...shots.map(({ settings: own }) => ({ ...settings, ...own }))];
    if (stage !== 'tokens') await checkSteps(this.preset, asked);
    const notices = checkCapabilities(script, shots, facts.makers, todoOf(film, stage));
    return {
      ...{ folder, loader, needed, isPlanned: planned !== undefined, facts },
      film: { ...film, notices: [...film.notices, ...notices] },
    };
  }

  /** The same, as a process that had the folder until now has left it. */
  private async openedAgain(opened: Opened, script: Script, options: DreamOptions): Promise<Opened> {
    const { force, repair } = options;
    const { state } = await RunFolder.open(options.out, script, { force, repair });
    return JSON.stringify(state) === JSON.stringify(opened.folder.state)
      ? opened
      : this.open(script, options);
  }
}

/** Places (from 0) of the shots that a call works on. */
function indicesOf({ film }: Opened, options: DreamOptions): number[] {
  const { shots } = film.state;
  const only = idsOf('shots', options.shots, shots);
  return [...shots.keys()].filter((i) => !only || only.includes(shots[i]?.id as string));
}

/** Of a folder whose run.json is lost, the seed is read from the tokens. */
function withSeedOf(facts: FilmFacts, state: RunState, { repair, seed }: DreamOptions): RunState {
  const known = facts.tokens.inputs?.seed;
  if (!repair || seed !== undefined || typeof known !== 'number') return state;
  return { ...state, seed: known };
}

/** Files that a plan may find in a folder. */
function outputsOf({ shots }: RunState, script: Script): string[] {
  const ids = new Set([...shots.map(({ id }) => id), ...script.shots.map(({ id }, i) => id ?? `${i + 1}`)]);
  const takes = shots.flatMap(({ id, takes = [] }) => takes.map(({ take }) => takePath(id, take)));
  return [...[...ids].flatMap((id) => [keyframePath(id), clipPath(id)]), ...takes, moviePath];
}

function makersOf(
  models: LeasedModels,
  { makers, guide }: FilmFacts,
  own: OwnMakers | undefined,
  variants: MakerVariants,
): FilmRun['makers'] {
  const { keyframe, clip } = variants;
  return {
    keyframe:
      own?.keyframe ?? keyframe?.over(models, makers.keyframe) ?? localKeyframeMaker(models, makers.keyframe),
    clip: own?.clip ?? clip?.over(models, makers.clip) ?? localClipMaker(models, makers.clip),
    guide: guide && localKeyframeMaker(models, guide),
  };
}

/** A maker that sees the film makes it as a whole. */
function checkWhole({ makers }: FilmFacts, { shots, takes = 1 }: DreamOptions): void {
  const { id, sees, takes: terms } = makers.keyframe;
  if (takes > 1 && terms?.before)
    throw new RunError(
      `takes: ${id} makes each keyframe from the one before, which a take would change; leave it out`,
    );
  if (takes > 1 && terms && !terms.seed && !terms.allow.includes('seed'))
    throw new RunError(
      `takes: ${id} takes no seed, so that another take may be the same; leave it out, or write \`allow: [seed]\``,
    );
  if (sees !== 'film' || (!shots && takes === 1)) return;
  throw new RunError(
    `${shots ? 'shots' : 'takes'}: ${id} makes each keyframe by those of other shots, and so all of them; leave it out`,
  );
}

/** What is open and belongs to models elsewhere; jobs whose need turns out later count. */
function plannedOrders(
  script: Script,
  { plan, state }: PreparedFilm,
  { makers }: FilmFacts,
  takes = 1,
): PlannedOrders[] {
  return (['keyframe', 'clip'] as const).flatMap((kind) => {
    const { id, takes: terms } = makers[kind];
    const isPaid = (job: Job): boolean => state.orders?.[job.id]?.key === job.key;
    const isOwn = (job: Job): boolean =>
      kind === 'keyframe' && script.shots[(job.number as number) - 1]?.keyframe !== undefined;
    const open = plan.jobs.filter(
      (job) => job.kind === kind && job.status !== 'reuse' && !isPaid(job) && !isOwn(job),
    );
    if (!terms || open.length === 0) return [];
    const most = kind === 'keyframe' ? takes : 1; // each may fail its check
    const prices = open.map(({ number }) =>
      priceOf(kind, script.shots[(number as number) - 1]?.seconds ?? 0, terms),
    );
    const price = most * prices.reduce((sum, one) => sum + one, 0);
    const times = open.map(({ number }) =>
      timeOf(kind, script.shots[(number as number) - 1]?.seconds ?? 0, terms),
    );
    const whole = times.reduce<number>((sum, time) => sum + (time ?? 0), 0);
    const seconds = times.includes(undefined) ? null : (most * whole) / (terms.parallel ?? 1);
    return [{ kind, maker: id, calls: most * open.length, price, seconds }];
  });
}

/** Places (from 0) of the shots for which a picture or clip may have to be ordered. */
function todoOf({ plan }: PreparedFilm, stage: DreamStage): number[] {
  if (stage === 'tokens') return [];
  const open = plan.jobs.filter(
    ({ kind, status }) => (kind === 'keyframe' || kind === 'clip') && status !== 'reuse',
  );
  return [...new Set(open.map(({ number }) => (number as number) - 1))];
}

async function* stages(
  begun: FilmRun,
  last: DreamStage,
  { takes, keepLater }: { readonly takes: number; readonly keepLater: boolean | undefined },
): AsyncGenerator<DreamEvent, void, void> {
  const first = yield* tokensStage(begun);
  await begun.folder.save();
  if (last === 'tokens') return;
  yield* keyframesStage(begun, first);
  yield* checksStage(begun, 'keyframe');
  const tokens = yield* takesStage(begun, first, takes);
  const run = replanned(begun, tokens, { last, keepLater });
  if (last !== 'keyframes') {
    yield* clipsStage(run);
    yield* checksStage(run, 'clip');
  }
  if (last === 'movie') yield* movieStage(run);
  const { script, folder, facts } = run;
  await writeFilmStoryboard({ script, folder, facts, tokens, last });
  yield { type: 'storyboard', path: run.folder.storyboard };
}

/** The run with what is left to do after other takes were chosen. */
function replanned(
  run: FilmRun,
  tokens: ReadonlyMap<string, ShotTokens>,
  { last, keepLater }: Pick<PlanOptions, 'last' | 'keepLater'>,
): FilmRun {
  const { script, folder, inserted, only } = run;
  const files = new Map(run.facts.files);
  for (const job of jobsOf(run, 'keyframe')) files.set(job.output, folder.finished(job)?.sha256 ?? '');
  const facts = {
    ...run.facts,
    files,
    tokens: { ...run.facts.tokens, version: 2, shots: [...tokens.values()] },
  };
  return { ...run, facts, plan: plan(script, folder.state, facts, { last, only, inserted, keepLater }) };
}

/** The parts of a film that are made up to a stage. */
function partsOf(script: Script, last: DreamStage, own: OwnMakers | undefined): FilmPart[] {
  const reached = dreamStages.indexOf(last);
  const parts: FilmPart[] = ['tokens'];
  if (script.references.length > 0 || script.shots.some((shot) => shot.keyframe)) parts.push('references');
  if (reached >= dreamStages.indexOf('keyframes') && needsOurs(own?.keyframe)) parts.push('keyframe');
  if (reached >= dreamStages.indexOf('clips') && !own?.clip) parts.push('clip');
  return parts;
}

async function versions(): Promise<Record<string, string>> {
  const own = await readConfig(join(packageRoot, 'package.json'));
  const ort = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return { moviedreamer: String(own.version), 'onnxruntime-node': ort.version };
}
