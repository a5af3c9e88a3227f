import { keyOfArrays } from '../../files/index.ts';
import type { RenderSettings } from '../../inference/index.ts';
import { coverImage, readImage, readPicture, writePng } from '../../media/index.ts';
import { characterOf, type Script } from '../../script/index.ts';
import type { DreamEvent } from '../events.ts';
import type { Job } from '../jobs.ts';
import type { FilmInTheMaking, KeyframeMaker, KeyframeRequest, Reference } from '../makers.ts';
import { referencedIn, shotPrompt } from '../prompt.ts';
import { noOrder } from '../run/orders.ts';
import { type ShotTokens, shownTokens } from '../run/tokenFile.ts';
import { type FilmRun, jobsOf, keepReused, orderFor, settled, shotOf } from './filmRun.ts';
import { together } from './together.ts';

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
  const planned = jobsOf(run, 'keyframe');
  const film = run.makers.keyframe.sees === 'film' ? planned.flatMap(shown) : undefined;
  const jobs = planned.map((job) => settled(run, job, keyOfArrays(film ?? shown(job))));
  await keepReused(run, jobs);
  const todo = jobs.filter(({ status }) => status === 'make');
  yield { type: 'stage', stage: 'keyframes', todo: todo.length, shots: script.shots.length };
  for (const job of jobs) {
    if (job.status === 'reuse')
      yield { type: 'keyframe', ...shotOf(run, job).named, path: folder.pathOf(job), reused: true };
  }
  await using maker = run.makers.keyframe;
  await using guide = run.makers.guide;
  yield* together(run.signal, todo, film ? 1 : (maker.takes?.parallel ?? 1), async (job, emit, signal) => {
    const { named } = shotOf(run, job);
    const order = orderFor(run, job, maker);
    const context = { signal, previews: run.previews, order };
    const own = requestOf(run, job, shown(job), maker, guide && { maker: guide, signal });
    const request = film ? { ...own, film: inTheMaking(run, planned, shown, maker) } : own;
    const made = await maker.make(request, {
      ...context,
      onStep: ({ step, total, image }) =>
        emit({
          ...{ type: 'preview', stage: 'keyframes', ...named, step, steps: total },
          ...(image ? { image } : {}),
        }),
      onNotice: (message) => emit({ type: 'notice', message: `shot ${named.shot}: ${message}` }),
    });
    const { width, height } = request.settings;
    const isFit = !maker.takes || (made.image.width === width && made.image.height === height);
    await writePng(folder.pathOf(job), isFit ? made.image : coverImage(made.image, width, height));
    const conformed = isFit
      ? {}
      : { conformed: `from ${made.image.width} x ${made.image.height}, cut to fit` };
    await folder.finish(job, maker.takes ? { ...Object(made.provenance), ...conformed } : made.provenance);
    for (const message of made.warnings) emit({ type: 'notice', message: `shot ${named.shot}: ${message}` });
    emit({ type: 'keyframe', ...named, path: folder.pathOf(job), reused: false });
  });
}

/** What a maker is asked for the keyframe of a job. */
function requestOf(
  { script, folder }: FilmRun,
  job: Job,
  tokens: readonly Float32Array[],
  { takes }: KeyframeMaker,
  guide: { readonly maker: KeyframeMaker; readonly signal: AbortSignal } | undefined,
): KeyframeRequest {
  const { index, state } = shotOf({ folder }, job);
  const most = takes?.references ?? 0;
  const request: KeyframeRequest = {
    ...{ shot: state.id, script, index, tokens, prompt: shotPrompt(script, index, most) },
    ...{ seed: folder.state.seed, take: state.take, settings: job.settings as RenderSettings },
    references: referencedIn(script, index, most).map((name, i) => referenceTo(script, name, i + 1)),
  };
  if (!guide) return request;
  const context = {
    signal: guide.signal,
    previews: false,
    onStep: () => {},
    onNotice: () => {},
    order: noOrder(job),
  };
  return { ...request, guide: async () => (await guide.maker.make(request, context)).image };
}

/** The film as a maker sees that makes each keyframe by others. */
function inTheMaking(
  run: FilmRun,
  jobs: readonly Job[],
  shown: (job: Job) => readonly Float32Array[],
  maker: KeyframeMaker,
): FilmInTheMaking {
  return {
    requests: jobs.map((job) => requestOf(run, job, shown(job), maker, undefined)),
    keyframe: (index) => readImage(run.folder.keyframe(index)),
  };
}

function referenceTo(script: Script, name: string, number: number): Reference {
  const { face } = characterOf(script, name);
  return {
    ...{ number, name, sha256: script.pictures.get(face) as string },
    read: async () => script.inMemory?.get(face) ?? (await readPicture(face)),
  };
}
