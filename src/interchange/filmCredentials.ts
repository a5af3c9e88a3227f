import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import {
  type ManifestAction,
  type ManifestContent,
  type ManifestIngredient,
  madeByModel,
} from '../credentials/index.ts';
import { shotLabel } from '../film/index.ts';
import { characterOf } from '../script/index.ts';
import { type FilmSource, titleOf } from './filmTimeline.ts';

/** Types of portraits by their endings. */
const types: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.avif': 'image/avif',
};

/**
 * What the credentials of a film, or of one of its keyframes, say: made by models, by which, from which portraits, and how it was edited.
 * @param index place of the shot whose keyframe it is, from 0; the whole film by default
 * @param edits what was done to the file beside, such as resizing
 */
export async function filmCredentials(
  film: FilmSource,
  { index, edits = [] }: { readonly index?: number; readonly edits?: readonly ManifestAction[] } = {},
): Promise<ManifestContent> {
  const { folder, script } = film;
  const { state } = folder;
  const places = index === undefined ? [...script.shots.keys()] : [index];
  const people = new Set(places.flatMap((place) => script.shots[place]!.characters.map(({ id }) => id)));
  const portraits = await Promise.all(
    script.characters.filter(({ id }) => people.has(id)).map(({ id }) => portrait(film, id)),
  );
  const references = await Promise.all(script.references.map((file, i) => reference(film, file, i)));
  const given = await Promise.all(
    places.flatMap((place) => {
      const { keyframe } = script.shots[place]!;
      return keyframe === undefined ? [] : [ownKeyframe(film, keyframe, shotLabel(state.shots[place]!))];
    }),
  );
  const ingredients = [...portraits, ...references, ...given];
  const makers = makersOf(film, places, index === undefined);
  const created: ManifestAction = {
    action: 'c2pa.created',
    digitalSourceType: madeByModel,
    description: `pictures made by models: ${makers.join(', ')}, preset ${state.preset}`,
    from: ingredients.map(({ id }) => id),
  };
  const cut: ManifestAction[] =
    index === undefined && script.cut
      ? [
          {
            action: 'c2pa.edited',
            description: `shots put in the order of a cut of ${script.cut.length} pieces`,
          },
        ]
      : [];
  const name =
    index === undefined ? titleOf(script) : `${titleOf(script)}, shot ${shotLabel(state.shots[index]!)}`;
  return {
    title: name,
    version: state.versions.moviedreamer ?? '0',
    actions: [created, ...cut, ...edits],
    ingredients,
    facts: {
      preset: state.preset,
      models: state.weights,
      makers,
      seed: state.seed,
      script: state.script.key,
      shots: places.map((place) => {
        const { id, take, keyframe, clip } = state.shots[place]!;
        return {
          ...{ id, take, keyframe: keyframe?.sha256 ?? null },
          ...(index === undefined ? { clip: clip?.sha256 ?? null } : {}),
        };
      }),
    },
  };
}

/** Ids and versions of those that made the pictures, as run.json records them. */
function makersOf({ folder }: FilmSource, places: readonly number[], isFilm: boolean): string[] {
  const made = places.flatMap((place) => {
    const { keyframe, clip } = folder.state.shots[place]!;
    return [keyframe, isFilm ? clip : undefined].map((file) => file?.inputs?.maker);
  });
  const known = made.filter((maker): maker is string => typeof maker === 'string');
  return [...new Set(known.length > 0 ? known : ['moviedreamer'])];
}

const portrait = ({ script }: FilmSource, id: string): Promise<ManifestIngredient> => {
  const { face } = characterOf(script, id);
  return ingredient(face, `portrait-${id}`, `portrait of ${id}, SHA-256 ${script.pictures.get(face)}`);
};

const reference = ({ script }: FilmSource, file: string, i: number): Promise<ManifestIngredient> =>
  ingredient(file, `reference-${i + 1}`, `reference picture ${i + 1}, SHA-256 ${script.pictures.get(file)}`);

const ownKeyframe = ({ script }: FilmSource, file: string, label: string): Promise<ManifestIngredient> =>
  ingredient(
    file,
    `keyframe-${label}`,
    `given as the keyframe of shot ${label}, SHA-256 ${script.pictures.get(file)}`,
  );

async function ingredient(file: string, id: string, description: string): Promise<ManifestIngredient> {
  const format = types[extname(file).toLowerCase()] ?? 'image/png';
  return { id, title: basename(file), description, format, bytes: new Uint8Array(await readFile(file)) };
}
