import { bestAssignment } from './assignment.ts';
import type { Appearance } from './consistency.ts';
import { cosineSimilarity } from './cosine.ts';

/** A character that a face was given to. */
export interface Identity {
  /** The face's place among those of its picture. */
  readonly face: number;
  readonly character: string;
  /** Cosine with the portrait. */
  readonly similarity: number;
}

/** More faces in a picture than this are strangers: the surest ones are looked at. */
const MOST_FACES = 12;

/**
 * Gives the faces of a picture to characters of the whole script, whoever should be there: one face is at most one
 * person, one person has at most one face, and the cosines with the portraits add up to the most. Else one face would
 * count for everybody who looks a little like it.
 * @param faces with their scores; of more than twelve the surest are taken
 * @param portraits of all characters
 */
export function identify(
  faces: readonly { readonly embedding: Float32Array; readonly score: number }[],
  portraits: ReadonlyMap<string, Float32Array>,
): Identity[] {
  const characters = [...portraits.keys()];
  const surest = [...faces.keys()]
    .sort((a, b) => (faces[b]?.score ?? 0) - (faces[a]?.score ?? 0))
    .slice(0, MOST_FACES);
  const scores = characters.map((character) =>
    surest.map((f) => cosineSimilarity(faces[f]!.embedding, portraits.get(character)!)),
  );
  return bestAssignment(scores)
    .map(([c, f]) => ({
      face: surest[f] as number,
      character: characters[c] as string,
      similarity: scores[c]?.[f] as number,
    }))
    .sort((a, b) => a.face - b.face);
}

/** How sure it is that each character is in a picture, for LT: one entry a character of the script. */
export function appearancesOf(
  identities: readonly Identity[],
  named: readonly string[],
  characters: Iterable<string>,
): Appearance[] {
  return [...characters].map((character) => ({
    isThere: named.includes(character),
    similarity: identities.find((i) => i.character === character)?.similarity ?? null,
  }));
}
