import { join } from 'node:path';
import {
  type ClipSettings,
  generationConfig,
  type ModelLoader,
  type RenderSettings,
} from '../inference/index.ts';
import { type FilmPart, hashFile, type ModelName, modelsOf } from '../presets/index.ts';
import type { Script } from '../script/index.ts';
import { engineKey } from './engineKey.ts';
import { type DreamStage, dreamStages } from './events.ts';
import type { JobInputs } from './jobs.ts';
import { localIdentity } from './localMakers.ts';
import type { MakerIdentity, OwnMakers } from './makers.ts';
import { identityOf, type MakerVariant, type MakerVariants } from './makerVariants.ts';
import { readTokens, type TokenFile } from './run/tokenFile.ts';

/** What a plan needs beside script, state and options: read from disk once, before it. */
export interface FilmFacts {
  /** What all tokens are made from; its hash begins the chain of their keys. */
  readonly tokenInputs: JobInputs;
  readonly makers: { readonly keyframe: MakerIdentity; readonly clip: MakerIdentity };
  /** Fingerprints of what turns users' own keyframes into tokens; where there are such keyframes. */
  readonly pictureWeights?: Readonly<Record<string, string>> | undefined;
  /** Our own keyframe maker, where another one follows its pictures. */
  readonly guide?: MakerIdentity | undefined;
  /** The preset's settings. */
  readonly settings: { readonly keyframe: RenderSettings; readonly clip: ClipSettings };
  /** Weights as keys of version 1 counted them, where that is not as now. */
  readonly formerWeights: Readonly<Partial<Record<FilmPart, Readonly<Record<string, string>>>>>;
  /** Fingerprints of all models that the stages up to the last one use. */
  readonly weights: Readonly<Record<string, string>>;
  readonly tokens: TokenFile;
  /** SHA-256 of the files that are there, by their paths below the run folder. */
  readonly files: ReadonlyMap<string, string>;
}

export interface FactsOptions {
  readonly last: DreamStage;
  /** Paths, below the folder, of files that a plan may reuse. */
  readonly outputs: readonly string[];
  /** Makers in place of our own. */
  readonly own?: OwnMakers | undefined;
  /** Other ways to run the preset's models. */
  readonly variants?: MakerVariants | undefined;
}

/** Reads what a plan needs of the models and of the run folder. Changes nothing. */
export async function readFacts(
  script: Script,
  folder: string,
  loader: ModelLoader,
  { last, outputs, own, variants = {} }: FactsOptions,
): Promise<FilmFacts> {
  const { preset } = loader;
  const isAsked = (stage: DreamStage): boolean => dreamStages.indexOf(stage) <= dreamStages.indexOf(last);
  const tokenParts: FilmPart[] = script.references.length > 0 ? ['tokens', 'references'] : ['tokens'];
  const printsOf = async (...parts: FilmPart[]): Promise<Record<string, string>> =>
    loader.fingerprintsOf(await modelsOf(preset, parts));
  const tokens = await printsOf(...tokenParts);
  // models of stages that are not asked for may lie nowhere, and need not be hashed
  const keyframe =
    isAsked('keyframes') && needsOurs(own?.keyframe)
      ? await printsOf('keyframe', ...(variants.keyframe?.reads ?? []))
      : {};
  const clip = isAsked('clips') && !own?.clip ? await printsOf('clip') : {};
  const ourKeyframes = variantOf(variants.keyframe, {
    weights: keyframe,
    scheduler: await preset.config('scheduler', 'scheduler_config.json'),
  });
  const files = new Map<string, string>();
  for (const path of outputs) {
    const hash = await hashFile(join(folder, path));
    if (hash !== undefined) files.set(path, hash);
  }
  return {
    tokenInputs: {
      maker: engineKey,
      weights: tokens,
      settings: await generationConfig(preset, 'autoregressor'),
      references: script.references.map((path) => script.pictures.get(path)),
    },
    makers: {
      keyframe: own?.keyframe ?? ourKeyframes,
      clip:
        own?.clip ?? variantOf(variants.clip, { weights: clip, scheduler: await loader.animatorScheduler() }),
    },
    ...(script.shots.some((shot) => shot.keyframe) ? { pictureWeights: await printsOf('references') } : {}),
    ...(own?.keyframe?.takes?.guide ? { guide: ourKeyframes } : {}),
    settings: {
      keyframe: await generationConfig(preset, 'renderer'),
      clip: await generationConfig(preset, 'animator'),
    },
    formerWeights: await formerWeights(loader, tokenParts, {
      ...{ tokens, keyframe: own?.keyframe ? {} : keyframe, clip: own?.clip ? {} : clip },
    }),
    weights: { ...tokens, ...keyframe, ...clip },
    tokens: await readTokens(join(folder, 'tokens.safetensors')),
    files,
  };
}

const variantOf = (
  variant: MakerVariant<unknown> | undefined,
  models: Parameters<typeof localIdentity>[0],
): MakerIdentity => (variant ? identityOf(variant, models) : localIdentity(models));

/** Whether our renderer has something to do: keyframes, or the guide of those that another model makes. */
export const needsOurs = (keyframe: MakerIdentity | undefined): boolean =>
  keyframe === undefined || keyframe.takes?.guide === true;

/** The models that keys of version 1 counted: stand-ins, too, where they had nothing to do. */
const formerModels: Readonly<Record<FilmPart, readonly ModelName[]>> = {
  tokens: ['clip', 'text', 'face', 'autoregressor'],
  references: ['clip', 'compressor'],
  keyframe: ['clip', 'text', 'face', 'vae', 'unet', 'renderer'],
  clip: ['clip', 'vae', 'animator', 'animator_vae', 'animator_image_encoder'],
};

async function formerWeights(
  loader: ModelLoader,
  tokenParts: readonly FilmPart[],
  now: Readonly<Record<'tokens' | 'keyframe' | 'clip', Record<string, string>>>,
): Promise<FilmFacts['formerWeights']> {
  const found: Partial<Record<FilmPart, Record<string, string>>> = {};
  for (const part of ['tokens', 'keyframe', 'clip'] as const) {
    if (Object.keys(now[part]).length === 0) continue;
    const names = (part === 'tokens' ? tokenParts : [part]).flatMap((name) => formerModels[name]);
    const prints: Record<string, string> = {};
    for (const name of names)
      if (await loader.preset.has(name)) prints[name] = await loader.fingerprint(name);
    if (JSON.stringify(prints) !== JSON.stringify(now[part])) found[part] = prints;
  }
  return found;
}
