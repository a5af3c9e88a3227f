import { basename, resolve } from 'node:path';
import { piecesOf, type RunFolder, readScript, type Script, shotLabel, shotPrompt } from '../film/index.ts';
import { readMp4Track } from '../media/index.ts';
import { type Shot, shotKey } from '../script/index.ts';
import { InterchangeError } from './interchangeError.ts';
import type { Timeline, TimelineLine, TimelineShot } from './timeline.ts';

/** A film's folder with the script that it was made from. */
export interface FilmSource {
  readonly folder: RunFolder;
  readonly script: Script;
}

/**
 * Reads the script of a film's folder. Its cut, its title and the lengths of its shots may have changed since the film was made.
 * @param path of the script; default: where it was when the film was made
 * @throws InterchangeError where shots are not as they were when the film was made. ScriptError
 */
export async function filmSource(
  folder: RunFolder,
  path: string = folder.state.script.file,
): Promise<FilmSource> {
  const script = await readScript(path);
  const { shots } = folder.state;
  const isSame =
    shots.length === script.shots.length && shots.every((own, i) => own.script?.key === shotKey(script, i));
  if (!isSame) {
    throw new InterchangeError(
      `${path} is not as it was when the film in ${folder.path} was made; bring the film up to date first: ` +
        `npx moviedreamer generate ${path} --out ${folder.path}`,
    );
  }
  return { folder, script };
}

/**
 * The cut of a film, of the clips that lie in its folder.
 * @throws InterchangeError where shots have no clip yet. VideoError where clips are damaged or do not fit each other
 */
export async function filmTimeline({ folder, script }: FilmSource): Promise<Timeline> {
  const { state } = folder;
  const missing = state.shots.filter(({ clip }) => !clip).map(shotLabel);
  if (missing.length > 0) {
    throw new InterchangeError(
      `shots ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ` and ${missing.length - 8} more` : ''} have no clip ` +
        `yet; make them first: npx moviedreamer generate ${script.file} --out ${folder.path}`,
    );
  }
  const tracks = await Promise.all(state.shots.map((_, i) => readMp4Track(folder.clip(i))));
  const [first] = tracks;
  if (!first) throw new InterchangeError(`${folder.path} holds a film without shots`);
  const fps = first.timescale / first.frameTicks;
  const odd = tracks.findIndex((track) => track.timescale / track.frameTicks !== fps);
  if (!Number.isInteger(fps) || odd >= 0) {
    throw new InterchangeError(
      `${folder.clip(Math.max(0, odd))} has not the film's whole number of frames a second; make the clip again`,
    );
  }
  let at = 0;
  const frames = tracks.map((track) => track.frames);
  const shots = piecesOf(script, frames, fps).map((piece, i): TimelineShot => {
    const [shot, own] = [script.shots[piece.shot]!, state.shots[piece.shot]!];
    const { hasSound } = tracks[piece.shot]!;
    const place: TimelineShot = {
      ...{ place: i + 1, id: own.id, label: shotLabel(own), at, start: piece.start, frames: piece.frames },
      clip: {
        ...{ file: resolve(folder.clip(piece.shot)), sha256: own.clip?.sha256 ?? '' },
        ...{ frames: frames[piece.shot]!, hasSound },
      },
      keyframe: own.keyframe && {
        file: resolve(folder.keyframe(piece.shot)),
        sha256: own.keyframe.sha256,
      },
      people: shot.characters,
      elements: shot.elements,
      plot: shot.plot,
      lines: linesOf(shot),
      prompt: shotPrompt(script, piece.shot, 0),
      take: own.take,
    };
    at += piece.frames;
    return place;
  });
  return {
    title: titleOf(script),
    ...{ fps, width: first.width, height: first.height, shots },
    ...{ seed: state.seed, preset: state.preset },
  };
}

/** What is said in a shot: dialogue, then narration. */
function linesOf({ dialogue = [], narration = [] }: Shot): TimelineLine[] {
  return [
    ...dialogue.map(({ speaker, text }): TimelineLine => ({ kind: 'dialogue', speaker, text })),
    ...narration.map((text): TimelineLine => ({ kind: 'narration', text })),
  ];
}

/** The script's title, else the name of its file, or of its folder where the file is called script. */
export function titleOf(script: Script): string {
  if (script.title !== undefined) return script.title;
  const name = basename(script.file).replace(/\.[^.]+$/, '');
  return name === 'script' ? basename(resolve(script.file, '..')) || name : name;
}
