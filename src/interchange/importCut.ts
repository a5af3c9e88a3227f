import { readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeFileAtomically } from '../files/index.ts';
import { shotLabel } from '../film/index.ts';
import {
  type CutPiece,
  limits,
  parseScript,
  type ScriptEdit,
  withCut,
  withShotIds,
} from '../script/index.ts';
import { type FilmSource, filmTimeline } from './filmTimeline.ts';
import { InterchangeError } from './interchangeError.ts';
import { type EditedCut, readOtio } from './readOtio.ts';
import type { Timeline } from './timeline.ts';
import { unzipFile } from './unzip.ts';

/** What an editor's cut changes. */
export interface ImportedCut {
  /** Path of the script that it was written into. */
  readonly script: string;
  /** Whether anything in the script has changed. */
  readonly changed: boolean;
  /** Pieces of the cut, in order. */
  readonly pieces: number;
  /** What is new, in words. */
  readonly changes: readonly string[];
  /** What of the file was not taken over. */
  readonly notices: readonly string[];
}

/**
 * Takes an edited timeline back: its order, trims, removed and repeated shots become the `cut` of the film's script, and a shot that is
 * shown for longer than its clip lasts becomes longer. The script's shots get their ids, everything else in it stays.
 * @param path of an OTIO file, or of an OTIOZ archive
 * @throws InterchangeError where the file shows something that is not of the film, or nothing. The script stays as it was
 */
export async function importCut(film: FilmSource, path: string): Promise<ImportedCut> {
  const text = await readCutFile(path);
  const edited = readOtio(text, path);
  const timeline = await filmTimeline({ ...film, script: { ...film.script, cut: undefined } });
  const { edit, changes, notices } = editOf(edited, timeline, film, path);
  const script = await realpath(film.script.file);
  const before = await readFile(script, 'utf8');
  const mark = before.startsWith('\ufeff') ? '\ufeff' : '';
  const ids = film.folder.state.shots.map(shotLabel);
  let after: string;
  try {
    const own = before.slice(mark.length);
    after = withCut(edit.cut ? withShotIds(own, ids) : own, edit);
    const written = parseScript(after, { file: script });
    if (JSON.stringify(written.cut) !== JSON.stringify(edit.cut))
      throw new RangeError('it would not be read back');
  } catch (error) {
    const reason = (error as Error).message;
    throw new InterchangeError(`${script} cannot take the cut: ${reason}`, { cause: error });
  }
  const changed = mark + after !== before;
  if (changed) await writeFileAtomically(script, mark + after);
  return { script, changed, pieces: edited.pieces.length, changes, notices };
}

async function readCutFile(path: string): Promise<string> {
  try {
    if (path.toLowerCase().endsWith('.otioz'))
      return (await unzipFile(path, 'content.otio')).toString('utf8');
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof InterchangeError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? 'there is no such file; check the path' : `it cannot be read (${message})`;
    throw new InterchangeError(`${path}: ${reason}`, { cause: error });
  }
}

