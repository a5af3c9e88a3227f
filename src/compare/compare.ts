import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type EncoderChoice, type EvaluationEvent, Evaluator, makeFolder } from '../evaluation/index.ts';
import { explainDiskError, writeFileAtomically } from '../files/index.ts';
import type { DreamEvent, DreamOptions, LoadDreamerOptions, Script } from '../film/index.ts';
import { defaultFaceThreshold } from '../metrics/index.ts';
import { fingerprintFiles } from '../presets/index.ts';
import { comparisonOf } from './assemble.ts';
import { type BaseOptions, type MethodState, openBase, stateOf } from './base.ts';
import { CompareError } from './compareError.ts';
import { makeFilm } from './makeFilm.ts';
import { type FilmMeasures, measureFilm } from './measure.ts';
import { type Base, type MethodName, methodNames } from './method.ts';
import { methods } from './methods/index.ts';
import { comparisonHtml } from './page.ts';
import type { Comparison } from './result.ts';
import { beginWith } from './sharedParts.ts';

/** Options of `compare`. They say all: what an earlier call was given does not count. */
export interface CompareOptions
  extends BaseOptions,
    Pick<LoadDreamerOptions, 'device' | 'precision' | 'threads'>,
    Pick<DreamOptions, 'memory' | 'force' | 'signal'>,
    Omit<EncoderChoice, 'preset' | 'weights'> {
  /** The folder of `compare.html`, `compare.json` and a run folder for each method. */
  readonly out: string;
  /** All by default. */
  readonly methods?: readonly MethodName[];
  /** The seed of all films, 0 by default. */
  readonly seed?: number;
  /** Folder of the true pictures of the shots. */
  readonly truth?: string;
  /** Cosine from which a face is a character's, for LT. */
  readonly faceThreshold?: number;
}

/** What happens while methods are compared. */
export type CompareEvent =
  /** A method's film begins. */
  | { readonly type: 'method'; readonly method: MethodName; readonly number: number; readonly of: number }
  /** A method that cannot be had. */
  | { readonly type: 'unavailable'; readonly method: MethodName; readonly why: string }
  | { readonly type: 'film'; readonly method: MethodName; readonly event: DreamEvent }
  | { readonly type: 'evaluation'; readonly method: MethodName; readonly event: EvaluationEvent }
  /** Done; `json` and `html` are the files. */
  | {
      readonly type: 'comparison';
      readonly comparison: Comparison;
      readonly json: string;
      readonly html: string;
    };

/**
 * Makes the same script by several methods, measures all films by the same encoders, and writes one page. Each method's film
 * lies in a run folder of its own in `out`; stopped, the same call goes on, and what is finished is not made again.
 * @throws {CompareError} when none of the methods can be had, or an option does not fit; before anything is made.
 * @throws what `MovieDreamer.dream`, `Evaluator.load` and `Evaluator.evaluate` throw.
 */
export async function* compare(
  script: Script,
  options: CompareOptions,
): AsyncGenerator<CompareEvent, void, void> {
  const out = resolve(options.out);
  const base = await openBase(script, options);
  const asked = methodNames.filter((name) => options.methods?.includes(name) ?? true);
  const states = await Promise.all(asked.map((name) => stateOf(name, base)));
  const possible = states.filter(({ why }) => why === undefined).map(({ method }) => method);
  if (possible.length === 0) throw nothingToMake(states);
  const { truth } = options;
  if (truth !== undefined && !existsSync(truth))
    throw new CompareError(`--truth: there is no folder ${truth}`);
  const evaluator = await openEvaluator(options); // what is wrong with an encoder shows before the work
  let measured: Map<MethodName, FilmMeasures>;
  try {
    await makeFolder('compare: --out', out);
    for (const { method, why } of states) if (why !== undefined) yield { type: 'unavailable', method, why };
    yield* makeAll(possible, base, out, options);
    measured = yield* measureAll(possible, script, out, evaluator, options);
  } finally {
    await evaluator.close();
  }
  const comparison = await comparisonOf(base, states, measured, out, options.seed ?? 0);
  const [json, html] = [join(out, 'compare.json'), join(out, 'compare.html')];
  try {
    await writeFileAtomically(html, comparisonHtml(comparison, script));
    await writeFileAtomically(json, `${JSON.stringify(comparison, null, 2)}\n`);
  } catch (error) {
    throw await explainDiskError(error, out);
  }
  yield { type: 'comparison', comparison, json, html };
}

function nothingToMake(states: readonly MethodState[]): CompareError {
  const reasons = states.map(({ method, why }) => `\n- ${method}: ${why}`);
  return new CompareError(
    `nothing to compare: none of these methods can be had of the preset${reasons.join('')}`,
  );
}

async function* makeAll(
  names: readonly MethodName[],
  base: Base,
  out: string,
  options: CompareOptions,
): AsyncGenerator<CompareEvent, void, void> {
  for (const [i, method] of names.entries()) {
    yield { type: 'method', method, number: i + 1, of: names.length };
    const change = await methods[method].change(base);
    if (method !== 'moviedreamer') await beginWith(join(out, 'moviedreamer'), join(out, method), change);
    const film = makeFilm(base.script as Script, change, filmOptions(base, options, out, method));
    for await (const event of film) yield { type: 'film', method, event };
  }
}

function filmOptions(
  { preset }: Base,
  options: CompareOptions,
  out: string,
  method: MethodName,
): Parameters<typeof makeFilm>[2] {
  const { seed = 0, device, precision, threads, weights, signal } = options;
  const { steps, guidance, sampler, clipSteps, memory, force } = options;
  const settings = { steps, guidance, sampler, clipSteps, memory, force, signal };
  return {
    preset,
    load: defined({ device, precision, threads, weights, keepModels: false }),
    dream: { ...defined(settings), seed, out: join(out, method), resetSettings: true },
    variant: join(out, 'presets', method),
  };
}

/** Without the entries that are undefined. */
const defined = <T extends object>(entries: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as never;

function openEvaluator(options: CompareOptions): Promise<Evaluator> {
  const { preset, weights, clip, face, aesthetic, inception, device, threads } = options;
  return Evaluator.load(defined({ preset, weights, clip, face, aesthetic, inception, device, threads }));
}

async function* measureAll(
  names: readonly MethodName[],
  script: Script,
  out: string,
  evaluator: Evaluator,
  { truth, faceThreshold = defaultFaceThreshold, signal }: CompareOptions,
): AsyncGenerator<CompareEvent, Map<MethodName, FilmMeasures>, void> {
  const measured = new Map<MethodName, FilmMeasures>();
  const more = {
    ...{ evaluator, faceThreshold, signal },
    truth: truth === undefined ? undefined : { folder: truth, fingerprint: await fingerprintFiles(truth) },
  };
  for (const method of names) {
    const events = measureFilm(join(out, method), script, more);
    for (;;) {
      const { done, value } = await events.next();
      if (done) {
        measured.set(method, value);
        break;
      }
      yield { type: 'evaluation', method, event: value };
    }
  }
  return measured;
}
