import { parseConfig } from '../../base/index.ts';
import { autoregressorConfig } from '../../models/autoregressor/index.ts';
import { type ConfigChanges, together } from '../../presets/index.ts';
import { type AblationContext, seedsOf } from '../context.ts';
import { collect, directions, type Experiment, type Metric, type VariantRow } from '../experiment.ts';
import { filmFigures, filmMetrics } from '../films.ts';
import { autoregressorPlan, plans } from '../plans.ts';
import { heldOutSample, losses } from '../sequenceFigures.ts';
import { stepsOf } from '../settings.ts';
import { trainVariant } from '../variant.ts';

/** Everything that the paper's 3.4 does against overfitting, and hidden histories, off. */
const off: ConfigChanges = {
  'autoregressor/config.json': { dropout: 0, maskProbability: 0, hiddenHistoryProbability: 0 },
  'training/autoregressor.json': { flip: 0, reverse: 0, fewShot: 0, references: 0, randomFaces: false },
};

const variants: readonly { readonly variant: string; readonly changes: ConfigChanges }[] = [
  { variant: 'measures on', changes: {} },
  { variant: 'measures off', changes: off },
];

const metrics: readonly Metric[] = [
  { key: 'trainL2', name: 'l2, training episodes (0 ..)', better: 'lower' },
  { key: 'heldL2', name: 'l2, held-out episodes', better: 'lower' },
  { key: 'gapL2', name: 'held-out less training', better: 'lower' },
  { key: 'trainNll', name: 'nll, training episodes (nats a value)', better: 'lower' },
  { key: 'heldNll', name: 'nll, held-out episodes', better: 'lower' },
  ...filmMetrics.filter((m) => ['lt', 'f1', 'sim'].includes(m.key)),
];

/** Figure 7: the measures against overfitting all on, as the preset has them, and all off, on a few episodes. */
export const overfittingExperiment: Experiment = async function* (context) {
  const { settings, base } = context;
  const plan = await autoregressorPlan(base.preset, settings, settings.fewEpisodes);
  const ours = new Map<string, Record<string, number[]>>();
  for (const seed of seedsOf(context)) {
    for (const { variant, changes } of variants) {
      const name = `${variant}, seed ${seed}`;
      const job = { name, stage: 'autoregressor', seed, changes: together(plan, changes) } as const;
      const trained = yield* trainVariant(context, job);
      const known = yield* losses(context, trained, 'train');
      const held = yield* losses(context, trained, 'validation');
      const { lt, f1, sim } = yield* filmFigures(context, trained, 'zero-shot', variant);
      collect(ours, variant, {
        trainL2: known.l2,
        heldL2: held.l2,
        gapL2: held.l2 - known.l2,
        trainNll: known.nll,
        heldNll: held.nll,
        ...{ lt, f1, sim },
      });
    }
  }
  const rows = variants.map(({ variant }): VariantRow => ({ variant, ours: ours.get(variant) ?? {} }));
  const keys = metrics.map((m) => m.key).filter((key) => !key.startsWith('train'));
  const { batchSize, length } = plans.autoregressor;
  return {
    name: 'figure-7',
    title: 'Figure 7: the measures against overfitting',
    budget:
      `autoregressor from fresh weights, ${stepsOf(plans.autoregressor.steps, settings)} steps of ${batchSize} sequences of ` +
      `${length} positions, ${settings.fewEpisodes} episodes only; the preset's renderer`,
    metrics,
    rows,
    directions: directions(metrics, rows, 'measures on', 'measures off', keys),
    notes: [
      `The paper shows pictures only. On: ${await measuresOf(context)}. Off: none of them.`,
      `Zero-shot films. ${heldOutSample}`,
    ],
  };
};

/** The preset's own measures with their probabilities, in words. */
async function measuresOf({ base: { preset } }: AblationContext): Promise<string> {
  const model = parseConfig(autoregressorConfig, await preset.config('autoregressor'));
  const { reverse, flip, fewShot, randomFaces } = await preset.config('training', 'autoregressor.json');
  return (
    `dropout ${model.dropout} (the paper: 0.5), token masking ${model.maskProbability} (0.15), hidden histories ` +
    `${model.hiddenHistoryProbability} (not in the paper), reversed order ${reverse}, mirror images ${flip}, few-shot ` +
    `references ${fewShot}, ${randomFaces ? 'faces from any picture of the person' : 'faces from portraits alone'}`
  );
}
