import { z } from 'zod';
import { parseConfig } from '../../base/index.ts';
import { drawSides, type FrameSet, frameImage, framesByRow } from '../../corpus/index.ts';
import {
  abs,
  add,
  div,
  f32,
  input,
  mul,
  Parameters,
  sigmoid,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
} from '../../graph/index.ts';
import { FaceDetector, intersectionOverUnion } from '../../inference/index.ts';
import { contactSheet, type Image, newImage, toTensor } from '../../media/index.ts';
import { cellSize, faceDetector, faceDetectorConfig } from '../../models/faceDetector/index.ts';
import type { ModelSource } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import { faceCells } from '../data/faceCells.ts';
import { parametersOptions } from '../parametersOptions.ts';
import {
  dataSettingsOf,
  framesOf,
  type StageBuilder,
  type StageContext,
  type StagePlanner,
  saveJson,
  saveModels,
  settingsOf,
} from '../stage.ts';
import { type SavedModel, TrainingError } from '../task.ts';

const own = {
  /** Probability with which a picture is mirrored. */
  flip: z.number().min(0).max(1),
  /** Largest blur, as the factor by which a picture is made smaller and larger again: generated pictures are softer. */
  blur: z.number().min(1),
  /** Weight of the boxes' error beside that of the scores. */
  boxWeight: z.number().nonnegative(),
};

/** Overlap with the true box from which a found one counts. */
const enough = 0.5;

/** The stage's settings, config and networks, without its data. */
async function networksOf({ preset }: Pick<StageContext, 'preset'>) {
  const settings = await settingsOf(preset, 'detector', own);
  const config = parseConfig(faceDetectorConfig, await preset.config('detector'));
  const { width, height } = await dataSettingsOf(preset);
  const { batchSize: n, boxWeight } = settings;
  const cell = cellSize(config);
  if (width % cell !== 0 || height % cell !== 0) {
    throw new TrainingError(
      `preset '${preset.name}', training/data.json: width and height must be multiples of ${cell}, a cell of the detector, got ` +
        `${width}x${height}`,
    );
  }
  const parameters = new Parameters(undefined, parametersOptions(settings));
  const pixels = input('pixels', [n, 3, height, width]);
  const { logits, sides } = faceDetector(parameters.scope(), pixels, config);
  const scores = input('scores', logits.shape);
  const wanted = input('sides', sides.shape);
  const count = input('count', []);
  const scoreLoss = div(sum(focal(logits, scores)), count);
  const boxLoss = div(sum(mul(abs(sub(sides, wanted)), scores)), mul(count, 4));
  const task = {
    name: 'detector',
    settings,
    parameters: [...parameters],
    loss: add(scoreLoss, mul(boxLoss, boxWeight)),
    metrics: { score: scoreLoss, box: boxLoss },
  };
  return { config, grid: { width: width / cell, height: height / cell, cell }, pixels, scores, wanted, task };
}

export const planDetector: StagePlanner = async (context) => (await networksOf(context)).task;

/**
 * The face detector: what the metrics look for faces with, in true frames and in generated ones. Focal loss on the
 * scores (Lin et al., 2017), absolute error of the logarithms of the distances where faces are.
 */
