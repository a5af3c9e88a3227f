import { keyOf } from '../../files/index.ts';
import type { ClipSettings } from '../../inference/index.ts';
import { type Image, readImage, readVideo } from '../../media/index.ts';
import { PeopleChecker } from '../checks/peopleChecker.ts';
import type { PictureCheck } from '../checks/verdict.ts';
import type { DreamEvent } from '../events.ts';
import { frameCount } from '../frameRate.ts';
import type { Job } from '../jobs.ts';
import type { ShotCheck } from '../run/state.ts';
import { type FilmRun, jobsOf, shotOf } from './filmRun.ts';

/**
 * Looks who is in the keyframes, or in the first, middle and last frame of the clips, and notes it in run.json. What was
 * checked before, by the same models, is not checked again. It changes nothing that is made.
 */
export async function* checksStage(
  run: FilmRun,
  kind: 'keyframe' | 'clip',
): AsyncGenerator<DreamEvent, void, void> {
  const { folder, models, script } = run;
  const stage = kind === 'keyframe' ? 'keyframes' : 'clips';
  await using checker = await PeopleChecker.open(models, script);
  if (!checker) {
    if (kind === 'keyframe') yield { type: 'notice', message: noDetector(run) };
    return;
  }
  for (const job of jobsOf(run, kind)) {
    run.signal?.throwIfAborted();
    const { index, state, named } = shotOf(run, job);
    const sha256 = folder.finished(job)?.sha256;
    if (sha256 === undefined) continue;
    const expected = script.shots[index]?.characters.map(({ id }) => id);
    const key = keyOf(checker.key, sha256, expected);
    const known = state.checks?.[kind];
    const isKnown = known?.key === key;
    const check = isKnown ? known : { key, of: sha256, ...(await look(run, job, checker)) };
    if (!isKnown) {
      state.checks = { ...state.checks, [kind]: check };
      await folder.save();
    }
    const { passes, pictures } = check;
    yield { type: 'check', stage, ...named, passes, pictures, reused: isKnown };
  }
}

async function look(
  run: FilmRun,
  job: Job,
  checker: PeopleChecker,
): Promise<Pick<ShotCheck, 'passes' | 'pictures'>> {
  const { index } = shotOf(run, job);
  const path = run.folder.pathOf(job);
  const frames = job.kind === 'keyframe' ? new Map([[0, await readImage(path)]]) : await framesOf(run, job);
  const pictures: PictureCheck[] = [];
  for (const [frame, image] of frames) pictures.push(await checker.check(image, index, frame));
  return { passes: pictures.every(({ passes }) => passes), pictures };
}

/** The first, the middle and the last frame of a clip, by their places from 0. */
async function framesOf(run: FilmRun, job: Job): Promise<Map<number, Image>> {
  const { index } = shotOf(run, job);
  const { movieFps } = job.settings as ClipSettings;
  const last = frameCount(run.script.shots[index]?.seconds ?? 1, movieFps) - 1;
  const wanted = new Set([0, Math.floor(last / 2), last]);
  const frames = new Map<number, Image>();
  let at = 0;
  for await (const frame of readVideo(run.folder.pathOf(job))) {
    if (wanted.has(at)) frames.set(at, frame);
    at++;
  }
  return frames;
}

const noDetector = ({ models: { preset } }: FilmRun): string =>
  `nobody checks who is in the pictures: preset ${preset.name} has no face detector, or no weights of it in ` +
  `${preset.weightsIn('detector')}; train one: npx moviedreamer train detector`;
