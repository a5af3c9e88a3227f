import type { Box4 } from './boxes.ts';

/*
 * A data set made from films, on disk:
 *
 *   DATASET/dataset.json                 which films it has, in the order in which they were first given
 *   DATASET/report.json                  what was left out of each film, and why
 *   DATASET/films/<film>/film.json       source, settings, models, shots: a `FilmRecord`
 *   DATASET/films/<film>/frames.jsonl    a line with format and version, then one `FootageFrame` a line, in order of time
 *   DATASET/films/<film>/frames/000001.jpg ...
 *   DATASET/films/<film>/faces.safetensors  `embeddings` [faces, d] float32, rows of unit length; metadata `format`
 *   DATASET/films/<film>/cast.yaml       names of identities; merged and split by hand (`cast.ts`)
 *   DATASET/cache/                       results of each step by the hash of what they were made from; may be removed
 *
 * Captions, script.yaml and review.html are written beside these by the room `captions`.
 */

/** Version of all JSON and YAML files of a data set. */
export const datasetVersion = 1;
/** First line of frames.jsonl carries this as `format`. */
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