export const detectorStage: StageBuilder = async (context) => {
  const { preset, seed, say } = context;
  const { config, grid, pixels, scores, wanted, task } = await networksOf(context);
  const { batchSize: n, flip, blur } = task.settings;
  const set = await framesOf(context, 'train');
  const held = await framesOf(context, 'validation');
  const records = framesByRow(set);
  const { width, height } = set.options;

  const evaluate = async (source: (prefix: string) => ModelSource) => {
    const detector = new FaceDetector(source(''), config);
    const result = await precisionAndRecall(detector, held);
    await detector.release();
    return result;
  };
  const models: SavedModel[] = [
    { folder: preset.weights('detector'), file: 'model.safetensors', prefix: '' },
  ];
  return {
    ...task,
    batchSize: n,
    async batch(step) {
      const random = Random.of(seed, 'detector', 'batch', step);
      const chosen = drawSides(n, set.count, flip, random);
      const data = new Float32Array(pixels.size);
      for (const [i, { row, mirrored }] of chosen.entries()) {
        const image = blurred(await frameImage(set, row, mirrored), random.uniform(1, blur));
        data.set(toTensor(image).data as Float32Array, i * 3 * width * height);
      }
      const regions = chosen.flatMap(({ row, mirrored }, image) =>
        (records[row]?.frame.faces ?? []).map(({ box }) => ({ image, box, mirrored })),
      );
      const cells = faceCells(regions, set.options, n, grid);
      return {
        pixels: f32(data, pixels.shape),
        scores: f32(cells.scores, scores.shape),
        sides: f32(cells.sides, wanted.shape),
        count: f32(Float32Array.of(Math.max(1, cells.count)), []),
      };
    },
    async validate(source) {
      const { precision, recall } = await evaluate(source);
      return { precision, recall };
    },
    async sample(source) {
      const detector = new FaceDetector(source(''), config);
      const sheet: Image[] = [];
      for (let i = 0; i < 12; i++) {
        const image = await frameImage(held, Math.floor(((i + 0.5) * held.count) / 12));
        for (const { box } of await detector.detect(image)) outline(image, box);
        sheet.push(image);
      }
      await detector.release();
      return contactSheet(sheet, { columns: 4 });
    },
    models,
    async save(weights, source) {
      await saveModels(models, task.parameters, weights);
      const result = await evaluate(source);
      say(
        `detector: ${result.faces} faces of ${held.count} frames that were never seen: precision ` +
          `${result.precision.toFixed(3)}, recall ${result.recall.toFixed(3)}`,
      );
      await saveJson(preset.weights('detector'), 'evaluation.json', result);
    },
  };
};

/** Focal loss with gamma 2 and alpha 0.25: (1 - p)^2 times the cross-entropy, p the probability of the right answer. */
function focal(logits: Tensor, scores: Tensor): Tensor {
  const p = sigmoid(logits);
  const face = mul(mul(square(sub(1, p)), softplus(mul(logits, -1))), 0.25);
  const none = mul(mul(square(p), softplus(logits)), 0.75);
  return add(mul(scores, face), mul(sub(1, scores), none));
}

/** Made smaller by the factor and larger again: boxes of pixels averaged, then repeated. */
function blurred(image: Image, factor: number): Image {
  if (factor < 1.5) return image;
  const k = Math.round(factor);
  const { width, height, data } = image;
  const out = newImage(width, height);
  for (let y = 0; y < height; y += k) {
    for (let x = 0; x < width; x += k) {
      const [right, bottom] = [Math.min(x + k, width), Math.min(y + k, height)];
      for (let c = 0; c < 3; c++) {
        let total = 0;
        for (let j = y; j < bottom; j++)
          for (let i = x; i < right; i++) total += data[(j * width + i) * 3 + c] as number;
        const mean = total / ((right - x) * (bottom - y));
        for (let j = y; j < bottom; j++)
          for (let i = x; i < right; i++) out.data[(j * width + i) * 3 + c] = mean;
      }
    }
  }
  return out;
}

export interface DetectionQuality {
  /** Found boxes that are faces / found boxes, and faces that were found / faces. */
  readonly precision: number;
  readonly recall: number;
  readonly faces: number;
}

/** Each true face is found by at most one box, each box finds at most one. */
async function precisionAndRecall(detector: FaceDetector, set: FrameSet): Promise<DetectionQuality> {
  let [faces, found, right] = [0, 0, 0];
  for (const { frame } of framesByRow(set)) {
    const boxes = (await detector.detect(await frameImage(set, frame.row))).map((f) => f.box);
    const open = frame.faces.map((f) => f.box);
    faces += open.length;
    found += boxes.length;
    for (const box of boxes) {
      const hit = open.findIndex((o) => intersectionOverUnion(o, box) >= enough);
      if (hit < 0) continue;
      open.splice(hit, 1);
      right++;
    }
  }
  return { precision: found === 0 ? 1 : right / found, recall: faces === 0 ? 1 : right / faces, faces };
}

/** Draws a box's border, two pixels wide. */
function outline(image: Image, box: readonly [number, number, number, number]): void {
  const [x0, y0, x1, y1] = box.map(Math.round) as [number, number, number, number];
  for (let y = Math.max(0, y0); y < Math.min(image.height, y1); y++) {
    for (let x = Math.max(0, x0); x < Math.min(image.width, x1); x++) {
      if (x >= x0 + 2 && x < x1 - 2 && y >= y0 + 2 && y < y1 - 2) continue;
      image.data.set([255, 60, 60], (y * image.width + x) * 3);
    }
  }
}
