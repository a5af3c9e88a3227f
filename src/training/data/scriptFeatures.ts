import {
  EpisodeArtist,
  type EpisodeRecord,
  episodeScript,
  type FrameSet,
  frameImage,
  type KeyframeSet,
} from '../../corpus/index.ts';
import { cropFace, type FaceEncoder, type ModelLoader, type SentenceEncoder } from '../../inference/index.ts';
import type { Image } from '../../media/index.ts';
import { frameLayout, frameSentences, type ParsedScript, type Segment } from '../../script/index.ts';
import type { StageContext } from '../stage.ts';
import { featureRows, modelsKey } from './features.ts';

/** An episode's script with its encoded sentences and faces. */
export interface EncodedEpisode {
  readonly script: ParsedScript;
  /** Layout of each shot, as the autoregressor reads it. */
  readonly layouts: readonly (readonly Segment[])[];
  /** Face embeddings of each character: the portrait first, then faces from frames of the episode. */
  readonly faces: ReadonlyMap<string, readonly Float32Array[]>;
}

export interface ScriptFeatures {
  readonly episodes: readonly EncodedEpisode[];
  /** The embedding of a sentence of the scripts; the same array for the same text. */
  sentence(text: string): Float32Array;
}

/** How many faces of a character are taken from its frames. */
const facesPerCharacter = 6;

/** Encodes the sentences and faces of all episodes, the way `generate` encodes a user's script. */
export async function scriptFeatures(
  context: StageContext,
  set: KeyframeSet,
  models: ModelLoader,
  encoders: { readonly sentences: SentenceEncoder; readonly faces: FaceEncoder },
): Promise<ScriptFeatures> {
  const scripts =
    'films' in set
      ? set.films.map(({ script }) => script)
      : set.episodes.map((record, i) => episodeScript(record, `episode ${i}`));
  const texts = [
    ...new Set(scripts.flatMap((s) => s.shots.flatMap((shot) => frameSentences(shot, s)))),
  ].sort();
  const key = await modelsKey(models, 'clip', 'text');
  const dim = encoders.sentences.dim;
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: 'sentences',
    key,
    shape: [dim],
    count: texts.length,
    chunk: 32,
    compute: (from, to) => encoders.sentences.encode(texts.slice(from, to)),
    onProgress: (done, total) => {
      if (done % 3200 < 32 || done === total)
        context.say(`encoding ${set.options.split} sentences ${done}/${total}`);
    },
  });
  const embeddings = new Map(texts.map((text, i) => [text, rows.batch([i])]));
  const faces = await faceFeatures(context, set, models, encoders.faces);
  return {
    episodes: scripts.map((script, i) => ({
      script,
      layouts: script.shots.map((shot) => frameLayout(shot, script)),
      faces: faces[i] as ReadonlyMap<string, readonly Float32Array[]>,
    })),
    sentence: (text) => {
      const found = embeddings.get(text);
      if (!found) throw new RangeError(`scriptFeatures: the sentence '${text}' is in no script of the set`);
      return found;
    },
  };
}

/** Where one face picture comes from: a drawn portrait, or a face in a frame. */
type FaceSource =
  | { readonly kind: 'portrait'; readonly episode: EpisodeRecord; readonly character: string }
  | { readonly kind: 'crop'; readonly row: number; readonly box: readonly [number, number, number, number] };

async function faceFeatures(
  context: StageContext,
  set: KeyframeSet,
  models: ModelLoader,
  encoder: FaceEncoder,
): Promise<Map<string, Float32Array[]>[]> {
  const lists = 'films' in set ? set.films.map(({ faces }) => faces) : await drawnFaces(set);
  const flat = lists.flatMap((perCharacter) => [...perCharacter.values()].flat());
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: 'faces',
    key: await modelsKey(models, 'face'),
    shape: [encoder.dim],
    count: flat.length,
    chunk: 32,
    compute: async (from, to) =>
      encoder.encode(await Promise.all(flat.slice(from, to).map((read) => read()))),
    onProgress: (done, total) => {
      if (done % 1600 < 32 || done === total)
        context.say(`encoding ${set.options.split} faces ${done}/${total}`);
    },
  });
  let at = 0;
  return lists.map(
    (perCharacter) =>
      new Map([...perCharacter].map(([id, list]) => [id, list.map(() => rows.batch([at++]))])),
  );
}

type FaceReader = () => Promise<Image>;

/** Readers of faces of each character of each episode of the theatre. */
async function drawnFaces(set: FrameSet): Promise<Map<string, FaceReader[]>[]> {
  const artist = await EpisodeArtist.create({ width: set.options.width, height: set.options.height });
  const picture = async (source: FaceSource): Promise<Image> => {
    if (source.kind === 'crop') return cropFace(await frameImage(set, source.row), source.box);
    const person = source.episode.episode.characters.find((c) => c.id === source.character);
    if (!person) throw new RangeError(`faceFeatures: the episode has no character '${source.character}'`);
    return artist.portrait(person);
  };
  const readersOf = (list: readonly FaceSource[]): FaceReader[] =>
    list.map((source) => () => picture(source));
  return set.episodes.map(
    (episode) => new Map([...sourcesOf(episode)].map(([id, list]) => [id, readersOf(list)])),
  );
}

function sourcesOf(episode: EpisodeRecord): Map<string, FaceSource[]> {
  const sources = new Map<string, FaceSource[]>();
  for (const { id } of episode.episode.characters)
    sources.set(id, [{ kind: 'portrait', episode, character: id }]);
  for (const { row, faces } of episode.frames) {
    for (const { character, box } of faces) {
      const list = sources.get(character);
      if (list && list.length <= facesPerCharacter) list.push({ kind: 'crop', row, box });
    }
  }
  return sources;
}
