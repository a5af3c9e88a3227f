import { together } from '../../presets/index.ts';
import { seedsOf } from '../context.ts';
import { collect, directions, type Experiment, type Metric, type VariantRow } from '../experiment.ts';
import { filmFigures, filmMetrics } from '../films.ts';
import { autoregressorPlan, plans } from '../plans.ts';
import { heldOutSample, losses } from '../sequenceFigures.ts';
import { stepsOf } from '../settings.ts';
import { trainVariant } from '../variant.ts';

const variants = [
  { variant: 'face tokens', faceTokens: true },
  { variant: 'no face tokens', faceTokens: false },
] as const;

const metrics: readonly Metric[] = [
  ...filmMetrics.filter((m) => ['lt', 'f1', 'sim'].includes(m.key)),
  { key: 'l2', name: 'l2 of held-out tokens (0 ..)', better: 'lower' },
];

/** Figure 5: the characters' faces in the autoregressor's sequence, and not. */
export const faceTokensExperiment: Experiment = async function* (context) {
  const { settings, base } = context;
  const plan = await autoregressorPlan(base.preset, settings);
  const ours = new Map<string, Record<string, number[]>>();
  for (const seed of seedsOf(context)) {
    for (const { variant, faceTokens } of variants) {
      const name = `${variant}, seed ${seed}`;
      // with them it is the model of Tables 1 and 4, and not trained again
      const change = faceTokens ? {} : { faceTokens };
      const changes = together(plan, { 'autoregressor/config.json': { loss: 'nll+l1+l2', ...change } });
      const trained = yield* trainVariant(context, { name, stage: 'autoregressor', seed, changes });
      const { lt, f1, sim } = yield* filmFigures(context, trained, 'zero-shot', variant);
      const { l2 } = yield* losses(context, trained, 'validation');
      collect(ours, variant, { lt, f1, sim, l2 });
    }
  }
  const rows = variants.map(({ variant }): VariantRow => ({ variant, ours: ours.get(variant) ?? {} }));
  const { batchSize, length } = plans.autoregressor;
  return {
    name: 'figure-5',
    title: 'Figure 5: face tokens for the autoregressor',
    budget:
      `autoregressor from fresh weights, ${stepsOf(plans.autoregressor.steps, settings)} steps of ${batchSize} sequences of ` +
      `${length} positions, ${settings.trainEpisodes} episodes; the preset's renderer, which has the faces in both cases`,
    metrics,
    rows,
    directions: directions(metrics, rows, 'face tokens', 'no face tokens'),
    notes: [
      'The paper shows pictures only.',
      `Zero-shot films. ${heldOutSample} Scripts describe hair, glasses and clothes in sentences, too.`,
    ],
  };
};
