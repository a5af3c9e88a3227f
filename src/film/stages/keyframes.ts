import { keyOfArrays } from '../../files/index.ts';
import type { RenderSettings } from '../../inference/index.ts';
import { readImage, writePng } from '../../media/index.ts';
import type { DreamEvent } from '../events.ts';
import type { Job } from '../jobs.ts';
import type { FilmInTheMaking } from '../makers.ts';
import { RunError } from '../run/runError.ts';
import { type ShotTokens, shownTokens } from '../run/tokenFile.ts';
import { type FilmRun, jobsOf, keepReused, settled, shotOf } from './filmRun.ts';
import { type KeyframeMakers, makeKeyframe, requestOf } from './makeKeyframe.ts';
import { ownKeyframe } from './ownKeyframe.ts';
import { together } from './together.ts';

/**
 * Tokens to keyframes (paper 3.3). A keyframe of ours depends on its own shot's tokens, sentences and faces, and on nothing
 * else of the film. Makers that take the keyframe of the shot before make them one after the other.
 */
export async function* keyframesStage(
  run: FilmRun,
  tokens: ReadonlyMap<string, ShotTokens>,
): AsyncGenerator<DreamEvent, void, void> {
  const { script, folder } = run;
  const shown = (job: Job): readonly Float32Array[] =>
    shownTokens(tokens.get(job.shot as string) as ShotTokens);
  const planned = jobsOf(run, 'keyframe');
  const film = run.makers.keyframe.sees === 'film' ? planned.flatMap(shown) : undefined;
  const settle = (job: Job): Job => {
    const before = folder.state.shots[shotOf(run, job).index - 1]?.keyframe?.sha256;
    return settled(run, job, { tokens: keyOfArrays(film ?? shown(job)), before });
  };
  const isInTurn = run.makers.keyframe.takes?.before === true;
  const jobs = isInTurn ? planned : planned.map(settle);
  await keepReused(run, jobs);
  const todo = jobs.filter(({ status }) => status !== 'reuse');
  yield { type: 'stage', stage: 'keyframes', todo: todo.length, shots: script.shots.length };
  for (const job of jobs) {
    if (job.status === 'reuse')
      yield { type: 'keyframe', ...shotOf(run, job).named, path: folder.pathOf(job), reused: true };
  }
  await using maker = run.makers.keyframe;
  await using guide = run.makers.guide;
  const most = film || isInTurn ? 1 : (maker.takes?.parallel ?? 1);
  yield* together(run.signal, todo, most, async (open, emit, signal) => {
    const { index, named, state } = shotOf(run, open);
    const job = settle(open);
    if (job.key === null) throw withoutBefore(named.shot);
    if (job.status === 'reuse') {
      await keepReused(run, [job]);
      emit({ type: 'keyframe', ...named, path: folder.pathOf(job), reused: true });
      return;
    }
    if (script.shots[index]?.keyframe !== undefined) {
      await writePng(folder.pathOf(job), await ownKeyframe(script, index, job.settings as RenderSettings));
      await folder.finish(job);
      emit({ type: 'keyframe', ...named, path: folder.pathOf(job), reused: false });
      return;
    }
    const makers = { maker, guide };
    const others = film ? { film: inTheMaking(run, planned, shown, makers) } : {};
    const take = { number: state.take, tokens: shown(job), ...others };
    const provenance = await makeKeyframe(run, job, take, makers, { emit, signal });
    await folder.finish(job, provenance);
    emit({ type: 'keyframe', ...named, path: folder.pathOf(job), reused: false });
  });
}

const withoutBefore = (shot: number): RunError =>
  new RunError(
    `shot ${shot}: its model is given the keyframe of shot ${shot - 1}, which is not made yet; make it first, or leave --shots out`,
  );

/** The film as a maker sees that makes each keyframe by others. */
function inTheMaking(
  run: FilmRun,
  jobs: readonly Job[],
  shown: (job: Job) => readonly Float32Array[],
  makers: KeyframeMakers,
): FilmInTheMaking {
  const alone = { ...makers, guide: undefined };
  return {
    requests: jobs.map((job) => {
      const take = { number: shotOf(run, job).state.take, tokens: shown(job) };
      return requestOf(run, job, take, alone, undefined);
    }),
    keyframe: (index) => readImage(run.folder.keyframe(index)),
  };
}
