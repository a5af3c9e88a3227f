import { basename, resolve } from 'node:path';
import { type RunFolder, readScript, type Script, shotLabel, shotPrompt } from '../film/index.ts';
import { readMp4Track } from '../media/index.ts';
import { scriptKey } from '../script/index.ts';
import { InterchangeError } from './interchangeError.ts';
import type { Timeline, TimelineShot } from './timeline.ts';

/** A film's folder with the script that it was made from. */
export interface FilmSource {
  readonly folder: RunFolder;
  readonly script: Script;
}

/**
 * Reads the script of a film's folder.
 * @param path of the script; default: where it was when the film was made
 * @throws InterchangeError where the script is another than the one that the film was made from. ScriptError
 */
export async function filmSource(
  folder: RunFolder,
  path: string = folder.state.script.file,
): Promise<FilmSource> {
  const script = await readScript(path);
  if (scriptKey(script) !== folder.state.script.key) {
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
  const shots = script.shots.map((shot, i): TimelineShot => {
    const own = state.shots[i]!;
    const { frames, hasSound } = tracks[i]!;
    const place: TimelineShot = {
      ...{ place: i + 1, id: own.id, label: shotLabel(own), at, start: 0, frames },
      clip: { file: resolve(folder.clip(i)), sha256: own.clip?.sha256 ?? '', frames, hasSound },
      keyframe: own.keyframe && { file: resolve(folder.keyframe(i)), sha256: own.keyframe.sha256 },
      people: shot.characters,
      elements: shot.elements,
      plot: shot.plot,
      lines: [],
      prompt: shotPrompt(script, i, 0),
      take: own.take,
    };
    at += frames;
    return place;
  });
  return {
    title: titleOf(script),
    ...{ fps, width: first.width, height: first.height, shots },
    ...{ seed: state.seed, preset: state.preset },
  };
}

/** The script's title, else the name of its file, or of its folder where the file is called script. */
export function titleOf(script: Script): string {
  if (script.title !== undefined) return script.title;
  const name = basename(script.file).replace(/\.[^.]+$/, '');
  return name === 'script' ? basename(resolve(script.file, '..')) || name : name;
}
