import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { RunFolder, readScript } from '../film/index.ts';
import { type Script, scriptKey } from '../script/index.ts';
import { EvaluationError } from './evaluationError.ts';
import { numberedPictures } from './numberedPictures.ts';

/** Which pictures to evaluate: a film that `generate` made, or pictures that any system made. */
export type FilmSource = {
  /** Folder of the true pictures of the same shots, named as `frames` are. */
  readonly truth?: string;
} & (
  | {
      /** The film's run folder. */
      readonly run: string;
      /** The script or its path, where it does not lie any more where the film was made from it, or never lay in a file. */
      readonly script?: string | Script;
    }
  | {
      /** Folder of pictures, one a shot. */
      readonly frames: string;
      /** The script, or its path. */
      readonly script: string | Script;
    }
);

/** A shot's picture. */
export interface FilmFrame {
  /** The shot's index, from 0. */
  readonly shot: number;
  /** Path of the picture. */
  readonly picture: string;
  /** The true picture of the shot. */
  readonly truth?: string;
}

/** The pictures of a film beside its script, in order. */
export interface Film {
  /** The script that the pictures show. */
  readonly script: Script;
  /** Where the evaluation goes by default: the run folder, or that of the pictures. */
  readonly folder: string;
  /** One picture for each evaluated shot, in the order of the film. */
  readonly frames: readonly FilmFrame[];
  /** Numbers (from 1) of the shots that have no picture, because the film was made without them. */
  readonly without: readonly number[];
  /** How the film was made; undefined for pictures of unknown making. */
  readonly made?: { readonly preset: string; readonly seed: number };
}

/**
 * Finds the pictures of all shots; pixels are not read yet. Throws `EvaluationError` for shots without a picture and
 * pictures without a shot, `ScriptError` and `RunError`.
 */
export async function readFilm(source: FilmSource): Promise<Film> {
  const film = 'run' in source ? await readRun(source.run, source.script) : await readFrames(source);
  const { truth } = source;
  if (truth === undefined) return film;
  const { folder, byShot } = await numberedPictures(truth, '--truth');
  checkShots('--truth', folder, byShot, film.script);
  return {
    ...film,
    frames: film.frames.map((frame) => {
      const own = byShot.get(frame.shot);
      if (own) return { ...frame, truth: own };
      const absent = film.frames.map((f) => f.shot).filter((shot) => !byShot.has(shot));
      throw missing('--truth', folder, film.script, absent);
    }),
  };
}

async function readFrames(source: { frames: string; script: string | Script }): Promise<Film> {
  const script = await read(source.script);
  const { folder, byShot } = await numberedPictures(source.frames, '--frames');
  checkShots('--frames', folder, byShot, script);
  const shots = [...script.shots.keys()];
  const absent = shots.filter((shot) => !byShot.has(shot));
  if (absent.length > 0) throw missing('--frames', folder, script, absent);
  const frames = shots.map((shot) => ({ shot, picture: byShot.get(shot) as string }));
  return { script, folder: resolve(source.frames), frames, without: [] };
}

/**
 * A film that was made with `--shots` has a storyboard, and keyframes of those shots only; one that was stopped on the
 * way has no storyboard yet.
 */
async function readRun(path: string, asked: string | Script | undefined): Promise<Film> {
  const folder = await openRun(path);
  const { state } = folder;
  const script = await scriptOf(folder, asked);
  if (script.shots.length !== state.shots.length) {
    throw new EvaluationError(
      `${folder.path}: the film has ${state.shots.length} shots, the script ${script.file} ${script.shots.length}; give ` +
        'the script that the film was made from with --script, or bring the film up to date with generate',
    );
  }
  const shots = [...script.shots.keys()];
  const lost = shots.filter((shot) => state.shots[shot]?.keyframe && !existsSync(folder.keyframe(shot)));
  if (lost.length > 0) throw missing('the film', folder.path, script, lost, 'generate makes them again');
  const without = shots.filter((shot) => !state.shots[shot]?.keyframe);
  if (without.length === shots.length || (without.length > 0 && !existsSync(folder.storyboard))) {
    throw missing('the film', folder.path, script, without, 'let generate finish it');
  }
  return {
    script,
    folder: folder.path,
    frames: shots
      .filter((shot) => !without.includes(shot))
      .map((shot) => ({ shot, picture: folder.keyframe(shot) })),
    without: without.map((shot) => shot + 1),
    made: { preset: state.preset, seed: state.seed },
  };
}

async function openRun(path: string): Promise<RunFolder> {
  try {
    return await RunFolder.read(path);
  } catch (error) {
    if (!existsSync(path) || existsSync(resolve(path, 'run.json'))) throw error;
    throw new EvaluationError(
      `${(error as Error).message}; pictures that another system made are given with --frames FOLDER --script FILE`,
      { cause: error },
    );
  }
}

const read = async (script: string | Script): Promise<Script> =>
  typeof script === 'string' ? readScript(script) : script;

/** The script that a film was made from; another than that only where it is asked for. */
async function scriptOf(folder: RunFolder, asked: string | Script | undefined): Promise<Script> {
  const { file, key } = folder.state.script;
  if (asked !== undefined) return read(asked);
  if (!existsSync(file)) {
    throw new EvaluationError(
      `${folder.path}: the script that it was made from, ${file}, is not there any more; give it with --script FILE`,
    );
  }
  const script = await readScript(file);
  if (scriptKey(script) === key) return script;
  throw new EvaluationError(
    `${folder.path}: its script, ${file}, was changed after the film was made; bring the film up to date with generate, ` +
      'or give the script to compare it with by --script FILE',
  );
}

/** Pictures beyond the script's last shot say that they belong to another one. */
function checkShots(
  who: string,
  folder: string,
  byShot: ReadonlyMap<number, string>,
  { file, shots }: Script,
): void {
  const beyond = [...byShot].filter(([shot]) => shot >= shots.length).map(([, path]) => basename(path));
  if (beyond.length === 0) return;
  throw new EvaluationError(
    `${who} ${folder}: the script ${file} has ${shots.length} ${shots.length === 1 ? 'shot' : 'shots'}, and there are pictures for ` +
      `${byShot.size}, such as ${basename(beyond[0] as string)}; give the script that they were made from`,
  );
}

function missing(
  who: string,
  folder: string,
  { shots: all }: Script,
  shots: readonly number[],
  fix = 'add them, or give a script without them',
): EvaluationError {
  const numbers = shots.map((shot) => shot + 1);
  const shown = numbers.slice(0, 8).join(', ');
  const rest = numbers.length > 8 ? ` and ${numbers.length - 8} more` : '';
  const what =
    numbers.length === 1
      ? `shot ${shown} of ${all.length} has no picture`
      : `shots ${shown}${rest} of ${all.length} have no picture`;
  return new EvaluationError(`${who} ${folder}: ${what}; ${fix}`);
}

/** What a film is called: its title, else the name of its script's folder. */
export function filmTitle({ script }: Pick<Film, 'script'>): string {
  return script.title ?? basename(dirname(resolve(script.file)));
}
