import { join, resolve } from 'node:path';
import { aNumber, aPath, aSignal, type OptionChecks, oneOf, wrongOption } from '../base/optionChecks.ts';
import {
  checkOutputFolder,
  explainDiskError,
  logFromEnvironment,
  writeFileAtomically,
} from '../files/index.ts';
import { defaultFaceThreshold } from '../metrics/index.ts';
import { type DeviceName, deviceNames, WorkerHost } from '../runtime/index.ts';
import { assemble } from './assemble.ts';
import { type EncoderChoice, openEncoders, releaseEncoders } from './encoders.ts';
import { type EncoderIdentity, type Encoders, encoderRoles } from './encoderTypes.ts';
import type { Evaluation } from './evaluation.ts';
import { EvaluationError } from './evaluationError.ts';
import { evaluationHtml } from './evaluationHtml.ts';
import { type Film, type FilmSource, filmTitle, readFilm } from './film.ts';
import type { MeasureOptions } from './metric.ts';
import { type FramesEvent, observe } from './observe.ts';

/** The encoders of an `Evaluator` and where they run. */
export interface LoadEvaluatorOptions extends EncoderChoice {
  /** Default 'cpu'. */
  readonly device?: DeviceName;
  /** Threads of the CPU; all by default. */
  readonly threads?: number;
}

/** Options of one evaluation. */
export interface EvaluateOptions extends Partial<MeasureOptions> {
  /** Folder of `evaluation.json` and `evaluation.html`; by default the run folder, else that of the pictures. */
  readonly out?: string;
  /** Stops with the signal's reason, before anything is written. */
  readonly signal?: AbortSignal;
}

/** What happens while a film is evaluated, as plain data. */
export type EvaluationEvent =
  /** The pictures were found. */
  | { readonly type: 'film'; readonly title: string; readonly frames: number; readonly shots: number }
  | FramesEvent
  | { readonly type: 'notice'; readonly message: string }
  /** Done; `json` and `html` are the files. */
  | {
      readonly type: 'evaluation';
      readonly evaluation: Evaluation;
      readonly json: string;
      readonly html: string;
    };

/** Measures films with the paper's metrics. The encoders are opened once, for as many films as one likes. */
export class Evaluator {
  private readonly host: WorkerHost;
  private readonly encoders: Encoders;

  private constructor(host: WorkerHost, encoders: Encoders) {
    this.host = host;
    this.encoders = encoders;
  }

  /** Opens the encoders. Throws `PresetError`, `DeviceError`, and what `openEncoders` throws. */
  static async load(options: LoadEvaluatorOptions = {}): Promise<Evaluator> {
    checkOptions('Evaluator.load', options);
    const { device, threads, ...choice } = options;
    logFromEnvironment();
    const host = await WorkerHost.start({ ...(device ? { device } : {}), ...(threads ? { threads } : {}) });
    try {
      return new Evaluator(host, await openEncoders(host, choice));
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /**
   * Evaluates a film (see `readFilm`) and writes `evaluation.json` and `evaluation.html`. The same pictures and encoders
   * give the same bytes. Throws `EvaluationError`, and `PictureError` before anything is written.
   */
  async *evaluate(film: Film, options: EvaluateOptions = {}): AsyncGenerator<EvaluationEvent, void, void> {
    checkOptions('evaluate', options);
    const { faceThreshold = defaultFaceThreshold } = options;
    if (!(faceThreshold >= -1 && faceThreshold <= 1))
      throw new EvaluationError(`faceThreshold must be a cosine, -1 .. 1, got ${faceThreshold}`);
    const folder = resolve(options.out ?? film.folder);
    await checkOut(film, options.out);
    const { frames, script } = film;
    yield { type: 'film', title: filmTitle(film), frames: frames.length, shots: script.shots.length };
    const observations = yield* observe(film, this.encoders, options.signal);
    const evaluation = assemble(film, this.encoders, observations, { faceThreshold }, folder);
    for (const message of evaluation.notices) yield { type: 'notice', message };
    const [json, html] = [join(folder, 'evaluation.json'), join(folder, 'evaluation.html')];
    try {
      await writeFileAtomically(html, evaluationHtml(evaluation, folder));
      await writeFileAtomically(json, `${JSON.stringify(evaluation, null, 2)}\n`);
    } catch (error) {
      throw await explainDiskError(error, folder);
    }
    yield { type: 'evaluation', evaluation, json, html };
  }

  /** The encoders that are used, with the hashes of their weights. */
  get encoderIdentities(): readonly EncoderIdentity[] {
    return encoderRoles.flatMap((role) => this.encoders[role]?.identity ?? []);
  }

  /** Ends the worker. An idle one does not keep the process alive. */
  async close(): Promise<void> {
    await releaseEncoders(this.encoders);
    await this.host.close();
  }
}

/**
 * Evaluates one film: finds its pictures, opens the encoders, and closes them in the end. Throws what `readFilm`,
 * `Evaluator.load` and `Evaluator.evaluate` throw.
 */
export async function* evaluate(
  source: FilmSource,
  options: LoadEvaluatorOptions & EvaluateOptions = {},
): AsyncGenerator<EvaluationEvent, void, void> {
  checkOptions('evaluate', options);
  if (options.out !== undefined) await checkOutputFolder(options.out);
  const film = await readFilm(source); // before the encoders, which take longer
  await checkOut(film, options.out);
  const evaluator = await Evaluator.load(options);
  try {
    yield* evaluator.evaluate(film, options);
  } finally {
    await evaluator.close();
  }
}

/** Types of all options: `evaluate` hands the same object to `Evaluator.load` and to `Evaluator.evaluate`. */
const checks: OptionChecks<LoadEvaluatorOptions & EvaluateOptions> = {
  preset: aPath,
  weights: aPath,
  clip: aPath,
  face: aPath,
  aesthetic: aPath,
  inception: aPath,
  device: oneOf(deviceNames),
  threads: ['a whole number from 1', (value) => Number.isInteger(value) && (value as number) >= 1],
  out: aPath,
  faceThreshold: aNumber,
  signal: aSignal,
};

function checkOptions(who: string, options: unknown): void {
  const wrong = wrongOption(checks, options);
  if (wrong !== undefined) throw new EvaluationError(`${who}: ${wrong}`);
}

/** Says before the work where the results cannot be written. */
async function checkOut({ folder }: Film, out: string | undefined): Promise<void> {
  if (out === undefined) await checkOutputFolder(folder, 'evaluate:', 'give another folder with --out');
  else await checkOutputFolder(out);
}