/** What the pieces say, in frames of the film; what lies between two frames goes to the nearer one. */
function editOf(
  { pieces, notices: before }: EditedCut,
  timeline: Timeline,
  { folder }: FilmSource,
  path: string,
): { edit: ScriptEdit; changes: string[]; notices: string[] } {
  const { fps, shots } = timeline;
  const notices = [...before];
  const longest = new Map<number, number>(); // place of a shot, frames that are shown of it
  const found = pieces.map((piece, i) => {
    const place = placeOf(piece, timeline);
    if (place < 0) {
      const what = piece.url ?? piece.name ?? '';
      throw new InterchangeError(
        `${path}: clip ${i + 1}, ${what || 'without a file'}, is not of the film in ${folder.path}; take it out of the cut, ` +
          'or add a shot to the script in its place',
      );
    }
    const all = shots[place]!.frames;
    const exact = piece.stretch ?? { start: 0, duration: all / fps };
    const start = Math.round(exact.start * fps);
    const end = Math.round((exact.start + exact.duration) * fps);
    if (start < 0) notices.push(`clip ${i + 1} begins before its shot does, and is cut to its beginning`);
    longest.set(place, Math.max(longest.get(place) ?? 0, end));
    return { place, start: Math.max(0, start), end: Math.max(end, start + 1, 1) };
  });
  if (found.length === 0)
    throw new InterchangeError(`${path} shows no clip; put the shots on its track of video`);
  const seconds = new Map<number, number>();
  for (const [place, end] of longest) {
    if (end <= shots[place]!.frames) continue;
    if (end / fps > limits.seconds)
      throw new InterchangeError(
        `${path} shows ${end / fps} s of shot ${shots[place]!.label}; a shot has at most ${limits.seconds}`,
      );
    seconds.set(place, inSeconds(end, fps));
  }
  const lengthOf = (place: number): number => Math.max(shots[place]!.frames, longest.get(place) ?? 0);
  const isPlain =
    found.length === shots.length &&
    found.every(({ place, start, end }, i) => place === i && start === 0 && end === lengthOf(place));
  const cut = found.map(
    ({ place, start, end }): CutPiece => ({
      shot: shots[place]!.label,
      ...(start > 0 ? { from: inSeconds(start, fps) } : {}),
      ...(end < lengthOf(place) ? { to: inSeconds(end, fps) } : {}),
    }),
  );
  const edit = { cut: isPlain ? undefined : cut, seconds };
  return {
    edit,
    changes: changesOf(
      found,
      shots.map(({ frames, label }) => ({ frames, label })),
      seconds,
    ),
    notices,
  };
}

/** Seconds from which `Math.round(seconds * fps)` gives the frames again. */
const inSeconds = (frames: number, fps: number): number => Number((frames / fps).toFixed(4));

/** The place of a piece's shot, from 0: by its metadata, else by the name of its file, else by its own name. */
function placeOf(piece: EditedCut['pieces'][number], { shots }: Timeline): number {
  const byId = shots.findIndex(({ id }) => id === piece.shot);
  if (byId >= 0) return byId;
  const file = piece.url === undefined ? undefined : basename(decoded(piece.url));
  const byFile = shots.findIndex(({ clip }) => basename(clip.file) === file);
  return byFile >= 0 || file !== undefined ? byFile : shots.findIndex(({ label }) => label === piece.name);
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url.replace(/\\/g, '/'));
  } catch {
    return url;
  }
}

interface Found {
  readonly place: number;
  readonly start: number;
  readonly end: number;
}

function changesOf(
  found: readonly Found[],
  shots: readonly { readonly frames: number; readonly label: string }[],
  seconds: ReadonlyMap<number, number>,
): string[] {
  const labels = (places: readonly number[]): string =>
    [...new Set(places)].map((place) => shots[place]?.label).join(', ');
  const places = found.map(({ place }) => place);
  const counts = new Map<number, number>();
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  const firsts = places.filter((place, i) => places.indexOf(place) === i);
  const say = (what: string, list: readonly number[]): string[] =>
    list.length > 0 ? [`${what}: ${labels(list)}`] : [];
  return [
    ...say(
      'shots left out',
      [...shots.keys()].filter((place) => !counts.has(place)),
    ),
    ...say(
      'shots shown more than once',
      firsts.filter((place) => (counts.get(place) ?? 0) > 1),
    ),
    ...say(
      'shots in another place',
      firsts.filter((place, i) => firsts.slice(0, i).some((other) => other > place)),
    ),
    ...say(
      'shots trimmed',
      found
        .filter(({ place, start, end }) => start > 0 || end < shots[place]!.frames)
        .map(({ place }) => place),
    ),
    ...say('shots made longer, and so made again', [...seconds.keys()]),
  ];
}
