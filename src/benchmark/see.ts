import type { Encoders } from '../evaluation/index.ts';
import { readImage } from '../media/index.ts';
import { frameSentences } from '../script/index.ts';
import type { TestEpisode } from './episodes.ts';
import { lookAt, needed } from './look.ts';
import type { SeenEpisode } from './measures.ts';
import type { PictureSet } from './render.ts';
import type { PartEvent } from './settings.ts';

/** Face embeddings of every character's portrait, by episode: they are the same for all pictures of it. */
export type Portraits = Map<TestEpisode, Map<string, Float32Array>>;

/** The episodes' own frames. */
export function pictureSet(key: string, episodes: readonly TestEpisode[]): PictureSet {
  return { key, pictures: episodes.map((e) => e.shots.map((s) => s.picture)) };
}

/** Looks at pictures of episodes, true or generated; portraits that are not in `portraits` yet are added. */
export async function* seeEpisodes(
  part: string,
  cache: string,
  set: PictureSet,
  episodes: readonly TestEpisode[],
  encoders: Encoders,
  portraits: Portraits,
): AsyncGenerator<PartEvent, SeenEpisode[], void> {
  const sights = episodes.flatMap(({ shots }, e) =>
    shots.map(({ people }, s) => ({
      picture: set.pictures[e]![s] as string,
      boxes: people.map((p) => p.box),
    })),
  );
  const looks = yield* lookAt(part, cache, set.key, sights, encoders);
  let at = 0;
  const seen: SeenEpisode[] = [];
  for (const episode of episodes) {
    const faces = portraits.get(episode) ?? (await encodePortraits(episode, encoders));
    portraits.set(episode, faces);
    const own = looks.slice(at, at + episode.shots.length);
    at += own.length;
    seen.push({ shots: episode.shots, looks: own, portraits: faces });
  }
  return seen;
}

async function encodePortraits(
  { script }: TestEpisode,
  encoders: Encoders,
): Promise<Map<string, Float32Array>> {
  const { face } = needed(encoders);
  const portraits = new Map<string, Float32Array>();
  for (const { id, face: path } of script.characters)
    portraits.set(id, await face.encode([await readImage(path)]));
  return portraits;
}

/** Embeddings of the sentences of every shot, by episode and shot. */
export async function textsOf(
  episodes: readonly TestEpisode[],
  encoders: Encoders,
): Promise<Float32Array[][][]> {
  const { sentences } = needed(encoders).clip;
  const known = new Map<string, Float32Array>();
  const encode = async (text: string): Promise<Float32Array> => {
    const row = known.get(text) ?? (await sentences.encode([text]));
    known.set(text, row);
    return row;
  };
  const all: Float32Array[][][] = [];
  for (const { script } of episodes) {
    const shots: Float32Array[][] = [];
    for (const shot of script.shots) {
      const rows: Float32Array[] = [];
      for (const sentence of frameSentences(shot, script)) rows.push(await encode(sentence));
      shots.push(rows);
    }
    all.push(shots);
  }
  return all;
}
