import { clipSim, recognised, renderTruth, type SeenEpisode } from '../../benchmark/index.ts';
import { seedsOf } from '../context.ts';
import { draftPictures } from '../drafts.ts';
import { collect, directions, type Experiment, type Metric, onceOf, type VariantRow } from '../experiment.ts';
import { lookAtPictures } from '../films.ts';
import { plans, rendererPlan, tokenizerPlan } from '../plans.ts';
import { stepsOf } from '../settings.ts';
import { trainVariant } from '../variant.ts';

const variants = [
  { variant: 'identity rows', identityRows: true, kind: 'rows' },
  { variant: 'tokens only', identityRows: false, kind: 'tokens' },
] as const;

/** The preset's own pictures of true frames, beside those of the variants. */
const whole = [
  { variant: 'the preset’s renderer, rows given', rendering: 'reconstruction' },
  { variant: 'the preset’s renderer, rows withheld', rendering: 'tokens-only' },
  { variant: 'true frames through the VAE', rendering: 'vae' },
] as const;

/** Figure 3: the renderer with sentences and faces beside the tokens, and without. */
export const identityRowsExperiment: Experiment = async function* (context) {
  const { settings, base, test } = context;
  const { people } = settings;
  const metrics: readonly Metric[] = [
    { key: 'right', name: `right person among ${people} (0 .. 1)`, better: 'higher' },
    { key: 'sim', name: 'CLIP-sim (-1 .. 1)', better: 'higher' },
    { key: 'error', name: 'squared error of latents (0 ..)', better: 'lower' },
  ];
  const figures = (seen: readonly SeenEpisode[]): { right: number; sim: number } => ({
    right: recognised(seen, test.strangers, people),
    sim: clipSim(seen, test.seen),
  });
  const ours = new Map<string, Record<string, number[]>>();
  for (const seed of seedsOf(context)) {
    const start = yield* trainVariant(context, {
      name: `2 tokens, seed ${seed}`,
      stage: 'tokenizer',
      seed,
      changes: await tokenizerPlan(base.preset, settings, 2),
    });
    for (const { variant, identityRows, kind } of variants) {
      const name = `${variant}, seed ${seed}`;
      const changes = rendererPlan(settings, identityRows);
      const trained = yield* trainVariant(context, { name, stage: 'renderer', seed, changes, on: start });
      const drafts = yield* draftPictures(context, trained, kind, name);
      const seen = yield* lookAtPictures(context, `looking at ${name}`, drafts);
      collect(ours, variant, { ...figures(seen), error: drafts.error });
    }
  }
  const { episodes, truth } = test;
  for (const seed of seedsOf(context)) {
    const shipped = yield* renderTruth(base, context.cache, { key: truth.key, episodes, seed });
    for (const { variant, rendering } of whole) {
      const part = `looking at ${rendering} of the preset, seed ${seed}`;
      collect(ours, variant, figures(yield* lookAtPictures(context, part, shipped[rendering])));
    }
  }
  const rows = [...variants, ...whole].map(
    ({ variant }): VariantRow => ({ variant, ours: ours.get(variant) ?? {} }),
  );
  rows.push({ variant: 'true frames', ours: onceOf(figures(test.seen)) });
  return {
    name: 'figure-3',
    title: 'Figure 3: sentences and faces beside the tokens',
    budget:
      `the renderer's draft, ${stepsOf(plans.renderer.steps, settings)} steps of ${plans.renderer.batchSize} frames of ` +
      `${settings.trainEpisodes} episodes, from the same tokenizer (Table 3, 2 tokens)`,
    metrics,
    rows,
    directions: [
      ...directions(metrics, rows, 'identity rows', 'tokens only', ['right', 'sim', 'error']),
      ...directions(metrics, rows, whole[0].variant, whole[1].variant, ['right', 'sim']),
    ],
    notes: [
      'The paper shows pictures only. Variants are measured by their decoded drafts; the preset’s own renderer, trained far ' +
        'longer and once, by its pictures, with the rows and with them taken away; there the seeds differ in noise only.',
    ],
  };
};
