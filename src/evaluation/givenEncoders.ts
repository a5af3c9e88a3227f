import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { preprocessorFiles, readConfig, readPreprocessor } from '../checkpoints/index.ts';
import {
  ClipTokenizer,
  clipTokenizerFiles,
  FaceEncoder,
  ImageEncoder,
  readClipTokenizer,
  SentenceEncoder,
} from '../inference/index.ts';
import { readClipOpenaiConfig, readClipTextConfig, readClipVisionConfig } from '../models/clip/index.ts';
import type { InceptionV3Variant } from '../models/inceptionV3/index.ts';
import { checkpointSource, fingerprintFiles, hashFile } from '../presets/index.ts';
import type { WorkerHost } from '../runtime/index.ts';
import { AestheticHead } from './aestheticHead.ts';
import type { EncoderIdentity, EncoderRole, Encoders, Loaded } from './encoderTypes.ts';
import { EvaluationError } from './evaluationError.ts';
import { Inception } from './inception.ts';

/** Encoders given by path. Unlike preset encoders, a failure to load one throws. */

/** A whole CLIP as transformers publishes it. */
export async function openClip(
  host: WorkerHost,
  path: string,
  onTruncated: (sentence: string) => void,
): Promise<NonNullable<Encoders['clip']>> {
  const [config, preprocess, tokenizer] = await filesOf('--clip', path, [
    'config.json',
    'preprocessor_config.json',
    'tokenizer.json',
  ]);
  const [vision, text] = [readClipVisionConfig(config), readClipTextConfig(config)];
  if (vision.projectionDim !== text.projectionDim) {
    throw new EvaluationError(
      `--clip ${path}: pictures get embeddings of ${vision.projectionDim} numbers and texts of ${text.projectionDim}; ` +
        'give the folder of a whole CLIP, whose config.json has both towers and a projection_dim',
    );
  }
  const source = await checkpointSource(host, path);
  const model = {
    images: new ImageEncoder(source, vision, preprocess),
    sentences: new SentenceEncoder(source, text, new ClipTokenizer(tokenizer), { onTruncated }),
  };
  return { model, identity: await identityOf('clip', path) };
}

/** A CLIP vision tower, or FaRL with a config of OpenAI's names (`embed_dim`...). */
export async function openFace(host: WorkerHost, path: string): Promise<Loaded<FaceEncoder>> {
  const [config, preprocess] = await filesOf('--face', path, ['config.json', 'preprocessor_config.json']);
  const isOpenai = 'embed_dim' in config;
  const model = new FaceEncoder(
    await checkpointSource(host, path),
    isOpenai ? readClipOpenaiConfig(config) : readClipVisionConfig(config),
    preprocess,
  );
  return { model, identity: await identityOf('face', path) };
}

/** LAION's head over the embeddings of `clip`. */
export async function openAesthetic(
  host: WorkerHost,
  path: string,
  clip: Encoders['clip'],
): Promise<Loaded<AestheticHead>> {
  checkFile('--aesthetic', path);
  const model = await AestheticHead.open(host, path);
  const dim = clip?.model.images.dim;
  if (clip && dim !== model.inputDim) {
    throw new EvaluationError(
      `--aesthetic ${path}: the head takes CLIP embeddings of ${model.inputDim} numbers, and ${clip.identity.name} gives ${dim}; ` +
        'give the CLIP that it was made for with --clip FOLDER (768 numbers: ViT-L/14)',
    );
  }
  return { model, identity: await identityOfFile('aesthetic', path) };
}

const inceptionNames: Readonly<Record<InceptionV3Variant, string>> = {
  torchvision: 'torchvision',
  fid: 'TensorFlow port',
};

/** An Inception-v3 for FID and the Inception score. */
export async function openInception(host: WorkerHost, path: string): Promise<Loaded<Inception>> {
  checkFile('--inception', path);
  const model = await Inception.open(host, path);
  const identity = await identityOfFile('inception', path);
  return {
    model,
    identity: { ...identity, name: `${identity.name} (${inceptionNames[model.config.variant]})` },
  };
}

async function identityOf(role: EncoderRole, path: string): Promise<EncoderIdentity> {
  const folder = resolve(path);
  return { role, name: basename(folder), path: folder, fingerprint: await fingerprintFiles(folder) };
}

async function identityOfFile(role: EncoderRole, path: string): Promise<EncoderIdentity> {
  const file = resolve(path);
  return { role, name: basename(file), path: file, fingerprint: (await hashFile(file)) as string };
}

function checkFile(who: string, path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new EvaluationError(`${who} ${path} is a folder; give the .safetensors file in it`);
}

type Json = Record<string, unknown>;

/** Files of other versions of transformers that say the same. */
const alternatives: Readonly<Record<string, readonly (readonly string[])[]>> = {
  [preprocessorFiles[0]]: [preprocessorFiles.slice(1)],
  [clipTokenizerFiles[0]]: [clipTokenizerFiles.slice(1)],
};
const readers: Readonly<Record<string, (folder: string) => Promise<object | undefined>>> = {
  [preprocessorFiles[0]]: readPreprocessor,
  [clipTokenizerFiles[0]]: readClipTokenizer,
};

/** Reads the JSON files that a model's folder must have. */
async function filesOf<const N extends readonly string[]>(
  who: string,
  folder: string,
  names: N,
): Promise<{ [K in keyof N]: Json }> {
  const isThere = (name: string): boolean => existsSync(join(folder, name));
  const missing = names.filter(
    (name) => !isThere(name) && !alternatives[name]?.some((all) => all.every(isThere)),
  );
  if (missing.length > 0) {
    throw new EvaluationError(
      existsSync(folder)
        ? `${who} ${folder}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; it must be a folder as ` +
            `transformers publishes it, with ${names.join(', ')} and weights`
        : `${who} ${folder}: there is no such folder; check the path`,
    );
  }
  const all: Json[] = [];
  for (const name of names) {
    const json = await readers[name]?.(folder);
    all.push((json as Json | undefined) ?? (await readConfig(join(folder, name))));
  }
  return all as { [K in keyof N]: Json };
}
