import { join } from 'node:path';
import { checkOutputFolder, claim, explainDiskError, writeFileAtomically } from '../files/index.ts';
import { filmPaths, readDataset } from '../footage/index.ts';
import type { CaptionsEvent } from './asker.ts';
import type { CaptionedFilm } from './captioned.ts';
import { CaptionsError } from './captionsError.ts';
import { writeCondensedMovies } from './condensedMovies.ts';
import { type DatasetFilm, readDatasetFilm } from './dataset.ts';
import { type CaptionEstimate, estimateFilm } from './estimate.ts';
import { filmScript, filmScriptText } from './filmScript.ts';
import { movieBenchShots, writeMovieBench } from './movieBench.ts';
import { type CaptionOptions, captionFilm } from './pipeline.ts';
import { bestView, viewsOf, writePortrait } from './portraits.ts';
import { writeReview } from './review.ts';

/** Version of captions.json and captions.jsonl. */
export const captionsVersion = 1;
/** First line of captions.jsonl carries this as `format`. */
export const captionsFormat = 'moviedreamer-footage-captions';

/** Formats of others that are written as well. */
export const exportNames = ['moviebench', 'condensed-movies'] as const;
export type ExportName = (typeof exportNames)[number];

export interface MakeCaptionsOptions extends Omit<CaptionOptions, 'cache'> {
  /** Folder of the data set that `footage` made. */
  readonly dataset: string;
  /** Ids of films. Default: all of the data set. */
  readonly films?: readonly string[] | undefined;
  /** Only counts what would be asked. */
  readonly estimate?: boolean | undefined;
  /** Keyframes of the film that go along as few-shot references, so that its script can be continued. Default 0, at most 10. */
  readonly references?: number | undefined;
  readonly also?: readonly ExportName[] | undefined;
}

export type MadeEvent =
  | CaptionsEvent
  | { readonly type: 'estimate'; readonly film: string; readonly estimate: CaptionEstimate }
  | {
      readonly type: 'script';
      readonly film: string;
      /** Paths. */
      readonly script: string;
      readonly review: string;
      readonly shots: number;
      readonly people: number;
      readonly leftOut: number;
    };

/**
 * Captions the films of a data set and writes of each `script.yaml`, portraits, `captions.jsonl`, `captions.json` and
 * `review.html` beside what `footage` made. Whatever is stopped goes on with the same options, and asks nothing twice.
 * @throws CaptionsError, BudgetError, NoAnswerError, ProviderError, FootageError or ScriptError; what was finished is kept
 */
export async function* makeCaptions(options: MakeCaptionsOptions): AsyncGenerator<MadeEvent, void, void> {
  const { dataset, films: wanted, estimate, also = [] } = options;
  await checkOutputFolder(dataset, 'the data set');
  const { films: all } = await readDataset(dataset);
  const unknown = wanted?.find((film) => !all.includes(film));
  if (unknown !== undefined)
    throw new CaptionsError(`${dataset} has no film ${unknown}; it has ${all.join(', ') || 'none'}`);
  const cache = join(dataset, 'cache', 'captions');
  const own = { ...options, cache };
  if (estimate) {
    for (const film of wanted ?? all) {
      const { film: seen } = await readDatasetFilm(dataset, film);
      yield { type: 'estimate', film, estimate: await estimateFilm(seen, own) };
    }
    return;
  }
  const held = await claim(join(dataset, 'captions'), { signal: options.signal });
  try {
    const done: { readonly film: DatasetFilm; readonly captioned: CaptionedFilm; readonly plot: string }[] =
      [];
    for (const id of wanted ?? all) {
      const film = await readDatasetFilm(dataset, id);
      const captioned = yield* captionFilm(film.film, own);
      const { event, plot } = await writeFilm(options, film, captioned);
      done.push({ film, captioned, plot });
      yield event;
    }
    if (also.includes('condensed-movies')) await writeClips(dataset, done);
  } catch (error) {
    throw await explainDiskError(error, dataset);
  } finally {
    await held.release();
  }
}

