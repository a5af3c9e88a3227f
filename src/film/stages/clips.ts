import { pump } from '../../base/pump.ts';
import type { ClipSettings } from '../../inference/index.ts';
import { readImage, VideoWriter } from '../../media/index.ts';
import type { DreamEvent } from '../events.ts';
import { frameCount, resampleFrames } from '../frameRate.ts';
import type { Job } from '../jobs.ts';
import type { ClipMaker, Step } from '../makers.ts';
import { type FilmRun, jobsOf, keepReused, settled, shotOf } from './filmRun.ts';

/** Keyframes to clips (paper 3.5). A clip depends on its keyframe's picture and its length. */
export async function* clipsStage(run: FilmRun): AsyncGenerator<DreamEvent, void, void> {
  const { script, folder } = run;
  const jobs = jobsOf(run, 'clip').map((job) => settled(run, job, shotOf(run, job).state.keyframe?.sha256));
  await keepReused(run, jobs);
  const todo = jobs.filter(({ status }) => status === 'make');
  yield { type: 'stage', stage: 'clips', todo: todo.length, shots: script.shots.length };
  for (const job of jobs) {
    if (job.status === 'reuse')
      yield { type: 'clip', ...shotOf(run, job).named, path: folder.pathOf(job), reused: true };
  }
  await using maker = run.makers.clip;
  for (const job of todo) {
    const { named } = shotOf(run, job);
    yield* pump<DreamEvent>(run.signal, async (emit, signal) => {
      const onStep = ({ step, total }: Step): void =>
        emit({ type: 'preview', stage: 'clips', ...named, step, steps: total });
      const { warnings, provenance } = await writeClip(run, maker, job, { signal, previews: false, onStep });
      await folder.finish(job, provenance);
      for (const message of warnings) emit({ type: 'notice', message: `shot ${named.shot}: ${message}` });
    });
    yield { type: 'clip', ...named, path: folder.pathOf(job), reused: false };
  }
}

/** Animates one shot and writes its clip as it comes. */
async function writeClip(
  run: FilmRun,
  maker: ClipMaker,
  job: Job,
  context: Parameters<ClipMaker['make']>[1],
): ReturnType<ClipMaker['make']> {
  const { folder, script } = run;
  const { index, state } = shotOf(run, job);
  const settings = job.settings as ClipSettings;
  const keyframe = await readImage(folder.keyframe(index));
  const seconds = script.shots[index]?.seconds ?? 1;
  const made = await maker.make(
    {
      ...{ shot: state.id, script, index, keyframe, seconds, settings },
      ...{ seed: folder.state.seed, take: state.take },
    },
    context,
  );
  const { width, height } = keyframe;
  const fps = settings.movieFps;
  const count = frameCount(seconds, fps);
  const writer = await VideoWriter.create(folder.pathOf(job), { width, height, fps });
  try {
    for await (const frame of resampleFrames(made.frames, {
      count,
      fps,
      sourceFps: made.fps,
      between: settings.between,
    }))
      await writer.write(frame);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return made;
}
