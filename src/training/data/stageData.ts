import { type ConfigJson, parseConfig } from '../../base/index.ts';
import { isOpenai, type ModelLoader } from '../../inference/index.ts';
import { readClipOpenaiConfig, readClipTextConfig, readClipVisionConfig } from '../../models/clip/index.ts';
import { compressorConfig } from '../../models/compressor/index.ts';
import { readSvdUNetConfig } from '../../models/svd/index.ts';
import type { ModelName, Preset } from '../../presets/index.ts';
import { type DataPart, dataSettingsOf, plannedLatents } from '../stage.ts';
import { keptFrames } from '../stages/animator.ts';
import type { StageName } from '../stages/index.ts';
import { latentsKey } from './features.ts';
import { mostPeople } from './pictureEmbeddings.ts';
import { type RenderedKind, renderedKey } from './renderedLatents.ts';

/** Which part of the data: to train on, or held out. */
export type Split = 'train' | 'validation';

/** How many rows the files of a split have. */
export interface SplitCounts {
  readonly frames: number;
  readonly episodes: number;
  /** Shots of the longest episode. */
  readonly mostShots: number;
  /** Pixels of a frame. */
  readonly pixels: number;
}

/** A file in the folder of a drawn data set. */
export interface StageFile {
  readonly split: Split;
  readonly what: string;
  /** Its name; of features, the part before the key. */
  readonly name: string;
  /** The models that it is computed with; of drawn pictures none. */
  readonly computedWith: readonly ModelName[];
  /** The key in its name, where that is not `modelsKey` of those models. */
  readonly key?: (models: ModelLoader) => Promise<string>;
  /** The episodes of its data set, where these are not the split's own. */
  readonly set?: DataPart;
  /** Needed only to compute this other one. */
  readonly only?: string;
  bytes(counts: SplitCounts): number;
}

type Describe = (preset: Preset, settings: ConfigJson) => Promise<StageFile[]>;

/** Bytes of a value of half precision, in which features are stored. */
const half = 2;
const splits: readonly Split[] = ['train', 'validation'];
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const isPositive = (value: unknown): boolean => typeof value === 'number' && value > 0;

/** Faces that are kept of the cast of an episode (`scriptFeatures`); counted in drawn ones. */
const facesPerEpisode = 20;

const frames: Describe = async () =>
  splits.map((split) => ({
    ...{ split, what: 'frames', name: 'frames.rgb', computedWith: [] },
    bytes: ({ frames, pixels }) => 3 * pixels * frames,
  }));

const smallFrames: Describe = async (preset) => {
  const { imageSize: side } = readClipVisionConfig(await preset.config('clip'));
  return [
    {
      ...{ split: 'train', what: 'small frames', name: `frames-${side}.rgb`, computedWith: [] },
      bytes: ({ frames }) => 3 * side ** 2 * frames,
    },
  ];
};

/** The pictures that the text tower goes on matching are drawn for it alone, of fewer episodes; it keeps their embeddings. */
const textPictures: Describe = async (preset, settings) => {
  const { pictureEpisodes } = settings as { readonly pictureEpisodes: number };
  const { projectionDim } = readClipVisionConfig(await preset.config('clip'));
  const { train } = await dataSettingsOf(preset);
  const set = { ...train, episodes: Math.min(train.episodes, pictureEpisodes) };
  return [
    {
      ...{ split: 'train', what: 'frames', name: 'frames.rgb', computedWith: [], set },
      bytes: ({ frames, pixels }) => 3 * pixels * frames,
    },
    {
      ...{
        split: 'train',
        what: 'picture embeddings',
        name: 'picture-embeddings',
        computedWith: ['clip'] as const,
        set,
      },
      bytes: ({ frames }) => half * (1 + mostPeople) * projectionDim * frames,
    },
    {
      ...{ split: 'validation', what: 'frames', name: 'frames.rgb', computedWith: [] },
      bytes: (counts) => 3 * counts.pixels * counts.frames,
    },
  ];
};

/** Faces to learn from are drawn as they are needed. */
const heldOutFrames: Describe = async (preset, settings) =>
  (await frames(preset, settings)).filter(({ split }) => split === 'validation');

/** One row of features a frame, of the training split also of the mirror images where the stage mirrors. */
function frameFeatures(
  file: Pick<StageFile, 'what' | 'name' | 'computedWith' | 'key' | 'only'>,
  values: number,
  of: readonly Split[],
  mirrors: boolean,
): StageFile[] {
  const bytes = ({ frames }: SplitCounts): number => half * values * frames;
  const mirrored = { what: `mirrored ${file.what}`, name: `${file.name}-mirrored` };
  return of.flatMap((split) => [
    { ...file, split, bytes },
    ...(mirrors && split === 'train' ? [{ ...file, ...mirrored, split, bytes }] : []),
  ]);
}

const latents: Describe = async (preset, { flip }) =>
  frameFeatures(
    { what: 'latents', name: 'latents', computedWith: ['vae'], key: latentsKey },
    product(await plannedLatents(preset)),
    ['train'],
    isPositive(flip),
  );

const spatial: Describe = async (preset, { flip }) => {
  const { tokens, inputDim } = parseConfig(compressorConfig, await preset.config('compressor'));
  const file = { what: 'spatial tokens', name: 'spatial', computedWith: ['clip'] as const };
  return frameFeatures(file, tokens * inputDim, splits, isPositive(flip));
};

