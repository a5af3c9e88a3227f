import { join } from 'node:path';
import {
  type Evaluation,
  type EvaluationEvent,
  type Evaluator,
  evaluationFormat,
  type Film,
  readFilm,
} from '../evaluation/index.ts';
import { cachedJsonWithEvents, keyOf } from '../files/index.ts';
import { RunFolder } from '../film/index.ts';
import { type Image, readVideo, writePng } from '../media/index.ts';
import { type Script, shotFileName } from '../script/index.ts';

/** What is measured of a film. */
export interface FilmMeasures {
  readonly keyframes: Measures;
  /** Of the last frames of its clips; their true pictures are the keyframes. */
  readonly clips: Measures;
}
type Measures = Pick<Evaluation, 'metrics' | 'leftOut' | 'notices' | 'encoders'>;

export interface MeasureFilmOptions {
  readonly evaluator: Evaluator;
  readonly faceThreshold: number;
  /** Folder of true pictures, and the hash of what is in it. */
  readonly truth: { readonly folder: string; readonly fingerprint: string } | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Of a film's folder: key frames of its clips, and what was measured. */
export const clipFrames = 'clip-frames';

/** Measures keyframes and clips of a finished film; where nothing of it has changed, nothing is done again. */
export async function* measureFilm(
  path: string,
  script: Script,
  options: MeasureFilmOptions,
): AsyncGenerator<EvaluationEvent, FilmMeasures, void> {
  const { state } = await RunFolder.read(path);
  const { evaluator, faceThreshold, truth } = options;
  const key = keyOf(
    evaluationFormat,
    evaluator.encoderIdentities.map(({ role, fingerprint }) => [role, fingerprint]),
    [faceThreshold, truth?.fingerprint ?? null],
    state.script.key,
    state.shots.map(({ keyframe, clip }) => [keyframe?.sha256, clip?.sha256]),
  );
  return yield* cachedJsonWithEvents(join(path, 'measured', `${key}.json`), 'moviedreamer-measured-1', () =>
    measureAnew(path, script, options),
  );
}

async function* measureAnew(
  path: string,
  script: Script,
  { evaluator, faceThreshold, truth, signal }: MeasureFilmOptions,
): AsyncGenerator<EvaluationEvent, FilmMeasures, void> {
  const more = { faceThreshold, ...(signal ? { signal } : {}) };
  const film = await readFilm({ run: path, script, ...(truth ? { truth: truth.folder } : {}) });
  const keyframes = yield* evaluated(evaluator.evaluate(film, more));
  const ends: Film = {
    ...film,
    folder: join(path, clipFrames),
    frames: await writeClipFrames(path, film),
  };
  const clips = yield* evaluated(evaluator.evaluate(ends, { ...more, out: ends.folder }));
  return { keyframes, clips };
}

async function* evaluated(
  events: AsyncGenerator<EvaluationEvent, void, void>,
): AsyncGenerator<EvaluationEvent, Measures, void> {
  let found: Evaluation | undefined;
  for await (const event of events) {
    if (event.type === 'evaluation') found = event.evaluation;
    yield event;
  }
  const { metrics, leftOut, notices, encoders } = found as Evaluation;
  return { metrics, leftOut, notices, encoders };
}

/** Paths, below a film's folder, of the key frames of a shot's clip. */
export const clipFramePaths = (id: string): readonly [middle: string, last: string] => [
  join(clipFrames, `${shotFileName(id)}-middle.png`),
  join(clipFrames, `${shotFileName(id)}-last.png`),
];

/** Writes the middle and the last frame of each clip; gives the last ones. */
async function writeClipFrames(path: string, film: Film): Promise<Film['frames']> {
  const folder = await RunFolder.read(path);
  const frames: Film['frames'][number][] = [];
  for (const { shot, picture } of film.frames) {
    const [middle, last] = clipFramePaths(folder.state.shots[shot]?.id as string);
    const all: Image[] = [];
    for await (const frame of readVideo(folder.clip(shot))) all.push(frame);
    await writePng(join(path, middle), all[Math.floor((all.length - 1) / 2)] as Image);
    await writePng(join(path, last), all.at(-1) as Image);
    frames.push({ shot, picture: join(path, last), truth: picture });
  }
  return frames;
}
