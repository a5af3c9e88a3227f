import { clipSim } from '../../benchmark/index.ts';
import { seedsOf } from '../context.ts';
import { draftPictures } from '../drafts.ts';
import { collect, directions, type Experiment, type Metric, type VariantRow } from '../experiment.ts';
import { lookAtPictures } from '../films.ts';
import { plans, tokenizerPlan } from '../plans.ts';
import { stepsOf } from '../settings.ts';
import { trainVariant } from '../variant.ts';

const counts = [2, 8] as const;
const paper: Readonly<Record<number, { sim: number }>> = { 2: { sim: 0.825 }, 8: { sim: 0.841 } };

const metrics: readonly Metric[] = [
  { key: 'sim', name: 'CLIP-sim (-1 .. 1)', better: 'higher' },
  { key: 'error', name: 'squared error of latents (0 ..)', better: 'lower' },
];

/** Table 3: two compressed tokens against eight. */
export const tokensExperiment: Experiment = async function* (context) {
  const { settings, base, test } = context;
  const ours = new Map<string, Record<string, number[]>>();
  for (const seed of seedsOf(context)) {
    for (const count of counts) {
      const name = `${count} tokens, seed ${seed}`;
      const changes = await tokenizerPlan(base.preset, settings, count);
      const trained = yield* trainVariant(context, { name, stage: 'tokenizer', seed, changes });
      const drafts = yield* draftPictures(context, trained, 'map', name);
      const seen = yield* lookAtPictures(context, `looking at ${name}`, drafts);
      collect(ours, `${count} tokens`, { sim: clipSim(seen, test.seen), error: drafts.error });
    }
  }
  const rows = counts.map((count): VariantRow => {
    const variant = `${count} tokens`;
    return { variant, ours: ours.get(variant) ?? {}, ...(paper[count] ? { paper: paper[count] } : {}) };
  });
  return {
    name: 'table-3',
    title: 'Table 3: number of compressed tokens',
    budget:
      `compressor and the decoder's draft from fresh weights, ${stepsOf(plans.tokenizer.steps, settings)} steps of ` +
      `${plans.tokenizer.batchSize} frames of ${settings.trainEpisodes} episodes`,
    metrics,
    rows,
    directions: directions(metrics, rows, '8 tokens', '2 tokens'),
    notes: [
      'Pictures are the decoded draft, the mean picture that the tokens say; the U-Net behind it is not trained.',
      'Left out: FID, Inception score and aesthetic score, whose encoders are not among the preset’s models.',
    ],
  };
};
