import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../base/index.ts';
import { FaceDetector, ModelLoader } from '../inference/index.ts';
import { faceDetectorConfig } from '../models/faceDetector/index.ts';
import { checkpointSource, fingerprintFiles, Preset } from '../presets/index.ts';
import type { WorkerHost } from '../runtime/index.ts';
import type { EncoderRole, Encoders, Loaded } from './encoderTypes.ts';
import { openAesthetic, openClip, openFace, openInception } from './givenEncoders.ts';

export interface EncoderChoice {
  /** Preset, by name or folder, whose encoders are taken where no other is given; 'theatre' by default. */
  readonly preset?: string;
  /** Folder of the preset's weights. */
  readonly weights?: string;
  /** Another CLIP: config.json, preprocessor_config.json, tokenizer.json and weights as transformers publishes them. */
  readonly clip?: string;
  /** Another face encoder: a CLIP vision tower with its configs, or FaRL in OpenAI's layout. */
  readonly face?: string;
  /** LAION's aesthetic predictor for that CLIP, a .safetensors file. */
  readonly aesthetic?: string;
  /** An Inception-v3 with torchvision's names, a .safetensors file: the network of FID, or torchvision's own. */
  readonly inception?: string;
}

/**
 * Opens the encoders. One of the preset's that has no weights is absent; one that was asked for by its path must be there:
 * `EvaluationError`, `CheckpointError` and `ConfigError` say what is wrong with it.
 */
export async function openEncoders(host: WorkerHost, choice: EncoderChoice = {}): Promise<Encoders> {
  const { preset: name = 'theatre', weights } = choice;
  const preset = await Preset.open(name, weights ? { weights } : {});
  const absent: Absent = {};
  const cut = new Set<string>();
  const models = new ModelLoader(preset, host);
  const onTruncated = (sentence: string): void => void cut.add(sentence);
  const clip = choice.clip
    ? await openClip(host, choice.clip, onTruncated)
    : await ownEncoder(
        preset,
        'clip',
        async () => ({
          images: await models.imageEncoder(),
          sentences: await models.sentenceEncoder({ onTruncated }, 'clip'),
        }),
        'give a CLIP with --clip FOLDER, or train one: npx moviedreamer train clip',
        absent,
      );
  const face = choice.face
    ? await openFace(host, choice.face)
    : await ownEncoder(
        preset,
        'face',
        () => models.faceEncoder(),
        'give a face encoder with --face FOLDER, or train one: npx moviedreamer train face',
        absent,
      );
  const detector = await ownEncoder(
    preset,
    'detector',
    async () =>
      new FaceDetector(
        await checkpointSource(host, preset.weightsIn('detector')),
        parseConfig(faceDetectorConfig, await preset.config('detector')),
      ),
    'train a face detector: npx moviedreamer train detector',
    absent,
  );
  const aesthetic = choice.aesthetic ? await openAesthetic(host, choice.aesthetic, clip) : undefined;
  if (!aesthetic)
    absent.aesthetic = 'give the LAION head for the CLIP that is used with --aesthetic FILE.safetensors';
  const inception = choice.inception ? await openInception(host, choice.inception) : undefined;
  if (!inception) absent.inception = 'give an Inception-v3 with --inception FILE.safetensors';
  return {
    ...(clip ? { clip } : {}),
    ...(face ? { face } : {}),
    ...(detector ? { detector } : {}),
    ...(aesthetic ? { aesthetic } : {}),
    ...(inception ? { inception } : {}),
    absent,
    cut,
  };
}

/** Frees what the encoders compiled. */
export async function releaseEncoders({
  clip,
  face,
  detector,
  aesthetic,
  inception,
}: Encoders): Promise<void> {
  await clip?.model.images.release();
  await clip?.model.sentences.release();
  await face?.model.release();
  await detector?.model.release();
  await aesthetic?.model.release();
  await inception?.model.release();
}

type Absent = Partial<Record<EncoderRole, string>>;

/**
 * The preset's own model, in its folder of weights or where its publisher's lie; without configs or weights there is
 * none, and `absent` says so with the `fix`.
 */
async function ownEncoder<T>(
  preset: Preset,
  role: 'clip' | 'face' | 'detector',
  load: () => Promise<T>,
  fix: string,
  absent: Absent,
): Promise<Loaded<T> | undefined> {
  const configs = join(preset.folder, role);
  const own = preset.weightsIn(role);
  const layers = role === 'detector' ? [own] : preset.layers(role);
  const hasWeights = layers.every((path) => existsSync(path));
  if (!existsSync(configs) || !hasWeights) {
    absent[role] = `${hasWeights ? `no configs in ${configs}` : `no weights in ${own}`}; ${fix}`;
    return undefined;
  }
  const fingerprint = await fingerprintFiles(configs, ...layers);
  const identity = { role, name: `${preset.name}/${role}`, path: layers.join(', '), fingerprint };
  return { model: await load(), identity };
}
