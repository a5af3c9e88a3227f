import { createHash } from 'node:crypto';
import { decodeImage, encodePng } from '../media/index.ts';
import {
  bytesOf,
  callOptions,
  type MovieDreamerCallOptions,
  type Size,
  seedOf,
  sizeOf,
} from './callOptions.ts';
import { MOST, responseOf } from './imageModel.ts';
import type {
  CallFile,
  CallWarning,
  Json,
  Specification,
  VideoAnswer,
  VideoCall,
  VideoModel,
} from './spec.ts';
import type { Studio } from './studio.ts';

/** What a call asks, checked, as plain data: pictures are base64. */
interface Request {
  readonly n: number;
  readonly seed: number;
  readonly seconds: number | undefined;
  readonly fps: number | undefined;
  readonly size: Size;
  /** The picture that is animated; undefined: one is drawn from the rest. */
  readonly keyframe: string | undefined;
  readonly prompt: string | undefined;
  readonly references: readonly string[];
  readonly options: MovieDreamerCallOptions;
}

/** A preset's animator as a video model: a picture to a clip. Without a picture, its renderer draws one from the prompt. */
export function videoModel<S extends Specification>(specificationVersion: S, studio: Studio): VideoModel<S> {
  const started = new Map<string, { state: 'pending' | VideoAnswer | { readonly error: unknown } }>();
  const start = (id: string, request: Request, signal: AbortSignal | undefined): void => {
    const job: { state: 'pending' | VideoAnswer | { readonly error: unknown } } = { state: 'pending' };
    started.set(id, job);
    films(studio, request, signal).then(
      (answer) => {
        job.state = answer;
      },
      (error: unknown) => {
        job.state = { error };
      },
    );
  };
  return {
    ...{ specificationVersion, provider: 'moviedreamer', modelId: studio.preset, maxVideosPerCall: MOST },
    doGenerate: async (call) => {
      const { request, warnings } = await read(studio, call);
      const answer = await films(studio, request, call.abortSignal);
      return { ...answer, warnings };
    },
    doStart: async (call) => {
      const { request, warnings } = await read(studio, call);
      start(idOf(request), request, call.abortSignal);
      return { operation: asJson(request), warnings, response: responseOf(studio) };
    },
    doStatus: async ({ operation, abortSignal }) => {
      abortSignal?.throwIfAborted();
      const request = operation as unknown as Request;
      const id = idOf(request);
      if (!started.has(id)) start(id, request, undefined);
      const state = started.get(id)?.state ?? 'pending';
      if (state === 'pending') return { status: 'pending', response: responseOf(studio) };
      started.delete(id);
      if (!('error' in state)) return { status: 'completed', ...state };
      const message = state.error instanceof Error ? state.error.message : String(state.error);
      return { status: 'error', error: message, response: responseOf(studio) };
    },
  };
}

const asJson = (request: Request): Json => JSON.parse(JSON.stringify(request)) as Json;
const idOf = (request: Request): string =>
  createHash('sha256')
    .update(JSON.stringify(asJson(request)))
    .digest('hex');

/** Portraits as base64: a request is plain data. */
const asData = ({ characters, ...rest }: MovieDreamerCallOptions): MovieDreamerCallOptions => ({
  ...rest,
  characters: characters?.map(({ portrait, ...character }) => ({
    ...character,
    portrait: portrait instanceof Uint8Array ? Buffer.from(portrait).toString('base64') : portrait,
  })),
});

/** Checks a call. Warnings are of what it asks and does not get. */
async function read(
  studio: Studio,
  call: VideoCall,
): Promise<{ readonly request: Request; readonly warnings: CallWarning[] }> {
  const options = asData(callOptions(call.providerOptions));
  const { preset } = await studio.dreamer();
  const asked = { size: call.resolution, aspectRatio: call.aspectRatio };
  const { size, warnings } = await sizeOf(preset, asked, { feature: 'resolution', step: 2 });
  const first = call.image ?? call.frameImages?.find(({ frameType }) => frameType === 'first_frame')?.image;
  const references = call.inputReferences ?? [];
  const unsupported = (feature: string, details: string): void =>
    void warnings.push({ type: 'unsupported', feature, details });
  if (first && call.prompt) unsupported('prompt', 'the animator follows the picture; its words are not read');
  if (first && references.length > 0)
    unsupported('inputReferences', 'the picture shows the people; portraits are for pictures that are drawn');
  if (call.frameImages?.some(({ frameType }) => frameType === 'last_frame'))
    unsupported('frameImages', 'a clip begins with its picture and ends where it leads: no last frame');
  if (call.generateAudio) unsupported('generateAudio', 'clips have no sound');
  const base64 = (file: CallFile, what: string): string =>
    Buffer.from(bytesOf(file, what)).toString('base64');
  return {
    request: {
      ...{
        n: call.n,
        seed: seedOf(call.seed, options),
        seconds: call.duration,
        fps: call.fps,
        size,
        options,
      },
      keyframe: first && base64(first, 'the picture'),
      prompt: first ? undefined : call.prompt,
      references: first ? [] : references.map((file, i) => base64(file, `reference ${i + 1}`)),
    },
    warnings,
  };
}

async function films(
  studio: Studio,
  request: Request,
  signal: AbortSignal | undefined,
): Promise<VideoAnswer> {
  const { n, seed, seconds, fps, size } = request;
  const keyframe = await keyframeOf(studio, request, signal);
  const image = await decodeImage(Buffer.from(keyframe, 'base64'), 'the picture');
  const videos: VideoAnswer['videos'] = [];
  for (let take = 0; take < n; take++) {
    const data = await studio.clip(image, {
      ...{ seed, take, size },
      ...(seconds === undefined ? {} : { seconds }),
      ...(fps === undefined ? {} : { fps }),
      ...(signal ? { signal } : {}),
    });
    videos.push({ type: 'binary', data, mediaType: 'video/mp4' });
  }
  return {
    ...{ videos, warnings: [], response: responseOf(studio) },
    providerMetadata: { moviedreamer: { videos: videos.map((_, take) => ({ seed, take })) } },
  };
}

async function keyframeOf(
  studio: Studio,
  { keyframe, prompt, references, seed, options }: Request,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (keyframe !== undefined) return keyframe;
  const files = references.map((data) => ({ type: 'file' as const, mediaType: 'image/png', data }));
  const { characters, elements, ...own } = options;
  const asked = { prompt, files, characters, elements };
  const [drawn] = await studio.keyframes(asked, { ...own, seed, takes: 1, signal });
  if (!drawn) throw new TypeError('the renderer gave no picture');
  return Buffer.from(await encodePng(drawn)).toString('base64');
}
