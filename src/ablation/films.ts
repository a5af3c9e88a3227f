import { join } from 'node:path';
import {
  clipSim,
  keyOf,
  longTerm,
  makeFilms,
  meanClipScore,
  type PictureSet,
  type SeenEpisode,
  seeEpisodes,
  shortTerm,
} from '../benchmark/index.ts';
import { defaultFaceThreshold } from '../evaluation/index.ts';
import { cachedJsonWithEvents } from '../files/index.ts';
import { generationConfig } from '../inference/index.ts';
import { modelsOf } from '../presets/index.ts';
import type { AblationContext } from './context.ts';
import type { ExperimentEvent, Metric } from './experiment.ts';
import type { Trained } from './variant.ts';

/** What films are measured by (paper 4.2), beside how near they come to the true frames. */
export const filmMetrics: readonly Metric[] = [
  { key: 'clip', name: 'CLIP score (0 .. 100)', better: 'higher' },
  { key: 'st', name: 'ST (-1 .. 1)', better: 'higher' },
  { key: 'lt', name: 'LT (0 .. 1)', better: 'higher' },
  { key: 'f1', name: 'F1 (0 .. 1)', better: 'higher' },
  { key: 'sim', name: 'CLIP-sim to the true frames (-1 .. 1)', better: 'higher' },
];

export type FilmKind = 'zero-shot' | 'few-shot';

type Figures = Record<string, number | undefined>;

/** Makes the test films with a variant of the autoregressor and the preset's own renderer, and measures them. */
export async function* filmFigures(
  context: AblationContext,
  trained: Trained,
  kind: FilmKind,
  name: string,
): AsyncGenerator<ExperimentEvent, Figures, void> {
  const { test, settings, encoders } = context;
  const { preset } = trained.models;
  const names = await modelsOf(preset, ['tokens', 'references', 'keyframe']);
  const key = keyOf(
    ...[kind, settings.seed, test.truth.key, defaultFaceThreshold],
    await Promise.all(names.map((model) => trained.models.fingerprint(model))),
    await generationConfig(preset, 'autoregressor'),
    await generationConfig(preset, 'renderer'),
    await preset.config('scheduler', 'scheduler_config.json'),
    (['clip', 'face', 'detector'] as const).map((role) => encoders[role]?.identity.fingerprint ?? null),
  );
  return yield* cachedJsonWithEvents(
    join(trained.folder, `films-${key}.json`),
    'moviedreamer-film-figures-1',
    () => makeAndMeasure(context, trained, kind, `${kind} films of ${name}, seed ${trained.seed}`),
  );
}

async function* makeAndMeasure(
  context: AblationContext,
  { models }: Trained,
  kind: FilmKind,
  part: string,
): AsyncGenerator<ExperimentEvent, Figures, void> {
  const { cache, settings, device, threads, test } = context;
  const benchmark = {
    models,
    cache,
    seed: settings.seed,
    ...(device && { device }),
    ...(threads && { threads }),
  };
  const scripts = test.episodes.map((e) => (kind === 'few-shot' ? e.fewShot : e.script.file));
  const set = yield* makeFilms(part, benchmark, scripts);
  return figuresOf(context, yield* lookAtPictures(context, `looking at ${part}`, set));
}

/** The same of any pictures of the test episodes. */
export function figuresOf({ test }: AblationContext, seen: readonly SeenEpisode[]): Figures {
  const faces = longTerm(seen, defaultFaceThreshold);
  return {
    clip: meanClipScore(seen, test.texts),
    st: shortTerm(seen),
    lt: faces?.recall,
    f1: faces?.f1,
    sim: clipSim(seen, test.seen),
  };
}

/** Pictures of the test episodes as the encoders see them. */
export async function* lookAtPictures(
  context: AblationContext,
  part: string,
  set: PictureSet,
): AsyncGenerator<ExperimentEvent, SeenEpisode[], void> {
  const { episodes, seen } = context.test;
  const portraits = new Map(
    episodes.map((e, i) => [e, new Map((seen[i] as SeenEpisode).portraits)] as const),
  );
  return yield* seeEpisodes(part, join(context.cache, 'looks'), set, episodes, context.encoders, portraits);
}
