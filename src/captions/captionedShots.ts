import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FootageFrame, filmPaths, readFrames } from '../footage/index.ts';
import { type ParsedScript, parseScript } from '../script/index.ts';
import { CaptionsError } from './captionsError.ts';
import { captionsFormat, captionsVersion } from './makeCaptions.ts';
import { bestFrame } from './sceneShots.ts';

/** A film of a data set with its script. */
export interface ScriptedFilm {
  /** The folder that the script's paths are relative to. */
  readonly folder: string;
  /** script.yaml as it lies there, with what was changed by hand. */
  readonly script: ParsedScript;
  /** Text of script.yaml. */
  readonly text: string;
  /** The keyframe that stands for each shot of the script. */
  readonly keyframes: readonly FootageFrame[];
  /** All keyframes, in order of time. */
  readonly frames: readonly FootageFrame[];
}

/**
 * Reads the script that `captions` wrote of a film, with the keyframe of each of its shots.
 *
 * @throws {CaptionsError} where the film has no captions, or its script has other shots than were captioned
 */
export async function readScriptedFilm(dataset: string, film: string): Promise<ScriptedFilm> {
  const { folder } = filmPaths(dataset, film);
  const file = join(folder, 'script.yaml');
  const [text, lines] = await Promise.all([
    readWritten(file, dataset, film),
    readWritten(join(folder, 'captions.jsonl'), dataset, film),
  ]);
  const told = shotsWithLine(lines, join(folder, 'captions.jsonl'));
  const script = parseScript(text, { file });
  if (script.shots.length !== told.length) {
    throw new CaptionsError(
      `${file} has ${script.shots.length} shots, and captions were made of ${told.length}: texts may be changed, shots not; ` +
        `run moviedreamer captions ${dataset} again, which writes it anew`,
    );
  }
  const frames: FootageFrame[] = [];
  for await (const frame of readFrames(dataset, film)) frames.push(frame);
  const keyframes = told.map((shot) => {
    const best = bestFrame(frames.filter((frame) => frame.shot === shot));
    if (!best)
      throw new CaptionsError(
        `${dataset}: shot ${shot} of ${film} has no keyframe; run footage and captions again`,
      );
    return best;
  });
  return { folder, script, text, keyframes, frames };
}

async function readWritten(path: string, dataset: string, film: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
    throw new CaptionsError(
      `${dataset}: the film ${film} has no captions, expected ${path}; run moviedreamer captions ${dataset}`,
      { cause },
    );
  });
}

/** Indices of the film's shots that have a line, in their order. */
function shotsWithLine(text: string, path: string): number[] {
  const shots = new Set<number>();
  for (const [i, line] of text.trimEnd().split('\n').entries()) {
    let value: { format?: string; version?: number; shot?: number; plot?: readonly string[] };
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw new CaptionsError(
        `${path}, line ${i + 1}, is damaged: expected JSON; run moviedreamer captions again`,
        { cause },
      );
    }
    if (i === 0 && (value.format !== captionsFormat || value.version !== captionsVersion)) {
      throw new CaptionsError(
        `${path}: expected ${captionsFormat} of version ${captionsVersion}, got ${value.format} of version ${value.version}; ` +
          'run moviedreamer captions again',
      );
    }
    if (i > 0 && value.shot !== undefined && (value.plot?.length ?? 0) > 0) shots.add(value.shot);
  }
  return [...shots].sort((a, b) => a - b);
}
