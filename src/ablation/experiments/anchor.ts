import { join } from 'node:path';
import { keyOf, measureClips, type PartEvent, pickKeyframes } from '../../benchmark/index.ts';
import { generationConfig, ModelLoader } from '../../inference/index.ts';
import { changedConfigs, Preset, writeConfigs } from '../../presets/index.ts';
import { type AblationContext, seedsOf } from '../context.ts';
import { collect, directions, type Experiment, type Metric, type VariantRow } from '../experiment.ts';

const variants = ['anchor: the keyframe', 'the last frame'] as const;

/** Section 3.5: every further segment conditioned on the keyframe, or on the last frame before it. */
export const anchorExperiment: Experiment = async function* (context) {
  const { settings, test, cache, encoders } = context;
  const cases = settings.clipSteps.flatMap((steps) =>
    settings.segments.map((segments) => ({ steps, segments, key: `${steps}x${segments}` })),
  );
  const metrics = cases.map(
    ({ steps, segments, key }): Metric => ({
      key,
      name: `CLIP-sim, ${segments} segments of ${steps} ${steps === 1 ? 'step' : 'steps'} (-1 .. 1)`,
      better: 'higher',
    }),
  );
  const ours = new Map<string, Record<string, number[]>>();
  const keyframes = pickKeyframes(test.truth, settings.clips);
  for (const seed of seedsOf(context)) {
    for (const { steps, segments, key } of cases) {
      const models = await withSteps(context, steps);
      const job = { key: keyOf(test.truth.key, settings.clips), keyframes, segments, seed };
      const part = `${segments} segments, steps ${steps}, seed ${seed}`;
      const figures = yield* named(part, measureClips(models, encoders, cache, job));
      collect(ours, variants[0], { [key]: figures.keyframe });
      collect(ours, variants[1], { [key]: figures.lastFrame });
    }
  }
  const rows = variants.map((variant): VariantRow => ({ variant, ours: ours.get(variant) ?? {} }));
  const { steps } = await generationConfig(context.base.preset, 'animator');
  return {
    name: 'section-3.5',
    title: 'Section 3.5: the anchor frame',
    budget: `nothing is trained; ${settings.clips} true keyframes, moved by the preset's animator with other noise for each seed`,
    metrics,
    rows,
    directions: directions(metrics, rows, variants[0], variants[1]),
    notes: [
      'The paper gives no figures for it. CLIP-sim is that of the last segment’s frames to the keyframe.',
      `The preset itself samples clips in ${steps} ${steps === 1 ? 'step' : 'steps'}.`,
    ],
  };
};

/** The preset with another number of sampling steps for clips. */
async function withSteps({ base, cache, host }: AblationContext, steps: number): Promise<ModelLoader> {
  const { folder, weightsFolder, packagedWeights: packaged } = base.preset;
  const configs = await changedConfigs(folder, { 'animator/generation_config.json': { steps } });
  const own = join(cache, 'variants', `animator-${keyOf([...configs])}`);
  await writeConfigs(own, configs);
  return new ModelLoader(await Preset.open(own, { weights: weightsFolder, packaged }), host);
}

/** A generator's progress under another name. */
async function* named<R>(
  part: string,
  source: AsyncGenerator<PartEvent, R, void>,
): AsyncGenerator<PartEvent, R, void> {
  for (;;) {
    const { done, value } = await source.next();
    if (done) return value;
    yield { ...value, part };
  }
}
