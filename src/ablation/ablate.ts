import { join, resolve } from 'node:path';
import {
  drawEpisodes,
  drawStrangers,
  frameSize,
  keyOf,
  needed,
  pictureSet,
  seeEpisodes,
  textsOf,
} from '../benchmark/index.ts';
import {
  defaultFaceThreshold,
  type Encoders,
  makeFolder,
  openEncoders,
  releaseEncoders,
} from '../evaluation/index.ts';
import { ModelLoader } from '../inference/index.ts';
import { rule } from '../metrics/index.ts';
import { borrowedNotice, modelNames, Preset } from '../presets/index.ts';
import { type DeviceName, WorkerHost } from '../runtime/index.ts';
import { theatreVersion } from '../theatre/index.ts';
import type { AblationContext, TestFilms } from './context.ts';
import type { ExperimentEvent, ExperimentResult } from './experiment.ts';
import { experiments } from './experiments/index.ts';
import { type ExperimentName, experimentNames } from './names.ts';
import { type AblationResult, writeReport } from './report.ts';
import { type AblationSettings, defaultSettings } from './settings.ts';

export interface AblateOptions extends Partial<AblationSettings> {
  /** Name or folder; 'theatre' by default. */
  readonly preset?: string;
  readonly weights?: string;
  /** All by default. */
  readonly only?: readonly ExperimentName[];
  /** Where the report goes. */
  readonly out: string;
  /** Where frames, features, variants and what was measured of them stay for the next time. */
  readonly cache: string;
  readonly device?: DeviceName;
  readonly threads?: number;
  /** Stops between two steps or pictures; what is done is kept, and the same call goes on from there. */
  readonly signal?: AbortSignal;
}

export type AblateEvent =
  | ExperimentEvent
  | { readonly type: 'notice'; readonly message: string }
  | { readonly type: 'experiment'; readonly result: ExperimentResult }
  | {
      readonly type: 'ablations';
      readonly result: AblationResult;
      readonly json: string;
      readonly markdown: string;
    };

/**
 * The paper's ablations, made again: trains the variants from the same seeds at a small, equal budget, measures them on
 * held-out films, and judges each direction that the paper claims. What was trained or measured with the same settings and
 * weights is taken from the cache. Throws `PresetError`, `CheckpointError`, `TrainingError` and `EvaluationError`.
 */
export async function* ablate(options: AblateOptions): AsyncGenerator<AblateEvent, void, void> {
  const { device, threads, weights, out, cache } = options;
  await makeFolder('ablate: --out', out); // before an hour of work
  await makeFolder('ablate: --cache', cache);
  const preset = await Preset.open(options.preset ?? 'theatre', weights ? { weights } : {});
  const host = await WorkerHost.start({ ...(device ? { device } : {}), ...(threads ? { threads } : {}) });
  try {
    const base = new ModelLoader(preset, host);
    await base.check(modelNames);
    const borrowed = borrowedNotice(preset, modelNames);
    if (borrowed) yield { type: 'notice', message: borrowed };
    const own = { preset: preset.folder, weights: preset.weightsFolder };
    const encoders = await openEncoders(host, own);
    try {
      for await (const event of run(base, encoders, options)) {
        yield event;
        options.signal?.throwIfAborted();
      }
    } finally {
      await releaseEncoders(encoders);
    }
  } finally {
    await host.close();
  }
}

async function* run(
  base: ModelLoader,
  encoders: Encoders,
  options: AblateOptions,
): AsyncGenerator<AblateEvent, void, void> {
  const settings = settingsOf(options);
  const cache = resolve(options.cache);
  const { device, threads, signal } = options;
  const without = encoders.absent.detector;
  if (without) yield { type: 'notice', message: `no face detector, so LT and F1 are left out: ${without}` };
  const context: AblationContext = {
    ...{ settings, base, host: base.host, cache, encoders },
    test: yield* testFilms(base, encoders, cache, settings),
    ...(device ? { device } : {}),
    ...(threads ? { threads } : {}),
    ...(signal ? { signal } : {}),
  };
  const only = experimentNames.filter((name) => options.only?.includes(name) ?? true);
  const results: ExperimentResult[] = [];
  for (const name of only) {
    const result = yield* experiments[name](context);
    results.push(result);
    yield { type: 'experiment', result };
  }
  const result: AblationResult = {
    format: 'moviedreamer-ablations-1',
    preset: base.preset.name,
    models: Object.fromEntries(
      await Promise.all(modelNames.map(async (name) => [name, await base.fingerprint(name)] as const)),
    ),
    encoders: (['clip', 'face', 'detector'] as const).flatMap((role) => {
      const identity = encoders[role]?.identity;
      return identity ? [{ role, name: identity.name, fingerprint: identity.fingerprint }] : [];
    }),
    ...{ settings, faceThreshold: defaultFaceThreshold, only, rule, experiments: results },
  };
  yield { type: 'ablations', result, ...(await writeReport(resolve(options.out), result)) };
}

/** The test split's films, drawn and looked at. */
async function* testFilms(
  base: ModelLoader,
  encoders: Encoders,
  cache: string,
  settings: AblationSettings,
): AsyncGenerator<ExperimentEvent, TestFilms, void> {
  const { seed, shots, people } = settings;
  const size = await frameSize('ablate', base.preset);
  const choice = { ...size, seed, split: 'test', episodes: settings.episodes, shots } as const;
  const episodes = yield* drawEpisodes('test episodes', cache, choice);
  const truth = pictureSet(keyOf(theatreVersion, choice, 'truth'), episodes);
  const looks = join(cache, 'looks');
  const seen = yield* seeEpisodes('looking at true frames', looks, truth, episodes, encoders, new Map());
  const strangers = await drawStrangers(cache, seed, people, {
    model: needed(encoders).face,
    fingerprint: encoders.face?.identity.fingerprint as string,
  });
  return { episodes, truth, seen, texts: await textsOf(episodes, encoders), strangers };
}

function settingsOf(options: Partial<AblationSettings>): AblationSettings {
  const names = Object.keys(defaultSettings) as (keyof AblationSettings)[];
  const own = names.map((name) => [name, options[name] ?? defaultSettings[name]] as const);
  return Object.fromEntries(own) as unknown as AblationSettings;
}
