import { resolve } from 'node:path';
import {
  defaultFaceThreshold,
  type Encoders,
  makeFolder,
  openEncoders,
  releaseEncoders,
} from '../evaluation/index.ts';
import { ModelLoader } from '../inference/index.ts';
import { borrowedNotice, modelNames, Preset } from '../presets/index.ts';
import { type DeviceName, WorkerHost } from '../runtime/index.ts';
import { keyOf } from './cache.ts';
import { measureClipQuality, pickClipShots } from './clipQuality.ts';
import { measureClips, pickKeyframes } from './clips.ts';
import { drawEpisodes, type TestEpisode } from './episodes.ts';
import { clipQualityRows, clipRows, filmRows, longRow, reconstructionRows } from './figures.ts';
import { makeFilms } from './films.ts';
import { frameSize } from './frameSize.ts';
import { needed } from './look.ts';
import { clipSim, type SeenEpisode } from './measures.ts';
import { drawStrangers } from './people.ts';
import { probeRows, trainProbes } from './probes.ts';
import { type PictureSet, renderTruth } from './render.ts';
import { type BenchmarkResult, writeReport } from './report.ts';
import { type Portraits, pictureSet, seeEpisodes, textsOf } from './see.ts';
import { type BenchmarkSettings, defaultSettings, type PartEvent } from './settings.ts';
import { comparePixels, sharpnessRows } from './sharpness.ts';

export interface BenchmarkOptions extends Partial<BenchmarkSettings> {
  /** Name or folder; 'theatre' by default. */
  readonly preset?: string;
  readonly weights?: string;
  /** Where the report goes. */
  readonly out: string;
  /** Where episodes, pictures and what the encoders saw of them stay for the next time. */
  readonly cache: string;
  readonly device?: DeviceName;
  readonly threads?: number;
  /** Stops between two parts' items, with the signal's reason; what is in the cache stays. */
  readonly signal?: AbortSignal;
}

export type BenchmarkEvent =
  | PartEvent
  | { readonly type: 'notice'; readonly message: string }
  | {
      readonly type: 'benchmark';
      readonly result: BenchmarkResult;
      readonly json: string;
      readonly markdown: string;
      readonly sheets: readonly string[];
    };

/**
 * Measures a preset's weights on held-out theatre films, stage by stage, with ceilings. Parts that were computed with
 * the same weights and settings are taken from the cache. Throws `PresetError`, `CheckpointError` and `EvaluationError`.
 */
