import { join } from 'node:path';
import { type Image, readImage } from '../media/index.ts';
import type { FilmRecord, FootageFrame, FootageIdentity } from './dataset.ts';
import { FootageError } from './footageError.ts';
import { readFaces, readFilm, readFrames, readIdentities } from './layout.ts';

/** A film of a data set as an episode to train on: its frames in order of time, and the bank of its faces. */
export class FootageEpisode {
  readonly dataset: string;
  readonly film: FilmRecord;
  readonly frames: readonly FootageFrame[];
  readonly identities: readonly FootageIdentity[];
  private readonly faces: readonly Float32Array[];
  private readonly views: ReadonlyMap<string, FootageIdentity>;

  private constructor(
    dataset: string,
    film: FilmRecord,
    frames: readonly FootageFrame[],
    identities: readonly FootageIdentity[],
    faces: readonly Float32Array[],
  ) {
    this.dataset = dataset;
    this.film = film;
    this.frames = frames;
    this.identities = identities;
    this.faces = faces;
    this.views = new Map(identities.map((identity) => [identity.id, identity]));
  }

  /**
   * Opens a film by its id. Held in memory: what is said of its frames, and its faces' embeddings; pictures are read one by one.
   *
   * @throws {FootageError} where a file is missing, damaged or of another version.
   */
  static async open(dataset: string, id: string): Promise<FootageEpisode> {
    const film = await readFilm(dataset, id);
    const frames: FootageFrame[] = [];
    for await (const frame of readFrames(dataset, id)) frames.push(frame);
    const { identities } = await readIdentities(dataset, id);
    const faces = await readFaces(dataset, id);
    if (faces.length !== film.counts.faces) {
      throw new FootageError(
        `${dataset}: the film ${id} has ${film.counts.faces} faces and ${faces.length} embeddings; run moviedreamer footage ` +
          'again with the same films',
      );
    }
    return new FootageEpisode(dataset, film, frames, identities, faces);
  }

  /** The picture of a frame, by its place in `frames`. */
  image(index: number): Promise<Image> {
    const frame = this.frames[index];
    if (!frame) throw new RangeError(`FootageEpisode: frame ${index} of ${this.frames.length}`);
    return readImage(join(this.dataset, frame.picture));
  }

  /** The direction of a face, by its row in faces.safetensors: of unit length. */
  face(row: number): Float32Array {
    const face = this.faces[row];
    if (!face) throw new RangeError(`FootageEpisode: face ${row} of ${this.faces.length}`);
    return face;
  }

  /**
   * Rows of the views of a person in other keyframes than this one: to draw a face from, since that of the frame itself would let a
   * model copy it (paper, appendix C). Where there is no other view, the frame's own.
   *
   * @param frame number of a keyframe
   */
  viewsBeside(identity: string, frame: number): readonly number[] {
    const known = this.views.get(identity);
    if (!known) return [];
    const others = known.faces.filter((_, i) => known.frames[i] !== frame);
    return others.length > 0 ? others : known.faces;
  }
}
