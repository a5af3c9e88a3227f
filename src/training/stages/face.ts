import { z } from 'zod';
import { ConfigError } from '../../base/index.ts';
import {
  FaceArtist,
  type FaceTest,
  faceLabels,
  faceMargin,
  faceSide,
  faceSpace,
  faceTest,
} from '../../corpus/index.ts';
import { add, f32, input, matmul, mul, Parameters, type Scope, type Tensor } from '../../graph/index.ts';
import { FaceEncoder, unitRows } from '../../inference/index.ts';
import { contactSheet, type Image } from '../../media/index.ts';
import { clipVisionWithProjection, readClipVisionConfig } from '../../models/clip/index.ts';
import type { ModelSource } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import { contrastiveLoss, targetRows } from '../contrast.ts';
import { normaliserOf, type View, writeView } from '../data/pixels.ts';
import { classLoss, embeddingHead } from '../graphs/embeddingHeads.ts';
import { parametersOptions } from '../parametersOptions.ts';
import { dataOptions, framesOf, type StageBuilder, saveJson, saveModels, settingsOf } from '../stage.ts';
import type { SavedModel } from '../task.ts';
import { recognise } from './faceRecognition.ts';

const own = {
  temperature: z.number().positive(),
  /** Weight of naming what a face shows: skin, hair or hat and their colours, beard, glasses. */
  classWeight: z.number().nonnegative(),
};

/**
 * The face encoder: two views of each of n people, told apart from all others by the supervised contrastive loss
 * (Khosla et al., 2020), beside linear heads that name what each face shows; these are not saved. Views of a person
 * differ in expression, light, place, size and, in portraits, clothes. Every batch has people of its own, drawn when it is
 * needed: five thousand people who come back were learnt by heart (docs/log.md).
 */
export const faceStage: StageBuilder = async (context) => {
  const { preset, seed, say } = context;
  const settings = await settingsOf(preset, 'face', own);
  const config = readClipVisionConfig(await preset.config('face'));
  const preprocess = await preset.config('face', 'preprocessor_config.json');
  const normaliser = normaliserOf(preprocess);
  const artist = await FaceArtist.create(await dataOptions(context, 'train'));
  const validation = await framesOf(context, 'validation');
  const { batchSize: n, temperature, classWeight } = settings;
  const { imageSize: size, channels } = config;
  if (channels !== 3)
    throw new ConfigError(
      `preset '${preset.name}', face/config.json: num_channels must be 3, got ${channels}`,
    );

  const parameters = new Parameters(undefined, parametersOptions(settings));
  const pixels = input('pixels', [2 * n, 3, size, size]);
  const p = parameters.scope();
  const { imageEmbeds } = clipVisionWithProjection(p, config, pixels);
  const z = unitRows(imageEmbeds); // [2 n, d]
  const logits = mul(matmul(z, z, { transB: true }), 1 / temperature); // [2 n, 2 n]
  const contrast = contrastiveLoss(logits, input('targets', [2 * n, 2 * n]), input('self', [2 * n, 2 * n]));
  const head = (scope: Scope, x: Tensor): Tensor => embeddingHead(scope.at('heads'), x, faceSpace.count);
  const labelled = [2 * n, faceSpace.count];
  const asked = input('asked', [2 * n, faceSpace.names.length]);
  const classes = classLoss(head(p, z), faceSpace, { classes: input('classTargets', labelled), asked });
  const loss = add(contrast, mul(classes, classWeight));
  const self = new Float32Array(4 * n * n);
  for (let i = 0; i < 2 * n; i++) self[i * 2 * n + i] = -1e4;

  let test: Promise<FaceTest> | undefined;
  const evaluate = async (source: (prefix: string) => ModelSource) => {
    test ??= faceTest(validation, seed);
    const encoder = new FaceEncoder(source(''), config, preprocess);
    const reader = await source('').load((scope) => ({
      classes: head(scope, input('x', [readRows, config.projectionDim])),
    }));
    const result = await recognise(encoder, await test, { network: reader, rows: readRows });
    await reader.release();
    await encoder.release();
    const { gallery, crops, cast, portraits, named } = result.accuracy;
    const percent = (v: number): string => `${(100 * v).toFixed(1)} %`;
    say(
      `face: the right person among ${gallery} who were never seen: ${percent(crops)} of faces in frames, ` +
        `${percent(portraits)} of portraits; among the cast of the episode ${percent(cast)}; named of faces in frames: ` +
        Object.entries(named)
          .map(([name, v]) => `${name} ${percent(v)}`)
          .join(', '),
    );
    return result;
  };

  const models: SavedModel[] = [
    { folder: preset.weights('face'), file: 'model.safetensors', prefix: '', except: 'heads' },
  ];
  return {
    name: 'face',
    settings,
    parameters: [...parameters],
    loss,
    metrics: { contrast, classes },
    batchSize: n,
    wholeBatch: true,
    async batch(step) {
      const random = Random.of(seed, 'face', 'batch', step);
      const people = await artist.draw(n, random);
      const data = new Float32Array(2 * n * 3 * size * size);
      for (const [i, { views }] of people.entries()) {
        for (const [k, { image, isCrop }] of views.entries()) {
          const at = (2 * i + k) * 3 * size * size;
          writeView(image, jitter(random, isCrop), normaliser, data, at, size);
        }
      }
      const labels = faceSpace.targets(people.flatMap(({ identity }) => Array(2).fill(faceLabels(identity))));
      const targets = targetRows((i, j) => i !== j && i >> 1 === j >> 1, 2 * n, 2 * n);
      const square = [2 * n, 2 * n];
      return {
        pixels: f32(data, pixels.shape),
        targets: f32(targets, square),
        self: f32(self.slice(), square),
        classTargets: f32(labels.classes, labelled),
        asked: f32(labels.asked, asked.shape),
      };
    },
    async sample(source) {
      const { shown } = await evaluate(source);
      return contactSheet(
        shown.flatMap((s): Image[] => s.images),
        {
          columns: shown[0]?.images.length ?? 1,
          labels: shown.flatMap((s) => s.labels),
          title: 'face, then the nearest portraits',
        },
      );
    },
    models,
    async save(weights, source) {
      const folder = preset.weights('face');
      await saveModels(models, [...parameters], weights);
      const { accuracy } = await evaluate(source);
      await saveJson(folder, 'evaluation.json', accuracy);
    },
  };
};

/** Rows that the heads read at a time when they are tested. */
const readRows = 32;

/** Another distance, place, direction and light. */
function jitter(random: Random, isCrop: boolean): View {
  const usual = isCrop ? faceSide / faceMargin : faceSide;
  const side = usual * (isCrop ? random.uniform(0.88, 1.15) : random.uniform(0.8, 1.02));
  const place = (): number => (faceSide - side) / 2 + random.uniform(-0.06, 0.06) * usual;
  const tone = random.uniform(0.82, 1.12);
  const channel = (): number => tone * random.uniform(0.93, 1.07);
  return {
    left: place(),
    top: place(),
    side,
    mirrored: random.chance(0.5),
    gain: [channel(), channel(), channel()],
  };
}
