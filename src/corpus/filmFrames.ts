import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FootageError } from '../footage/index.ts';
import { cropFace } from '../inference/index.ts';
import { type Image, readImage } from '../media/index.ts';
import type { ParsedScript } from '../script/index.ts';
import { type DataFilm, filmSetFolder } from './filmData.ts';
import { FrameRows, RowWriter } from './rowFile.ts';
import type { FrameRecord } from './theatreFrames.ts';

/** A film as an episode: its script, and pictures of its people. */
export interface FilmEpisode {
  readonly script: ParsedScript;
  /**
   * Readers of pictures of each character's face, the portrait first. The others are of keyframes that stand for no shot, so that no
   * model can copy a face from the picture that it is to make (paper, appendix C); only of those that do where there are no others.
   */
  readonly faces: ReadonlyMap<string, readonly (() => Promise<Image>)[]>;
  /** Part of what is drawn that is of this film. */
  readonly share: number;
}

/** Keyframes of films on disk, one a shot of a script: `frames.rgb` holds [height, width, 3] bytes a frame. */
export interface FilmSet {
  readonly folder: string;
  readonly options: {
    readonly split: 'train' | 'validation';
    readonly seed: number;
    readonly width: number;
    readonly height: number;
  };
  readonly episodes: readonly { readonly frames: readonly FrameRecord[] }[];
  /** In the order of `episodes`. */
  readonly films: readonly FilmEpisode[];
  /** Number of frames. */
  readonly count: number;
  readonly frames: FrameRows;
}

/** Faces of a character beside the portrait. */
const facesPerCharacter = 6;

/**
 * Opens the keyframes of films, decoding them into rows first where they are not there yet: one picture is held in memory at a time. Stopped
 * halfway (`signal`), the next call goes on.
 */
export async function filmFrames(
  cache: string,
  films: readonly DataFilm[],
  options: FilmSet['options'],
  onProgress?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<FilmSet> {
  const { width, height } = options;
  const folder = filmSetFolder(cache, options.split, films, options);
  const path = join(folder, 'frames.rgb');
  const pictures = films.flatMap((film) =>
    film.scripted.keyframes.map(({ picture }) => join(film.dataset, picture)),
  );
  if (!existsSync(path)) {
    const writer = await RowWriter.create(path, { dtype: 'uint8', shape: [height, width, 3] }, 1);
    try {
      while (writer.count < pictures.length) {
        signal?.throwIfAborted();
        const picture = pictures[writer.count] as string;
        const image = await readImage(picture);
        if (image.width !== width || image.height !== height) {
          throw new FootageError(
            `${picture} is ${image.width} x ${image.height}, expected ${width} x ${height} as film.json says; run moviedreamer footage again`,
          );
        }
        await writer.append(image.data);
        onProgress?.(writer.count, pictures.length);
      }
      await writer.finish();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }
  const frames = await FrameRows.open(path, [height, width, 3]);
  let row = 0;
  const episodes = films.map((film) => ({
    frames: film.scripted.keyframes.map((frame, shot) => ({ row: row++, shot, faces: facesIn(film, frame) })),
  }));
  return { folder, options, episodes, films: films.map(episodeOf), count: frames.count, frames };
}

/** Faces of the script's characters in a keyframe. */
function facesIn(film: DataFilm, { people }: DataFilm['scripted']['frames'][number]): FrameRecord['faces'] {
  const names = new Map([...film.identities].map(([name, identity]) => [identity, name]));
  return people.flatMap(({ identity, face }) => {
    const character = identity === null ? undefined : names.get(identity);
    return character === undefined || !face ? [] : [{ character, box: corners(face.box) }];
  });
}

function episodeOf(film: DataFilm): FilmEpisode {
  const { dataset, scripted, identities, portraits, share } = film;
  const shown = new Set(scripted.keyframes.map(({ id }) => id));
  const faces = new Map<string, (() => Promise<Image>)[]>();
  for (const { id } of scripted.script.characters) {
    const identity = identities.get(id);
    const views = scripted.frames.flatMap((frame) =>
      frame.people.flatMap((person) =>
        person.face && person.identity === identity ? [{ frame, box: person.face.box }] : [],
      ),
    );
    const others = views.filter(({ frame }) => !shown.has(frame.id));
    const chosen = spread(others.length > 0 ? others : views, facesPerCharacter);
    faces.set(id, [
      () => readImage(portraits.get(id) as string),
      ...chosen.map(
        ({ frame, box }) =>
          async () =>
            cropFace(await readImage(join(dataset, frame.picture)), corners(box)),
      ),
    ]);
  }
  return { script: scripted.script, faces, share };
}

/** At most `most` of a list, evenly over it. */
function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / most)] as T);
}

type Box = readonly [number, number, number, number];
const corners = ([left, top, width, height]: Box): Box => [left, top, left + width, top + height];
