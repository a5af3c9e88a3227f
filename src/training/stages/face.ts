import { z } from 'zod';
import { ConfigError } from '../../base/index.ts';
import { type FaceViews, faceViews, type Person, storedMargin, storedSide } from '../../corpus/index.ts';
import { f32, input, matmul, mul, Parameters } from '../../graph/index.ts';
import { FaceEncoder, unitRows } from '../../inference/index.ts';
import { contactSheet, type Image } from '../../media/index.ts';
import { clipVisionWithProjection, readClipVisionConfig } from '../../models/clip/index.ts';
import type { ModelSource } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import { contrastiveLoss, targetRows } from '../contrast.ts';
import { normaliserOf, type View, writeView } from '../data/pixels.ts';
import { parametersOptions } from '../parametersOptions.ts';
import { framesOf, type StageBuilder, saveJson, saveModels, settingsOf } from '../stage.ts';
import { type SavedModel, TrainingError } from '../task.ts';
import { type FaceTest, faceTest, recognise } from './faceRecognition.ts';

const own = { temperature: z.number().positive() };

/**
 * The face encoder: two views of each of n people, told apart from all others by the supervised contrastive loss
 * (Khosla et al., 2020). Views of a person differ in expression, light, place, size and, in portraits, clothes; half
 * of a batch are people who look alike.
 */
export const faceStage: StageBuilder = async (context) => {
  const { preset, seed, say } = context;
  const settings = await settingsOf(preset, 'face', own);
  const config = readClipVisionConfig(await preset.config('face'));
  const preprocess = await preset.config('face', 'preprocessor_config.json');
  const normaliser = normaliserOf(preprocess);
  const train = await framesOf(context, 'train');
  const views = await faceViews(train, say);
  const validation = await framesOf(context, 'validation');
  const { batchSize: n, temperature } = settings;
  const { imageSize: size, channels } = config;
  if (channels !== 3)
    throw new ConfigError(
      `preset '${preset.name}', face/config.json: num_channels must be 3, got ${channels}`,
    );

  const parameters = new Parameters(undefined, parametersOptions(settings));
  const pixels = input('pixels', [2 * n, 3, size, size]);
  const { imageEmbeds } = clipVisionWithProjection(parameters.scope(), config, pixels);
  const z = unitRows(imageEmbeds); // [2 n, d]
  const logits = mul(matmul(z, z, { transB: true }), 1 / temperature); // [2 n, 2 n]
  const loss = contrastiveLoss(logits, input('targets', [2 * n, 2 * n]), input('self', [2 * n, 2 * n]));
  const self = new Float32Array(4 * n * n);
  for (let i = 0; i < 2 * n; i++) self[i * 2 * n + i] = -1e4;

  let test: Promise<FaceTest> | undefined;
  const evaluate = async (source: (prefix: string) => ModelSource) => {
    test ??= faceTest(validation, seed);
    const encoder = new FaceEncoder(source(''), config, preprocess);
    const result = await recognise(encoder, await test);
    await encoder.release();
    const { gallery, crops, cast, portraits } = result.accuracy;
    const percent = (v: number): string => `${(100 * v).toFixed(1)} %`;
    say(
      `face: the right person among ${gallery} who were never seen: ${percent(crops)} of faces in frames, ` +
        `${percent(portraits)} of portraits; among the cast of the episode ${percent(cast)}`,
    );
    return result;
  };

  const models: SavedModel[] = [{ folder: preset.weights('face'), file: 'model.safetensors', prefix: '' }];
  return {
    name: 'face',
    settings,
    parameters: [...parameters],
    loss,
    batchSize: n,
    wholeBatch: true,
    async batch(step) {
      const random = Random.of(seed, 'face', 'batch', step);
      const chosen = choosePeople(views, n, random);
      const data = new Float32Array(2 * n * 3 * size * size);
      for (const [i, person] of chosen.entries()) {
        const rows = twoRows(views.people[person] as Person, random);
        for (const [k, { row, isCrop }] of rows.entries()) {
          const picture = { width: storedSide, height: storedSide, data: await views.rows.read(row) };
          const at = (2 * i + k) * 3 * size * size;
          writeView(picture, jitter(random, isCrop), normaliser, data, at, size);
        }
      }
      const targets = targetRows((i, j) => i !== j && i >> 1 === j >> 1, 2 * n, 2 * n);
      const square = [2 * n, 2 * n];
      return {
        pixels: f32(data, pixels.shape),
        targets: f32(targets, square),
        self: f32(self.slice(), square),
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

/** `n` different people: half of them in groups that are easily mixed up, the others at random. */
function choosePeople({ people, groups }: FaceViews, n: number, random: Random): number[] {
  if (people.length < n)
    throw new TrainingError(
      `face: a batch of ${n} people needs as many, the data have ${people.length}. More episodes (training/data.json), or a ` +
        'smaller batchSize (training/face.json)',
    );
  const chosen = new Set<number>();
  while (chosen.size < n / 2) {
    for (const person of random.shuffle(random.pick(groups)).slice(0, 4))
      if (chosen.size < n) chosen.add(person);
  }
  while (chosen.size < n) chosen.add(random.int(people.length));
  return [...chosen];
}

/** Two different pictures of a person: mostly a face from a frame and, every other time, a portrait. */
function twoRows({ crops, portraits }: Person, random: Random): { row: number; isCrop: boolean }[] {
  const draw = (wanted: 'crop' | 'portrait', not?: number): { row: number; isCrop: boolean } => {
    const list = wanted === 'crop' ? crops : portraits;
    const left = list.filter((row) => row !== not);
    if (left.length === 0) return draw(wanted === 'crop' ? 'portrait' : 'crop', not);
    return { row: random.pick(left), isCrop: wanted === 'crop' };
  };
  const first = draw('crop');
  return [first, draw(random.chance(0.5) ? 'portrait' : 'crop', first.row)];
}

/** Another distance, place, direction and light. */
function jitter(random: Random, isCrop: boolean): View {
  const usual = isCrop ? storedSide / storedMargin : storedSide;
  const side = usual * (isCrop ? random.uniform(0.88, 1.15) : random.uniform(0.8, 1.02));
  const place = (): number => (storedSide - side) / 2 + random.uniform(-0.06, 0.06) * usual;
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
