import type { RenderSettings } from '../../inference/index.ts';
import { coverImage, readImage, readPicture, writePng } from '../../media/index.ts';
import { characterOf, type Script } from '../../script/index.ts';
import type { DreamEvent } from '../events.ts';
import type { Job } from '../jobs.ts';
import type { FilmInTheMaking, KeyframeMaker, KeyframeRequest, Reference } from '../makers.ts';
import { referencedIn, shotPrompt } from '../prompt.ts';
import { noOrder } from '../run/orders.ts';
import { type FilmRun, orderFor, shotOf } from './filmRun.ts';

/** Who makes keyframes, and who makes the pictures that they follow. */
export interface KeyframeMakers {
  readonly maker: KeyframeMaker;
  readonly guide: KeyframeMaker | undefined;
}

/** What a take of a keyframe is made from beside its job. */
export interface KeyframeTake {
  /** From 0. */
  readonly number: number;
  readonly tokens: readonly Float32Array[];
  /** For makers that see the whole film. */
  readonly film?: FilmInTheMaking | undefined;
}

/** Makes a take of a keyframe, conforms it and writes it to the job's path. Gives what run.json is to keep of its making. */
export async function makeKeyframe(
  run: FilmRun,
  job: Job,
  take: KeyframeTake,
  makers: KeyframeMakers,
  { emit, signal }: { readonly emit: (event: DreamEvent) => void; readonly signal: AbortSignal },
): Promise<unknown> {
  const { named } = shotOf(run, job);
  const { maker } = makers;
  const request = requestOf(run, job, take, makers, signal);
  const made = await maker.make(request, {
    ...{ signal, previews: run.previews, order: orderFor(run, job, maker) },
    onStep: ({ step, total, image }) =>
      emit({
        ...{ type: 'preview', stage: 'keyframes', ...named, step, steps: total },
        ...(image ? { image } : {}),
      }),
    onNotice: (message) => emit({ type: 'notice', message: `shot ${named.shot}: ${message}` }),
  });
  const { width, height } = request.settings;
  const isFit = !maker.takes || (made.image.width === width && made.image.height === height);
  await writePng(run.folder.pathOf(job), isFit ? made.image : coverImage(made.image, width, height));
  for (const message of made.warnings) emit({ type: 'notice', message: `shot ${named.shot}: ${message}` });
  const conformed = isFit ? {} : { conformed: `from ${made.image.width} x ${made.image.height}, cut to fit` };
  return maker.takes ? { ...Object(made.provenance), ...conformed } : made.provenance;
}

/** What a maker is asked for a take of the keyframe of a job. */
export function requestOf(
  { script, folder }: FilmRun,
  job: Job,
  { number, tokens, film }: KeyframeTake,
  { maker, guide }: KeyframeMakers,
  signal: AbortSignal | undefined,
): KeyframeRequest {
  const { index, state } = shotOf({ folder }, job);
  const most = maker.takes?.references ?? 0;
  const request: KeyframeRequest = {
    ...{ shot: state.id, script, index, tokens, prompt: shotPrompt(script, index, most) },
    ...{ seed: folder.state.seed, take: number, settings: job.settings as RenderSettings },
    references: referencedIn(script, index, most).map((name, i) => referenceTo(script, name, i + 1)),
    ...(film ? { film } : {}),
    ...(maker.takes?.before && index > 0 ? { before: () => readImage(folder.keyframe(index - 1)) } : {}),
  };
  if (!guide) return request;
  const context = {
    signal,
    previews: false,
    onStep: () => {},
    onNotice: () => {},
    order: noOrder(job),
  };
  return { ...request, guide: async () => (await guide.make(request, context)).image };
}

function referenceTo(script: Script, name: string, number: number): Reference {
  const { face } = characterOf(script, name);
  return {
    ...{ number, name, sha256: script.pictures.get(face) as string },
    read: async () => script.inMemory?.get(face) ?? (await readPicture(face)),
  };
}
