import { createRequire } from 'node:module';
import { join } from 'node:path';
import { logOf } from '../base/index.ts';
import type { OptionChecks } from '../base/optionChecks.ts';
import { readConfig } from '../checkpoints/index.ts';
import { type Claim, explainDiskError, logFromEnvironment } from '../files/index.ts';
import type { Precision } from '../graph/index.ts';
import { Models, planMemory } from '../inference/index.ts';
import { videoBackend } from '../media/index.ts';
import {
  borrowedNotice,
  clipModels,
  keyframeModels,
  type ModelName,
  Preset,
  packageRoot,
  referenceModels,
  tokenModels,
} from '../presets/index.ts';
import { type DeviceName, WorkerHost } from '../runtime/index.ts';
import { frameSentences, type Script, type Shot } from '../script/index.ts';
import { checkDreamOptions, checkLoadOptions, dreamChecks, loadChecks } from './checkDreamOptions.ts';
import type { DreamEvent, DreamStage } from './events.ts';
import { given, type Run } from './run/run.ts';
import { RunError } from './run/runError.ts';
import { claimedBy, RunFolder } from './run/runFolder.ts';
import type { RunSettings, ShotState } from './run/state.ts';
import { clipsStage } from './stages/clips.ts';
import { keyframesStage } from './stages/keyframes.ts';
import { movieStage, writeRunStoryboard } from './stages/movie.ts';
import { pump } from './stages/pump.ts';
import { tokensStage } from './stages/tokens.ts';
import { unknownNotice } from './vocabulary.ts';

export interface LoadDreamerOptions {
  /** Default 'cpu'. */
  readonly device?: DeviceName;
  /** 'float16': half precision, on devices that compute in it; the VAE stays in float32. Default 'float32'. */
  readonly precision?: Precision;
  /** Folder of the weights; by default the package's `weights/<preset>`. */
  readonly weights?: string;
  /** Threads of the CPU; all by default. */
  readonly threads?: number;
}

/**
 * What is left out is as the run folder has it from an earlier run: so the same command without `--seed` does not make
 * another film. A fresh folder begins with seed 0 and the preset's settings.
 */
export interface DreamOptions extends RunSettings {
  /** The run folder. */
  readonly out: string;
  /** An integer from 0 to 2^53 - 1. */
  readonly seed?: number;
  /** The last stage to do; 'movie', the whole way, by default. */
  readonly stage?: DreamStage;
  /**
   * Works on these shots (from 1) only and renders them anew; the others stay as they are. Settings that are given
   * along hold for these shots alone, and stay theirs.
   */
  readonly shots?: readonly number[];
  /** Gives these shots (from 1) another seed. The other shots stay as they are. */
  readonly reroll?: readonly number[];
  /** Takes over a folder that holds the film of another script. */
  readonly force?: boolean;
  /** Attaches the picture so far to the previews of keyframes; costs one decoding a step. */
  readonly previews?: boolean;
  /** Stops with the signal's reason; what is finished stays, and the same call goes on from there. */
  readonly signal?: AbortSignal;
}

const log = logOf('film');

/** A check for every option: one without does not compile. */
const typesOf: { dream: OptionChecks<DreamOptions>; load: OptionChecks<LoadDreamerOptions> } = {
  dream: dreamChecks,
  load: loadChecks,
};

/** Makes films from scripts: the paper's stages one after the other, each loaded, used and released. */
export class MovieDreamer {
  readonly preset: Preset;
  private readonly host: WorkerHost;

  private constructor(preset: Preset, host: WorkerHost) {
    this.preset = preset;
    this.host = host;
  }

  /**
   * Opens a preset by name (`theatre`) or folder, and the device. Throws `PresetError` and `DeviceError`. Weights are
   * looked for when a film needs them. Throws `RunError` for options of another type.
   */
  static async load(preset: string, options: LoadDreamerOptions = {}): Promise<MovieDreamer> {
    checkLoadOptions(preset, options, typesOf.load);
    const { device, precision, weights, threads } = options;
    logFromEnvironment();
    const opened = await Preset.open(preset, given({ weights }));
    return new MovieDreamer(opened, await WorkerHost.start(given({ device, precision, threads })));
  }

