import { join } from 'node:path';
import { keyOf } from '../../files/index.ts';
import { cropFaces, type FaceDetector, findFaces, type LeasedModels, Leases } from '../../inference/index.ts';
import { type Image, imageAt } from '../../media/index.ts';
import { defaultFaceThreshold } from '../../metrics/index.ts';
import { fingerprintFiles } from '../../presets/index.ts';
import type { Script } from '../../script/index.ts';
import { type PictureCheck, verdict } from './verdict.ts';

/** Changes whenever the same picture would get another verdict by the same models. */
const checkVersion = 1;

/** Says who is in pictures of a film, by the preset's face detector and face encoder. */
export class PeopleChecker implements AsyncDisposable {
  /** The hash of all that a verdict depends on beside the picture and whom the script has there. */
  readonly key: string;
  private readonly detector: FaceDetector;
  private readonly models: LeasedModels;
  private readonly script: Script;
  private readonly leases = new Leases();
  private loaded: Promise<Faces> | undefined;

  private constructor(models: LeasedModels, script: Script, detector: FaceDetector, key: string) {
    this.models = models;
    this.script = script;
    this.detector = detector;
    this.key = key;
  }

  /** Opens the checker of a film; undefined where the preset has no detector. Nothing is compiled before it is needed. */
  static async open(models: LeasedModels, script: Script): Promise<PeopleChecker | undefined> {
    const { preset, loader } = models;
    const detector = await loader.faceDetector();
    if (!detector) return undefined;
    const portraits = script.characters.map(({ id, face }) => [id, script.pictures.get(face)]);
    const prints = [
      await fingerprintFiles(join(preset.folder, 'detector'), preset.weightsIn('detector')),
      await loader.fingerprint('face'),
    ];
    const key = keyOf('people', checkVersion, defaultFaceThreshold, prints, portraits);
    return new PeopleChecker(models, script, detector, key);
  }

  /** Whether exactly those are in a picture whom the script has in the shot at `index`, from 0. */
  async check(image: Image, index: number, frame: number): Promise<PictureCheck> {
    const expected = this.script.shots[index]?.characters.map(({ id }) => id) ?? [];
    const picture = { frame, size: [image.width, image.height] as const };
    const found = await findFaces(this.detector, image);
    if (found.length === 0) return verdict(picture, [], expected, new Map());
    this.loaded ??= this.load();
    const { encode, portraits } = await this.loaded;
    const embeddings = await encode(cropFaces(image, found));
    const seen = found.map((face, i) => ({ ...face, embedding: embeddings[i] as Float32Array }));
    return verdict(picture, seen, expected, portraits);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detector.release();
    await this.leases[Symbol.asyncDispose]();
  }

  private async load(): Promise<Faces> {
    const encoder = await this.leases.use(this.models.faceEncoder());
    const encode = async (faces: readonly Image[]): Promise<Float32Array[]> => {
      const rows = await encoder.encode(faces);
      return faces.map((_, i) => rows.slice(i * encoder.dim, (i + 1) * encoder.dim));
    };
    const portraits = new Map<string, Float32Array>();
    for (const { id, face } of this.script.characters) {
      const [portrait] = await encode([await imageAt(face, this.script.inMemory)]);
      portraits.set(id, portrait as Float32Array);
    }
    return { encode, portraits };
  }
}

interface Faces {
  readonly encode: (faces: readonly Image[]) => Promise<Float32Array[]>;
  readonly portraits: ReadonlyMap<string, Float32Array>;
}
