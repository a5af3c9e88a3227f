import { join } from 'node:path';
import {
  cropFace,
  type FaceDetector,
  type FaceEncoder,
  findFaces,
  type ModelLoader,
} from '../inference/index.ts';
import type { Image } from '../media/index.ts';
import { fingerprintFiles } from '../presets/index.ts';
import { type Box4, bodyBelow, corners, withSides } from './boxes.ts';
import { FootageError } from './footageError.ts';
import type { FaceEmbedder, FoundPerson, PeopleFinder } from './peopleSource.ts';

/** The preset's own detector of faces. Nobody without a face is found; a person's box is worked out from the face's. */
export async function presetPeople(models: ModelLoader): Promise<PeopleFinder> {
  const { preset } = models;
  const detector = await models.faceDetector();
  if (!detector) {
    throw new FootageError(
      `preset '${preset.name}' has no detector of faces with weights; choose where people come from: --people human, or ` +
        '--people none for keyframes and cuts alone',
    );
  }
  const fingerprint = await fingerprintFiles(join(preset.folder, 'detector'), preset.weightsIn('detector'));
  return new PresetFinder(detector, `${preset.name} face detector`, fingerprint);
}

class PresetFinder implements PeopleFinder {
  readonly models: PeopleFinder['models'];
  private readonly detector: FaceDetector;

  constructor(detector: FaceDetector, name: string, fingerprint: string) {
    this.detector = detector;
    this.models = [{ role: 'faces', name, fingerprint }];
  }

  async find(image: Image): Promise<FoundPerson[]> {
    const faces = await findFaces(this.detector, image);
    return faces.map(({ box, score }) => {
      const face = withSides(box);
      return { box: bodyBelow(face, image), score, face: { box: face, score } };
    });
  }

  release(): Promise<void> {
    return this.detector.release();
  }
}

/** Least mean similarity of one person's faces by the preset's encoder; see docs/footage.md. */
const sameFace = 0.55;

/** The preset's encoder of faces, which sees squares around them. */
export async function presetFaces(models: ModelLoader): Promise<FaceEmbedder> {
  await models.preset.requireWeights(['face']);
  const encoder = await models.faceEncoder();
  const fingerprint = await models.fingerprint('face');
  return new PresetEmbedder(encoder, `${models.preset.name} face encoder`, fingerprint);
}

class PresetEmbedder implements FaceEmbedder {
  readonly models: FaceEmbedder['models'];
  readonly sameFace = sameFace;
  private readonly encoder: FaceEncoder;

  constructor(encoder: FaceEncoder, name: string, fingerprint: string) {
    this.encoder = encoder;
    this.models = [{ role: 'face embedding', name, fingerprint }];
  }

  async embed(image: Image, faces: readonly { readonly box: Box4 }[]): Promise<Float32Array[]> {
    const rows: Float32Array[] = [];
    // one at a time: a batch of another size could change last bits
    for (const { box } of faces) rows.push(await this.encoder.encode([cropFace(image, corners(box))]));
    return rows;
  }

  release(): Promise<void> {
    return this.encoder.release();
  }
}