  /**
   * Makes a script's film, or brings it up to date. Same script, seed, settings and weights give the same bytes,
   * however often it was stopped on the way. Throws `RunError`, `PresetError` and `CheckpointError` before anything is
   * written where it cannot be made as asked.
   */
  async *dream(script: Script, options: DreamOptions): AsyncGenerator<DreamEvent, void, void> {
    checkDreamOptions(script, options, typesOf.dream);
    checkOptions(script, options);
    const { out, stage = 'movie', force = false, previews = false } = options;
    if (stage === 'clips' || stage === 'movie') await videoBackend(); // a missing FFmpeg shows before the work
    let folder = await RunFolder.open(out, script, { force });
    const planned = await planMemory(this.preset, {
      budget: options.memory ?? folder.state.settings.memory,
      last: stage === 'movie' ? 'clips' : stage,
      device: this.host.device,
    });
    const models = new Models(this.preset, this.host, planned?.plan);
    const needed = await modelsFor(this.preset, script, stage);
    await models.check(needed);
    const borrowed = borrowedNotice(this.preset, needed);
    if (borrowed) yield { type: 'notice', message: borrowed };
    yield* cutNotices(models, script, options.shots);
    const unknown = await unknownNotice(this.preset, script);
    if (unknown) yield { type: 'notice', message: unknown };
    const claimed = yield* claimFolder(folder, options.signal);
    const signal = options.signal ? AbortSignal.any([options.signal, claimed.lost]) : claimed.lost;
    try {
      folder = await RunFolder.open(out, script, { force }); // as the one before left it
      await prepare(folder, script, this.preset, options);
      const only = options.shots && new Set(options.shots.map((shot) => shot - 1));
      yield* pump<DreamEvent>(signal, async (emit, stop) => {
        const onProgress = (model: string, done: number, total: number): void =>
          emit({ type: 'prepare', model, done, total });
        await models.prepare(needed, { onProgress, signal: stop });
      });
      log.debug('making a film', {
        folder: folder.path,
        stage,
        seed: folder.state.seed,
        weights: this.preset.weightsFolder,
      });
      yield* stages({ script, folder, models, only, previews, signal }, stage);
      log.debug('done', { folder: folder.path });
      delete folder.state.rerolling;
      await folder.save();
    } catch (error) {
      if (claimed.lost.aborted) throw claimedBy(claimed.lost.reason);
      if (signal.aborted) throw signal.reason;
      throw await explainDiskError(error, folder.path);
    } finally {
      await claimed.release();
    }
  }

  /** Ends the worker. An idle one does not keep the process alive. */
  async close(): Promise<void> {
    await this.host.close();
  }
}

/** Claims a film's folder; where that takes a while, a notice says what is waited for. */
async function* claimFolder(
  folder: RunFolder,
  signal: AbortSignal | undefined,
): AsyncGenerator<DreamEvent, Claim, void> {
  let claimed: Claim | undefined;
  let isGiven = false;
  try {
    yield* pump<DreamEvent>(signal, async (emit, stop) => {
      const onWait = (message: string): void => emit({ type: 'notice', message });
      claimed = await folder.claim({ onWait, signal: stop });
    });
    isGiven = true;
    return claimed as unknown as Claim;
  } finally {
    if (!isGiven) await (claimed as Claim | undefined)?.release(); // nobody listened any more
  }
}

/** Sentences that are told of one by one. */
const MOST_CUT = 10;

/** Says which sentences of the shots (from 1) that are made are longer than the text tower reads. */
async function* cutNotices(
  models: Models,
  script: Script,
  shots: readonly number[] = script.shots.map((_, i) => i + 1),
): AsyncGenerator<DreamEvent, void, void> {
  const firstShot = new Map<string, number>();
  for (const number of shots)
    for (const sentence of frameSentences(script.shots[number - 1] as Shot, script))
      if (!firstShot.has(sentence)) firstShot.set(sentence, number);
  const cut = await models.cutSentences(firstShot.keys());
  for (const { sentence, tokens, positions, lastRead } of cut.slice(0, MOST_CUT)) {
    const message =
      `shot ${firstShot.get(sentence)}: a sentence of ${tokens} tokens is cut after ${positions}: the last that is read ` +
      `is '…${lastRead}'; make two sentences of it`;
    yield { type: 'notice', message };
  }
  const more = cut.length - MOST_CUT;
  if (more > 0)
    yield { type: 'notice', message: `${more} more sentences are cut after ${cut[0]?.positions} tokens` };
}

