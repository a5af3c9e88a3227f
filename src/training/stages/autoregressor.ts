import { z } from 'zod';
import type { ConfigJson } from '../../base/configJson.ts';
import { parseConfig } from '../../base/index.ts';
import { drawEpisode, type KeyframeSet } from '../../corpus/index.ts';
import { ModelLoader } from '../../inference/index.ts';
import {
  autoregressorConfig,
  autoregressorLoss,
  type PackedSequence,
  type TrainingShape,
  trainingFeeds,
  trainingInputs,
} from '../../models/autoregressor/index.ts';
import { Random } from '../../random/index.ts';
import { adaptedLlama, isLlama } from '../adapters/models.ts';
import { loraSettings } from '../adapters/settings.ts';
import { drawWithin, fitted, plainSequences, roomFor } from '../data/sequenceBatch.ts';
import type { SequenceAugmentation, SequenceSource } from '../data/sequences.ts';
import { sequenceSources } from '../data/tokenFeatures.ts';
import { autoregressorGraph } from '../graphs/autoregressor.ts';
import { parametersOptions } from '../parametersOptions.ts';
import {
  copyBeside,
  keyframesOf,
  needsPeople,
  needsWeights,
  publishedValues,
  type StageBuilder,
  type StageContext,
  type StagePlanner,
  saveModels,
  settingsOf,
  unseenFrom,
} from '../stage.ts';
import type { SavedModel } from '../task.ts';

const own = {
  /** Most positions of a training sequence: as many shots as fit. */
  length: z.number().int().positive(),
  flip: z.number().min(0).max(1),
  reverse: z.number().min(0).max(1),
  fewShot: z.number().min(0).max(1),
  references: z.number().int().min(0),
  randomFaces: z.boolean(),
  /** Trains adapters of the language model, which stays as it is, and the parts that the paper adds to it. */
  lora: loraSettings,
};

/** The stage's settings, configs and adapters. */
async function settingsAndModel(context: StageContext) {
  const { preset } = context;
  const settings = await settingsOf(preset, 'autoregressor', own);
  const json = await preset.config('autoregressor');
  const config = parseConfig(autoregressorConfig, json);
  const adapted = settings.lora ? await adaptedLlama(context, settings.lora, config) : undefined;
  return { settings, json, config, adapted };
}

/** The stage's networks for batches of a shape. */
function networksOf(
  { settings, config, adapted }: Awaited<ReturnType<typeof settingsAndModel>>,
  shape: TrainingShape,
) {
  const options = parametersOptions(settings, adapted);
  const { parameters: all, ...graph } = autoregressorGraph(config, shape, options);
  const parameters = adapted ? adapted.trained(all) : [...all];
  const frozen = adapted ? { frozen: adapted.frozen(parameters) } : {};
  return { name: 'autoregressor', settings, parameters, ...frozen, ...graph };
}

/** Shots of a script take some dozen positions, of which two are tokens; the rest depends on the scripts. */
export const planAutoregressor: StagePlanner = async (context) => {
  const model = await settingsAndModel(context);
  const { batchSize: batch, length } = model.settings;
  const { tokensPerFrame } = model.config;
  const visual = batch * tokensPerFrame * Math.ceil(length / 24);
  const rows = { text: batch * length, sentences: batch * Math.ceil(length / 4) };
  return networksOf(model, { batch, length, ...rows, faces: visual, visual, targets: visual });
};

/**
 * The autoregressor (paper 3.4): the tokens of each keyframe from its script and everything before it, by mixture
 * likelihood, l1 and l2, with the paper's measures against overfitting. Dropout and token masking are part of the
 * model's config.
 */
export const autoregressorStage: StageBuilder = async (context) => {
  const { preset, seed } = context;
  await needsWeights(context, 'autoregressor', ['clip', 'text', 'face', 'compressor']);
  const model = await settingsAndModel(context);
  const { settings, json, config, adapted } = model;
  const set = await keyframesOf(context, 'train');
  needsPeople(set, 'autoregressor', context);
  const all = await sequenceSources(context, set, {
    mirrored: settings.flip > 0,
  });
  const sources = all.slice(0, (await unseenFrom(context)) || all.length);
  const heldSet = await keyframesOf(context, 'validation');
  const held = await sequenceSources(context, heldSet);
  const { batchSize } = settings;

  const identifiers = await new ModelLoader(preset, context.host).identifiers();
  const draw = (
    from: KeyframeSet,
    list: readonly SequenceSource[],
    augmentation: SequenceAugmentation,
    random: Random,
  ): PackedSequence =>
    drawWithin(
      list[drawEpisode(from, list.length, random)] as SequenceSource,
      { config, identifiers, length: settings.length, augmentation },
      random,
    );
  const sequences = (step: number): PackedSequence[] => {
    const random = Random.of(seed, 'autoregressor', 'batch', step);
    return Array.from({ length: batchSize }, () => draw(set, sources, settings, random));
  };
  const shape = roomFor(sequences, config, settings.length);

  const task = networksOf(model, shape);
  const { parameters } = task;
  const models: SavedModel[] = [
    {
      folder: preset.weights('autoregressor'),
      file: 'model.safetensors',
      prefix: '',
      publishes: isLlama,
      config: {
        architectures: ['LlamaForCausalLM'],
        model_type: 'llama',
        ...(json.llama as ConfigJson),
        torch_dtype: 'float16',
      },
      ...(adapted ? { adapter: adapted.saved } : {}),
    },
  ];
  return {
    ...task,
    initial: adapted
      ? await adapted.initial(parameters)
      : await publishedValues(preset, 'autoregressor', '', parameters),
    batchSize,
    async batch(step) {
      return trainingFeeds(fitted(sequences(step), config, shape), config, shape, {
        random: [seed, 'autoregressor', 'regularisers', step],
      });
    },
    async validate(source) {
      // one fixed batch of unseen episodes, without augmentation or regularisers
      const random = Random.of(seed, 'autoregressor', 'validation');
      const batch = Array.from({ length: batchSize }, () => draw(heldSet, held, plainSequences, random));
      const off = { tokenMasking: false, dropout: false };
      const network = await source('').load((p) => {
        const all = autoregressorLoss(p, config, trainingInputs(config, shape, off));
        return { validation_nll: all.nll, validation_l2: all.l2 };
      });
      const results = await network.run(trainingFeeds(fitted(batch, config, shape), config, shape, off));
      await network.release();
      return Object.fromEntries(Object.entries(results).map(([k, t]) => [k, Number(t.data[0])]));
    },
    models,
    async save(weights) {
      await saveModels(models, parameters, weights);
      // a language model that was trained wholly hides the published one, whose tokenizer it needs
      if (!adapted) await copyBeside(preset, 'autoregressor', ['tokenizer.json', 'tokenizer_config.json']);
    },
  };
};