export async function* benchmark(options: BenchmarkOptions): AsyncGenerator<BenchmarkEvent, void, void> {
  const { device, threads, weights, out, cache } = options;
  await makeFolder('benchmark: --out', out); // before hours of work
  await makeFolder('benchmark: --cache', cache);
  const preset = await Preset.open(options.preset ?? 'theatre', weights ? { weights } : {});
  const host = await WorkerHost.start({ ...(device ? { device } : {}), ...(threads ? { threads } : {}) });
  try {
    const models = new ModelLoader(preset, host);
    await models.check(modelNames);
    const borrowed = borrowedNotice(preset, modelNames);
    if (borrowed) yield { type: 'notice', message: borrowed };
    const own = { preset: preset.folder, weights: preset.weightsFolder };
    const encoders = await openEncoders(host, own);
    try {
      for await (const event of measure(models, encoders, options)) {
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

async function* measure(
  models: ModelLoader,
  encoders: Encoders,
  options: BenchmarkOptions,
): AsyncGenerator<BenchmarkEvent, void, void> {
  const settings = settingsOf(options);
  const { seed, episodes: count, shots } = settings;
  const cache = resolve(options.cache);
  const size = await frameSize('benchmark', models.preset);
  const { face } = needed(encoders);
  const without = encoders.absent.detector;
  if (without)
    yield { type: 'notice', message: `no face detector, so LT and the like are left out: ${without}` };

  const choice = { ...size, seed, split: 'test', episodes: count, shots } as const;
  const episodes = yield* drawEpisodes('test episodes', cache, choice);
  const truth = pictureSet(keyOf(choice, 'truth'), episodes);
  const renderings = yield* renderTruth(models, cache, { key: truth.key, episodes, seed });
  const context = { ...options, models, cache, seed };
  const zeroShot = yield* makeFilms(
    'zero-shot films',
    context,
    episodes.map((e) => e.script.file),
  );
  const fewShot = yield* makeFilms(
    'few-shot films',
    context,
    episodes.map((e) => e.fewShot),
  );

  const portraits: Portraits = new Map();
  const see = (name: string, set: PictureSet, of: readonly TestEpisode[]) =>
    seeEpisodes(`looking at ${name}`, cache, set, of, encoders, portraits);
  const seen = {
    truth: yield* see('true frames', truth, episodes),
    vae: yield* see('VAE round trips', renderings.vae, episodes),
    reconstruction: yield* see('reconstructions', renderings.reconstruction, episodes),
    'tokens-only': yield* see('renderings of tokens only', renderings['tokens-only'], episodes),
    'zero-shot': yield* see('zero-shot films', zeroShot, episodes),
    'few-shot': yield* see('few-shot films', fewShot, episodes),
  };
  const pixels = {
    vae: yield* comparePixels('pixels of VAE round trips', cache, renderings.vae, truth),
    reconstruction: yield* comparePixels(
      'pixels of reconstructions',
      cache,
      renderings.reconstruction,
      truth,
    ),
    'zero-shot': yield* comparePixels('pixels of zero-shot films', cache, zeroShot, truth),
  };
  const strangers = await drawStrangers(cache, seed, settings.people, {
    model: face,
    fingerprint: encoders.face?.identity.fingerprint as string,
  });
  const texts = await textsOf(episodes, encoders);

  const lessons = { ...choice, split: 'train', episodes: Math.ceil(settings.probeFrames / shots) } as const;
  const training = yield* drawEpisodes('training frames for the probes', cache, lessons);
  const lessonSet = pictureSet(keyOf(lessons, 'truth'), training);
  const { detector: _none, ...noDetector } = encoders; // the probes learn at true places
  const learned = yield* seeEpisodes(
    'looking at training frames',
    cache,
    lessonSet,
    training,
    noDetector,
    portraits,
  );
  const probes = yield* trainProbes(learned);

  const longChoice = { ...choice, episodes: 1, shots: settings.longShots };
  const long = yield* drawEpisodes('the long episode', cache, longChoice);
  const longFilm = yield* makeFilms(
    'the long film',
    context,
    long.map((e) => e.script.file),
  );
  const [longSeen] = yield* see('the long film', longFilm, long);
  const [longTruth] = yield* see('its true frames', pictureSet(keyOf(longChoice, 'truth'), long), long);

  const keyframes = pickKeyframes(truth, settings.clips);
  const { segments } = settings;
  const clipJob = { key: keyOf(truth.key, settings.clips), keyframes, segments, seed };
  const clips = yield* measureClips(models, encoders, cache, clipJob);
  const moving = pickClipShots(episodes, settings.clips);
  const clipQualities = yield* measureClipQuality(models, encoders, cache, {
    ...{ key: truth.key, shots: moving, seconds: 3, seed },
  });

  const result: BenchmarkResult = {
    format: 'moviedreamer-benchmark-1',
    preset: models.preset.name,
    models: Object.fromEntries(
      await Promise.all(modelNames.map(async (name) => [name, await models.fingerprint(name)] as const)),
    ),
    encoders: (['clip', 'face', 'detector'] as const).flatMap((role) => {
      const identity = encoders[role]?.identity;
      return identity ? [{ role, name: identity.name, fingerprint: identity.fingerprint }] : [];
    }),
    settings,
    faceThreshold: defaultFaceThreshold,
    rows: [
      ...reconstructionRows(seen, strangers, settings.people),
      ...sharpnessRows(pixels),
      ...filmRows(seen, texts, without),
      ...probeRows(probes, seen, without),
      longRow(longSeen as SeenEpisode, longTruth as SeenEpisode, without),
      ...clipRows(clips, segments, { VAE: clipSim(seen.vae, seen.truth) }),
      ...clipQualityRows(clipQualities),
    ],
  };
  const files = await writeReport(resolve(options.out), result, [
    { name: 'true', pictures: truth.pictures },
    { name: 'VAE', pictures: renderings.vae.pictures },
    { name: 'true tokens', pictures: renderings.reconstruction.pictures },
    { name: 'tokens only', pictures: renderings['tokens-only'].pictures },
    { name: 'zero-shot', pictures: zeroShot.pictures },
    { name: 'few-shot', pictures: fewShot.pictures },
  ]);
  yield { type: 'benchmark', result, ...files };
}

function settingsOf(options: Partial<BenchmarkSettings>): BenchmarkSettings {
  const names = Object.keys(defaultSettings) as (keyof BenchmarkSettings)[];
  const own = names.map((name) => [name, options[name] ?? defaultSettings[name]] as const);
  return Object.fromEntries(own) as unknown as BenchmarkSettings;
}
