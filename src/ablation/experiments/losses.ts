import { type ConfigChanges, together } from '../../presets/index.ts';
import { seedsOf } from '../context.ts';
import { collect, directions, type Experiment, onceOf, type VariantRow } from '../experiment.ts';
import { type FilmKind, figuresOf, filmFigures, filmMetrics } from '../films.ts';
import { autoregressorPlan, plans } from '../plans.ts';
import { stepsOf } from '../settings.ts';
import { trainVariant } from '../variant.ts';

const byLoss = (loss: string): ConfigChanges => ({ 'autoregressor/config.json': { loss } });
const byMean: ConfigChanges = { 'autoregressor/generation_config.json': { greedy: 'mean' } };

const full = 'GMM + l1 + l2';
const distances = 'l1 + l2';
const likelihood = 'GMM';
const fullByMean = 'GMM + l1 + l2, by its mean';

/**
 * The three losses of Table 4; only a model with a likelihood has a distribution to draw from. The fourth is the first
 * again, but decoded as the second has to be: so that loss and decoding can be told apart.
 */
const variants: readonly { readonly name: string; readonly changes: ConfigChanges }[] = [
  { name: full, changes: byLoss('nll+l1+l2') },
  { name: distances, changes: together(byLoss('l1+l2'), byMean) },
  { name: likelihood, changes: byLoss('nll') },
  { name: fullByMean, changes: together(byLoss('nll+l1+l2'), byMean) },
];

/** Tables 1 and 4 (the same six rows). */
const paper: Readonly<Record<string, { clip: number; st: number; lt: number }>> = {
  'GMM + l1 + l2, zero-shot': { clip: 19.584, st: 0.646, lt: 0.814 },
  'GMM + l1 + l2, few-shot': { clip: 20.071, st: 0.701, lt: 0.893 },
  'l1 + l2, zero-shot': { clip: 18.833, st: 0.606, lt: 0.755 },
  'l1 + l2, few-shot': { clip: 19.431, st: 0.616, lt: 0.776 },
  'GMM, zero-shot': { clip: 16.882, st: 0.576, lt: 0.701 },
  'GMM, few-shot': { clip: 17.039, st: 0.571, lt: 0.708 },
};

const kinds: readonly FilmKind[] = ['zero-shot', 'few-shot'];

/** Tables 1 and 4: what the autoregressor is trained by, zero-shot and few-shot. */
export const lossesExperiment: Experiment = async function* (context) {
  const { settings, base } = context;
  const plan = await autoregressorPlan(base.preset, settings);
  const ours = new Map<string, Record<string, number[]>>();
  for (const seed of seedsOf(context)) {
    for (const { name, changes } of variants) {
      const variant = { name: `${name}, seed ${seed}`, stage: 'autoregressor', seed } as const;
      const trained = yield* trainVariant(context, { ...variant, changes: together(plan, changes) });
      for (const kind of kinds)
        collect(ours, `${name}, ${kind}`, yield* filmFigures(context, trained, kind, name));
    }
  }
  const rows = variants.flatMap(({ name }) =>
    kinds.map((kind): VariantRow => {
      const variant = `${name}, ${kind}`;
      return { variant, ours: ours.get(variant) ?? {}, ...(paper[variant] ? { paper: paper[variant] } : {}) };
    }),
  );
  rows.push({ variant: 'true frames', ours: onceOf(figuresOf(context, context.test.seen)) });
  const pairs = [
    [full, distances],
    [full, likelihood],
    [distances, likelihood],
    [fullByMean, distances],
  ] as const;
  const keys = ['clip', 'st', 'lt', 'f1'];
  const { batchSize, length } = plans.autoregressor;
  return {
    name: 'table-1-4',
    title: 'Tables 1 and 4: losses of the autoregressor',
    budget:
      `autoregressor from fresh weights, ${stepsOf(plans.autoregressor.steps, settings)} steps of ${batchSize} sequences of ` +
      `${length} positions, ${settings.trainEpisodes} episodes; the preset's renderer`,
    metrics: filmMetrics,
    rows,
    directions: [
      ...kinds.flatMap((kind) =>
        pairs.flatMap(([a, b]) => directions(filmMetrics, rows, `${a}, ${kind}`, `${b}, ${kind}`, keys)),
      ),
      ...directions(filmMetrics, rows, `${full}, few-shot`, `${full}, zero-shot`, keys),
    ],
    notes: [
      'Left out: FID, Inception score and aesthetic score, whose encoders are not among the preset’s models.',
      'ST rewards sameness: a film that always shows the same picture has 1. What the true frames have is right.',
      'l1 + l2 alone teaches no deviations: its tokens are the mixture means, those of the other two are drawn as the preset ' +
        'does it. “By its mean” is the very model of the first row, with its means taken.',
    ],
  };
};