async function* stages(run: Run, last: DreamStage): AsyncGenerator<DreamEvent, void, void> {
  const tokens = yield* tokensStage(run);
  await run.folder.save();
  if (last === 'tokens') return;
  yield* keyframesStage(run, tokens);
  if (last !== 'keyframes') yield* clipsStage(run);
  if (last === 'movie') yield* movieStage(run);
  await writeRunStoryboard(run);
  yield { type: 'storyboard', path: run.folder.storyboard };
}

async function modelsFor(preset: Preset, script: Script, stage: DreamStage): Promise<ModelName[]> {
  const names: ModelName[] = [...tokenModels];
  if (script.references.length > 0) names.push(...referenceModels);
  if (stage !== 'tokens') names.push(...keyframeModels);
  if (stage === 'clips' || stage === 'movie') names.push(...clipModels);
  const wanted = [...new Set(names)];
  const has = await Promise.all(wanted.map((name) => preset.has(name)));
  return wanted.filter((_, i) => has[i]);
}

/** Writes down what was asked for, before anything is made. */
async function prepare(
  folder: RunFolder,
  script: Script,
  preset: Preset,
  options: DreamOptions,
): Promise<void> {
  const { state } = folder;
  const { steps, guidance, sampler, clipSteps, anchor, memory } = options;
  const settings = given({ steps, guidance, sampler, clipSteps, anchor, memory });
  if (options.shots && options.seed !== undefined && state.shots.length > 0 && options.seed !== state.seed) {
    throw new RunError(
      `the film in ${folder.path} has the seed ${state.seed}, and all of its shots hang together by it; to give some shots ` +
        'another one use --reroll, for another film another --out folder',
    );
  }
  state.versions = await versions();
  state.preset = preset.name;
  state.weights = {};
  state.seed = options.seed ?? state.seed;
  if (!options.shots) state.settings = { ...state.settings, ...settings };
  await folder.prepare(script.shots.length);
  for (const shot of options.shots ?? []) {
    const own = state.shots[shot - 1];
    if (own) own.settings = { ...own.settings, ...settings };
  }
  const reroll = [...new Set(options.reroll)].sort((a, b) => a - b);
  if (reroll.length > 0 && reroll.join() !== state.rerolling?.join()) {
    for (const shot of reroll) (state.shots[shot - 1] as ShotState).take++;
    state.rerolling = reroll;
  }
  await folder.save();
}

async function versions(): Promise<Record<string, string>> {
  const own = await readConfig(join(packageRoot, 'package.json'));
  const ort = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return { moviedreamer: String(own.version), 'onnxruntime-node': ort.version };
}

function checkOptions(script: Script, options: DreamOptions): void {
  const { seed, shots, reroll, steps, clipSteps, guidance } = options;
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new RunError(`the seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
  }
  for (const [name, list] of Object.entries({ shots, reroll })) {
    for (const shot of list ?? []) {
      if (Number.isInteger(shot) && shot >= 1 && shot <= script.shots.length) continue;
      throw new RunError(
        `${name}: the script has the shots 1 to ${script.shots.length}, there is no shot ${shot}`,
      );
    }
    if (list?.length === 0) throw new RunError(`${name}: expected at least one shot, got none`);
  }
  for (const [name, value] of Object.entries({ steps, clipSteps })) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    throw new RunError(`${name} must be a whole number from 1, got ${value}`);
  }
  if (guidance !== undefined && !(Number.isFinite(guidance) && guidance >= 0)) {
    throw new RunError(`guidance must be a number from 0, got ${guidance}`);
  }
}