/** What the autoregressor and the renderer read of scripts. */
const sequences: Describe = async (preset, settings) => {
  const { outputTokens, outputDim } = parseConfig(compressorConfig, await preset.config('compressor'));
  const text = await preset.config((await preset.has('text')) ? 'text' : 'clip');
  const face = await preset.config('face');
  const sentence = isOpenai(text) ? readClipOpenaiConfig(text).text : readClipTextConfig(text);
  const tower = isOpenai(face) ? readClipOpenaiConfig(face).vision : readClipVisionConfig(face);
  const tokens = { what: 'tokens', name: 'tokens', computedWith: ['clip', 'compressor'] as const };
  return [
    ...frameFeatures(tokens, outputTokens * outputDim, splits, isPositive(settings.flip)),
    ...(await spatial(preset, settings)).map((file) => ({
      ...file,
      only: file.name.replace('spatial', 'tokens'),
    })),
    ...splits.flatMap((split): StageFile[] => [
      {
        ...{ split, what: 'sentences', name: 'sentences', computedWith: ['clip', 'text'] },
        bytes: ({ frames }) => half * sentence.projectionDim * frames,
      },
      {
        ...{ split, what: 'faces', name: 'faces', computedWith: ['face'] },
        bytes: ({ episodes }) => half * tower.projectionDim * facesPerEpisode * episodes,
      },
    ]),
  ];
};

const generated: Describe = async (preset, { generatedTokens, flip }) => {
  if (!isPositive(generatedTokens)) return [];
  const { outputTokens, outputDim } = parseConfig(compressorConfig, await preset.config('compressor'));
  return splits.map((split) => {
    const both = split === 'train' && isPositive(flip);
    return {
      ...{ split, what: 'generated tokens', name: both ? 'generated-both' : 'generated' },
      computedWith: ['clip', 'text', 'face', 'compressor', 'autoregressor'],
      bytes: ({ episodes, mostShots }) =>
        half * (both ? 2 : 1) * episodes * mostShots * outputTokens * outputDim,
    };
  });
};

const clips: Describe = async (preset, settings) => {
  const { clips, heldClips, clipFrames, strides } = settings as {
    readonly [key in 'clips' | 'heldClips' | 'clipFrames']: number;
  } & { readonly strides: readonly number[] };
  const { kept } = keptFrames({ strides, clipFrames });
  const { contextWidth, keyframeChannels } = readSvdUNetConfig(await preset.config('animator'));
  const latent = product(await plannedLatents(preset));
  return splits.flatMap((split): StageFile[] => {
    const count = (frames: number): number => Math.min(frames, split === 'train' ? clips : heldClips);
    return [
      {
        ...{ split, what: 'clips', name: 'clips', computedWith: ['vae'], key: latentsKey },
        bytes: ({ frames }) => half * count(frames) * kept * latent,
      },
      {
        ...{ split, what: 'clip embeddings', name: 'clip-embeddings', computedWith: ['clip'] },
        bytes: ({ frames }) => half * count(frames) * contextWidth,
      },
      ...(keyframeChannels > 0
        ? [
            {
              ...{
                split,
                what: 'clips’ keyframes',
                name: 'clip-keyframes',
                computedWith: ['vae'] as const,
                key: latentsKey,
              },
              bytes: ({ frames }: { readonly frames: number }) => half * count(frames) * latent,
            },
          ]
        : []),
    ];
  });
};

/** What the decoder is finished on: all of the renderer's data of episodes of its own, and what it paints of them. */
const finishing: Describe = async (preset, settings) => {
  const { data, generatedShare, tokensShare } = settings as {
    readonly data?: DataPart;
    readonly generatedShare: number;
    readonly tokensShare: number;
  };
  const values = product(await plannedLatents(preset));
  const rendered = (kind: RenderedKind): StageFile[] => {
    const what = `latents of ${kind} tokens`;
    const key = (models: ModelLoader): Promise<string> => renderedKey(models, kind);
    const computedWith = kind === 'generated' ? ([...renderedWith, 'autoregressor'] as const) : renderedWith;
    return frameFeatures({ what, name: `rendered-${kind}`, computedWith, key }, values, splits, false);
  };
  const files = [
    ...(await frames(preset, settings)),
    ...frameFeatures(
      { what: 'latents', name: 'latents', computedWith: ['vae'], key: latentsKey },
      values,
      splits,
      false,
    ),
    ...(generatedShare + tokensShare > 0 ? await sequences(preset, {}) : []),
    ...(await generated(preset, { generatedTokens: generatedShare })),
    ...(generatedShare > 0 ? rendered('generated') : []),
    ...(tokensShare > 0 ? rendered('true') : []),
  ];
  return files.map((file) => (data && file.split === 'train' ? { ...file, set: data } : file));
};
const renderedWith = ['clip', 'text', 'face', 'compressor', 'unet', 'renderer'] as const;

/** What each stage keeps on disk. */
const parts: { readonly [K in StageName]: readonly Describe[] } = {
  vae: [frames],
  clip: [frames, smallFrames],
  text: [textPictures],
  face: [heldOutFrames],
  detector: [frames],
  tokenizer: [frames, latents, spatial],
  autoregressor: [frames, sequences],
  renderer: [frames, latents, sequences, generated],
  finish: [finishing],
  animator: [frames, clips],
};

/** The files of data that a stage reads, from configs alone; `settings` are the stage's own, checked by its planner. */
export async function stageFiles(
  stage: StageName,
  preset: Preset,
  settings: ConfigJson,
): Promise<StageFile[]> {
  const files: StageFile[] = [];
  for (const describe of parts[stage]) files.push(...(await describe(preset, settings)));
  return files;
}
