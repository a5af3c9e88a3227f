import { pump } from '../../base/pump.ts';
import { keyOfArrays } from '../../files/index.ts';
import type { RenderSettings } from '../../inference/index.ts';
import { writePng } from '../../media/index.ts';
import type { DreamEvent } from '../events.ts';
import type { Job } from '../jobs.ts';
import { type ShotTokens, shownTokens } from '../run/tokenFile.ts';
import { type FilmRun, jobsOf, keepReused, settled, shotOf } from './filmRun.ts';

/**
 * Tokens to keyframes (paper 3.3). A keyframe depends on its own shot's tokens, sentences and faces, and on nothing
 * else of the film.
 */
export async function* keyframesStage(
  run: FilmRun,
  tokens: ReadonlyMap<string, ShotTokens>,
): AsyncGenerator<DreamEvent, void, void> {
  const { script, folder } = run;
  const shown = (job: Job): readonly Float32Array[] =>
    shownTokens(tokens.get(job.shot as string) as ShotTokens);
  const jobs = jobsOf(run, 'keyframe').map((job) => settled(run, job, keyOfArrays(shown(job))));
  await keepReused(run, jobs);
  const todo = jobs.filter(({ status }) => status === 'make');
  yield { type: 'stage', stage: 'keyframes', todo: todo.length, shots: script.shots.length };
  for (const job of jobs) {
    if (job.status === 'reuse')
      yield { type: 'keyframe', ...shotOf(run, job).named, path: folder.pathOf(job), reused: true };
  }
  await using maker = run.makers.keyframe;
  for (const job of todo) {
    const { index, state, named } = shotOf(run, job);
    yield* pump<DreamEvent>(run.signal, async (emit, signal) => {
      const { image, warnings, provenance } = await maker.make(
        {
          ...{ shot: state.id, script, index, tokens: shown(job) },
          ...{ seed: folder.state.seed, take: state.take, settings: job.settings as RenderSettings },
        },
        {
          signal,
          previews: run.previews,
          onStep: ({ step, total, image }) =>
            emit({
              ...{ type: 'preview', stage: 'keyframes', ...named, step, steps: total },
              ...(image ? { image } : {}),
            }),
        },
      );
      await writePng(folder.pathOf(job), image);
      await folder.finish(job, provenance);
      for (const message of warnings) emit({ type: 'notice', message: `shot ${named.shot}: ${message}` });
    });
    yield { type: 'keyframe', ...named, path: folder.pathOf(job), reused: false };
  }
}
