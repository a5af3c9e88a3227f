import type { Image } from '../media/index.ts';
import { type Box4, bodyBelow } from './boxes.ts';
import type { FootageModel } from './dataset.ts';

/** A face that was found. */
export interface FoundFace {
  readonly box: Box4;
  /** 0 .. 1. */
  readonly score: number;
}

/** Somebody who was found. */
export interface FoundPerson {
  readonly box: Box4;
  /** 0 .. 1. */
  readonly score: number;
  readonly face: FoundFace | null;
}

/** Finds people and their faces; what it is made of enters the keys of all that it finds. */
export interface PeopleFinder {
  readonly models: readonly FootageModel[];
  /** Everybody in a picture, in any order. */
  find(image: Image): Promise<readonly FoundPerson[]>;
  release(): Promise<void>;
}

/** Turns faces into directions: two faces of one person point nearly the same way. */
export interface FaceEmbedder {
  readonly models: readonly FootageModel[];
  /** Least mean cosine similarity of two groups of faces that are one person's, for this encoder. */
  readonly sameFace: number;
  /** A row of unit length for each face of a picture that `find` gave. */
  embed(image: Image, faces: readonly FoundFace[]): Promise<readonly Float32Array[]>;
  release(): Promise<void>;
}

/** What looks at pictures. */
export interface PeopleSource {
  readonly finder: PeopleFinder;
  readonly embedder: FaceEmbedder;
}

/** Names of sources, as `--people` takes them. */
export const peopleSources = ['theatre', 'human', 'none'] as const;
export type PeopleSourceName = (typeof peopleSources)[number];

/** Gives each face, the surest first, the body without a face whose top is nearest above it. */
export function withFaces(
  bodies: readonly Omit<FoundPerson, 'face'>[],
  faces: readonly FoundFace[],
  image: Pick<Image, 'width' | 'height'>,
): FoundPerson[] {
  const people: { box: Box4; score: number; face: FoundFace | null }[] = bodies.map((body) => ({
    ...body,
    face: null,
  }));
  for (const face of faces.toSorted((a, b) => b.score - a.score)) {
    const [left, top, width, height] = face.box;
    const [x, y] = [left + width / 2, top + height / 2];
    const around = people.filter(
      ({ box, face }) =>
        !face && x >= box[0] && x <= box[0] + box[2] && y >= box[1] && y <= box[1] + box[3] / 2,
    );
    const [body] = around.sort((a, b) => y - a.box[1] - (y - b.box[1]));
    if (body) body.face = face;
    else people.push({ box: bodyBelow(face.box, image), score: face.score, face });
  }
  return people;
}
