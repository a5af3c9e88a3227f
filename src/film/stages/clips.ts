import type { ClipSettings } from '../../inference/index.ts';
import { readImage } from '../../media/index.ts';
import { encodeClip } from '../encodeClip.ts';
import type { DreamEvent } from '../events.ts';
import type { Job } from '../jobs.ts';
import type { ClipMaker, Step } from '../makers.ts';
import { shotPrompt } from '../prompt.ts';
import { type FilmRun, jobsOf, keepReused, orderFor, settled, shotOf } from './filmRun.ts';
import { together } from './together.ts';

/** Keyframes to clips (paper 3.5). A clip depends on its keyframe's picture and its length. */
export async function* clipsStage(run: FilmRun): AsyncGenerator<DreamEvent, void, void> {
  const { script, folder } = run;
  const jobs = jobsOf(run, 'clip').map((job) => {
    const { index, state } = shotOf(run, job);
    const next = folder.state.shots[index + 1]?.keyframe?.sha256;
    return settled(run, job, { keyframe: state.keyframe?.sha256, next });
  });
  await keepReused(run, jobs);
  const todo = jobs.filter(({ status }) => status === 'make');
  yield { type: 'stage', stage: 'clips', todo: todo.length, shots: script.shots.length };
  for (const job of jobs) {
    if (job.status === 'reuse')
      yield { type: 'clip', ...shotOf(run, job).named, path: folder.pathOf(job), reused: true };
  }
  await using maker = run.makers.clip;
  yield* together(run.signal, todo, maker.takes?.parallel ?? 1, async (job, emit, signal) => {
    const { named } = shotOf(run, job);
    const onStep = ({ step, total }: Step): void =>
      emit({ type: 'preview', stage: 'clips', ...named, step, steps: total });
    const onNotice = (message: string): void =>
      emit({ type: 'notice', message: `shot ${named.shot}: ${message}` });
    const context = { signal, previews: false, onStep, onNotice, order: orderFor(run, job, maker) };
    const { warnings, provenance } = await writeClip(run, maker, job, context);
    await folder.finish(job, provenance);
    for (const message of warnings) onNotice(message);
    emit({ type: 'clip', ...named, path: folder.pathOf(job), reused: false });
  });
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
  const hasNext = maker.takes?.lastFrame && index + 1 < script.shots.length;
  const next = hasNext ? { next: await readImage(folder.keyframe(index + 1)) } : {};
  const made = await maker.make(
    {
      ...{ shot: state.id, script, index, keyframe, ...next, seconds, settings },
      ...{ seed: folder.state.seed, take: state.take, prompt: shotPrompt(script, index, 0) },
    },
    context,
  );
  const { width, height } = keyframe;
  const { movieFps: fps, between } = settings;
  await encodeClip(folder.pathOf(job), made, { width, height, fps, seconds, between });
  return made;
}
