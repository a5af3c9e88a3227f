import type { Box4 } from './boxes.ts';

/*
 * A data set made from films, on disk:
 *
 *   DATASET/dataset.json                 a `DatasetRecord`: which films it has, by id
 *   DATASET/report.json                  what was left out of each film, and why
 *   DATASET/films/<film>/film.json       a `FilmRecord`: source, settings, models, shots, counts
 *   DATASET/films/<film>/frames.jsonl    a line with format and version, then one `FootageFrame` a line, in order of time
 *   DATASET/films/<film>/frames/000001.jpg ...
 *   DATASET/films/<film>/faces.safetensors  `embeddings` [faces, d] float32, rows of unit length; metadata `format`
 *   DATASET/films/<film>/identities.json an `IdentitiesRecord`: the bank of faces
 *   DATASET/films/<film>/cast.yaml       names of identities; merged and split by hand (`cast.ts`)
 *   DATASET/films/<film>/keyframes.json  what the first step found, and its key
 *   DATASET/cache/                       results of the steps with models, named by the hash of what they were made from
 *
 * Captions, script.yaml and review.html are written beside these by the room `captions`.
 */

/** Version of all JSON and YAML files of a data set. */
export const datasetVersion = 1;
/** The first line of frames.jsonl is `{"format": framesFormat, "version": 1, "film": ...}`. */
export const framesFormat = 'moviedreamer-footage-frames';
/** Metadata `format` of faces.safetensors. */
export const facesFormat = 'moviedreamer-footage-faces-1';

/** A face in a frame. */
export interface FootageFace {
  /** [left, top, width, height] in pixels of the picture. */
  readonly box: Box4;
  /** 0 .. 1, as the detector says. */
  readonly score: number;
}

/** Somebody in a frame. */
export interface FootagePerson {
  /** [left, top, width, height] in pixels of the picture. */
  readonly box: Box4;
  /** 0 .. 1, as the detector says. */
  readonly score: number;
  /** Null where no face is seen: somebody from behind, or too small. */
  readonly face: FootageFace | null;
  /** Row of the face in faces.safetensors; null without a face. */
  readonly embedding: number | null;
  /** Who it is, an id of cast.yaml after merging and splitting; null where nobody knows. */
  readonly identity: string | null;
}

/** A keyframe. */
export interface FootageFrame {
  /** `<film>/<number>`, the number with six digits from 000001. */
  readonly id: string;
  /** The film's id. */
  readonly film: string;
  /** When it is shown, in seconds from the film's first frame. */
  readonly seconds: number;
  /** Index into the film's `shots`, from 0. */
  readonly shot: number;
  /** The picture's path, relative to the data set, with forward slashes. */
  readonly picture: string;
  /** From left to right, at most five. */
  readonly people: readonly FootagePerson[];
}

/** What lies between two cuts. */
export interface FootageShot {
  /** Seconds from the film's first frame. */
  readonly from: number;
  /** Seconds; the next shot begins here. */
  readonly to: number;
}

/** Where a film came from. */
export interface FilmSource {
  /** Name of the file, without its folder. */
  readonly name: string;
  /** Of all its bytes, in hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** Size of its frames, upright and with square pixels. */
  readonly width: number;
  readonly height: number;
  /** Length in seconds, to the end of its last frame. */
  readonly seconds: number;
  /** Frames that were decoded. */
  readonly frames: number;
  /** What was done to its pictures: turned, widened, tone-mapped, fields interpolated. */
  readonly notes: readonly string[];
}

/** Seconds of a film that are left out at its beginning or end, and why. */
export interface Skip {
  readonly seconds: number;
  readonly reason: string;
}

/** A model that looked at the pictures. */
export interface FootageModel {
  readonly role: 'people' | 'faces' | 'face embedding';
  readonly name: string;
  /** A hash of its weights, or the version of its package. */
  readonly fingerprint: string;
}

/** film.json. */
export interface FilmRecord {
  readonly version: number;
  readonly id: string;
  readonly source: FilmSource;
  readonly settings: {
    /** Seconds between keyframes. */
    readonly every: number;
    /** Size of the pictures, in pixels. */
    readonly width: number;
    readonly height: number;
    /** Least mean cosine similarity of faces that are joined to one identity. */
    readonly sameFace: number;
  };
  readonly models: readonly FootageModel[];
  readonly skipped: { readonly start: Skip; readonly end: Skip };
  readonly shots: readonly FootageShot[];
  readonly counts: FilmCounts;
}

/** How much of a film there is, and how much was left out, by reason. */
export interface FilmCounts {
  /** Keyframes in frames.jsonl. */
  readonly frames: number;
  /** Keyframes left out at the beginning and the end. */
  readonly framesSkipped: number;
  /** Times at which a keyframe was due and no new frame came: a still in a film of variable rate. */
  readonly framesMissing: number;
  /** Keyframes that show one field of an interlaced frame. */
  readonly framesOfOneField: number;
  readonly shots: number;
  /** Shots between two keyframes, of which no picture was taken. */
  readonly shotsWithoutFrame: number;
  readonly framesWithoutPeople: number;
  /** In frames.jsonl. */
  readonly people: number;
  /** Found, but not among the five most confident of their frame. */
  readonly peopleLeftOut: number;
  readonly peopleWithoutFace: number;
  readonly faces: number;
  /** Faces that cast.yaml says are nobody's. */
  readonly facesDismissed: number;
  readonly identities: number;
  /** Identities that are seen in one keyframe only. */
  readonly identitiesSeenOnce: number;
}

/** Somebody with every view. */
export interface FootageIdentity {
  /** `person-01` and so on; after a merge that of the first. */
  readonly id: string;
  /** From cast.yaml; the id where it gives none. */
  readonly name: string;
  /** Ids that cast.yaml joined to this one. */
  readonly merged: readonly string[];
  /** Rows of the faces in faces.safetensors, in order of time. */
  readonly faces: readonly number[];
  /** Keyframe numbers of the faces, in the same order. */
  readonly frames: readonly number[];
  /** Mean cosine similarity of its faces to their mean direction, 0 .. 1: low ones may be several people. */
  readonly likeness: number;
  /** The identity most like it, and how much: above a little less than `sameFace` it may be the same person. */
  readonly nearest: { readonly id: string; readonly similarity: number } | null;
}

/** Two identities that may be one: somebody who aged, or wears a mask. */
export interface DoubtfulPair {
  readonly ids: readonly [string, string];
  /** Mean cosine similarity of their faces. */
  readonly similarity: number;
}

/** identities.json. */
export interface IdentitiesRecord {
  readonly version: number;
  readonly film: string;
  /** Most faces first, as the ids are numbered. */
  readonly identities: readonly FootageIdentity[];
  /** Most alike first. */
  readonly doubtful: readonly DoubtfulPair[];
}

/** dataset.json. */
export interface DatasetRecord {
  readonly format: 'moviedreamer-footage';
  readonly version: number;
  /** Ids, sorted. */
  readonly films: readonly string[];
}