async function writeFilm(
  { dataset, references = 0, also = [] }: MakeCaptionsOptions,
  { film, names, record }: DatasetFilm,
  captioned: CaptionedFilm,
): Promise<{ event: MadeEvent; plot: string }> {
  const { folder } = filmPaths(dataset, film.id);
  const portraits = new Map<string, string>();
  const shown = new Set(captioned.shots.flatMap(({ people }) => [...people.values()]));
  for (const [identity, views] of viewsOf(film)) {
    const view = shown.has(identity) ? bestView(views) : undefined;
    if (view) portraits.set(identity, await writePortrait(folder, identity, view));
  }
  const script = filmScript(captioned, {
    names,
    portraitOf: (identity) => portraits.get(identity),
    references: referencesOf(captioned, references),
  });
  const [path, review] = [join(folder, 'script.yaml'), join(folder, 'review.html')];
  await writeFileAtomically(path, filmScriptText(captioned, script, path));
  await writeFileAtomically(join(folder, 'captions.jsonl'), linesOf(captioned));
  await writeFileAtomically(join(folder, 'captions.json'), provenanceOf(captioned));
  await writeReview(review, { captioned, script, names, size: record.settings });
  if (also.includes('moviebench'))
    await writeMovieBench(join(folder, 'moviebench'), movieBenchShots(captioned, script));
  return {
    plot: script.shots.map(({ plot }) => [plot].flat().join(' ')).join(' '),
    event: {
      ...{ type: 'script', film: film.id, script: path, review, shots: script.shots.length },
      ...{ people: Object.keys(script.characters ?? {}).length, leftOut: captioned.leftOut.length },
    },
  };
}

/** Keyframes evenly over the film, of its shots' own. */
function referencesOf({ shots }: CaptionedFilm, count: number): string[] {
  const most = Math.min(count, shots.length);
  return Array.from({ length: most }, (_, i) => {
    const { frame } = shots[Math.floor(((i + 0.5) * shots.length) / most)] as (typeof shots)[number];
    return `frames/${frame.picture.replaceAll('\\', '/').split('/').at(-1)}`;
  });
}

/** A line with format and version, then one keyframe a line, in order of time. */
function linesOf({ film, frames, shots }: CaptionedFilm): string {
  const byShot = new Map(shots.map((shot) => [shot.shot, shot]));
  const lines = film.frames.map((frame) => {
    const { caption, people } = frames.get(frame.id) as {
      caption: undefined;
      people: ReadonlyMap<number, never>;
    };
    const line = byShot.get(frame.shot);
    return {
      ...{ id: frame.id, seconds: frame.seconds, shot: frame.shot },
      ...{ caption: withoutDetails(caption), elements: line?.elements ?? [], plot: line?.plot ?? [] },
      labels: Object.fromEntries(line?.people ?? []),
      people: frame.people.map(({ identity }, i) => ({ identity, ...withoutDetails(people.get(i)) })),
    };
  });
  const head = { format: captionsFormat, version: captionsVersion };
  return `${[head, ...lines].map((entry) => JSON.stringify(entry)).join('\n')}\n`;
}

function withoutDetails(caption: object | undefined): object | null {
  if (!caption) return null;
  const { details: _, ...rest } = caption as { details?: unknown };
  return rest;
}

/** What made the captions, and what was left out and why. */
function provenanceOf({ film, models, leftOut, shots, frames, characters }: CaptionedFilm): string {
  const told = [...frames.values()].filter(({ caption }) => caption).length;
  const counts = {
    ...{ frames: film.frames.length, framesWithCaption: told, shots: film.shots.length },
    ...{ shotsWithLine: shots.length, characters: characters.size },
    shotsWithoutKeyframe: film.shots.filter((_, i) => !film.frames.some(({ shot }) => shot === i)).length,
  };
  return `${JSON.stringify({ version: captionsVersion, film: film.id, models, counts, leftOut }, null, 2)}\n`;
}

/** Condensed Movies' metadata: a clip a film, with the whole plot as its description. */
async function writeClips(
  dataset: string,
  done: readonly { readonly film: DatasetFilm; readonly plot: string }[],
): Promise<void> {
  await writeCondensedMovies(join(dataset, 'metadata'), {
    clips: done.map(({ film: { film }, plot }) => ({
      ...{ videoid: film.id, imdbid: film.id, title: film.title, year: undefined, index: 1, of: 1 },
      ...{ uploadYear: 0, name: film.title, description: plot },
    })),
    casts: new Map(
      done.map(({ film: { film, names } }) => [
        film.id,
        Object.fromEntries([...names].map(([id, name]) => [id, name])),
      ]),
    ),
    splits: new Map(done.map(({ film: { film } }) => [film.id, 'train'])),
  });
}
