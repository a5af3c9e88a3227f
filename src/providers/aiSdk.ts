import type { MakerContext } from '../film/index.ts';
import { Client, MAX_VIDEO_BYTES, ProviderError } from '../http/index.ts';
import { kindOf } from './openai.ts';
import { CameToNothing, carryOut } from './orders.ts';
import { uncertain } from './providerError.ts';
import { type FilmAsked, type Made, type PictureAsked, withPictures } from './source.ts';

/** A model of the AI SDK (specification v3 or v4), as far as it is used: any object of this shape. */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  doGenerate?(options: never): PromiseLike<unknown>;
  doStart?(options: never): PromiseLike<unknown>;
  doStatus?(options: never): PromiseLike<unknown>;
}

export interface AiSdkOptions {
  readonly model: AiSdkModel;
  /** Seconds between two polls. */
  readonly pause: number;
  /** Whether the provider answers a request with the same Idempotency-Key by the same job. */
  readonly idempotency: boolean;
  readonly providerOptions: Readonly<Record<string, unknown>>;
}

type Json = Record<string, unknown>;
const object = (value: unknown): Json => Object(value) as Json;
type Call = (options: object) => PromiseLike<unknown>;

/** Whether a value can be used as a model. */
export function isAiSdkModel(value: unknown): value is AiSdkModel {
  const { specificationVersion, provider, modelId, doGenerate, doStart } = object(value);
  const hasCalls = typeof doGenerate === 'function' || typeof doStart === 'function';
  return (
    /^v[34]$/.test(String(specificationVersion)) &&
    typeof provider === 'string' &&
    typeof modelId === 'string' &&
    hasCalls
  );
}

const nameOf = ({ model }: AiSdkOptions): string => `${model.modelId} of ${model.provider}`;

/** A picture by an image model, one a call: `ai` gives all of several the same seed. */
export function aiSdkPicture(own: AiSdkOptions, asked: PictureAsked, context: MakerContext): Promise<Made> {
  const { width, height } = asked;
  const { pictures, prompt } = withPictures(asked);
  return carryOut<never, Made>(
    {
      ...{ pause: own.pause, who: nameOf(own), find: () => unlessRepeatable(own) },
      poll: async () => undefined,
      start: async (key) => {
        const answer = await call(own, 'doGenerate', {
          ...{
            prompt,
            n: 1,
            size: `${width}x${height}`,
            aspectRatio: undefined,
            seed: asked.seed,
            mask: undefined,
          },
          files: pictures.length > 0 ? pictures.map(asFile) : undefined,
          ...shared(own, key, context),
        });
        const [image] = Array.isArray(answer.images) ? (answer.images as unknown[]) : [];
        if (image === undefined) throw new CameToNothing(`${nameOf(own)} answered without a picture`);
        return { result: { bytes: bytesOf(image), mediaType: '', warnings: warningsOf(answer) } };
      },
    },
    context,
  );
}

/** A film by a video model: by `doStart` and `doStatus` where it has them, else by one call. */
export function aiSdkFilm(own: AiSdkOptions, asked: FilmAsked, context: MakerContext): Promise<Made> {
  const { prompt, seconds, fps, seed, width, height, keyframe } = asked;
  const options = {
    ...{
      prompt,
      n: 1,
      aspectRatio: undefined,
      resolution: `${width}x${height}`,
      duration: seconds,
      fps,
      seed,
    },
    image: asFile(keyframe),
  };
  const isStarted = typeof own.model.doStart === 'function' && typeof own.model.doStatus === 'function';
  return carryOut<Handle, Made>(
    {
      ...{ pause: own.pause, who: nameOf(own), find: () => unlessRepeatable(own) },
      start: async (key) => {
        const all = { ...options, ...shared(own, key, context) };
        const answer = await call(own, isStarted ? 'doStart' : 'doGenerate', all);
        if (!isStarted) return { result: await filmIn(own, answer, warningsOf(answer), context) };
        if (answer.operation === undefined || answer.operation === null)
          throw new ProviderError(`${nameOf(own)} started a film and gave no operation to find it again`);
        return { handle: { operation: answer.operation, warnings: warningsOf(answer) } };
      },
      poll: async ({ operation, warnings }) => {
        const all = { operation, ...shared(own, context.order.key, context) };
        const answer = await call(own, 'doStatus', all);
        if (answer.status === 'completed')
          return filmIn(own, answer, [...warnings, ...warningsOf(answer)], context);
        if (answer.status === 'error')
          throw new CameToNothing(
            `${nameOf(own)}: ${messageOf(answer.error ?? answer.message ?? 'failed without a message')}`,
          );
        return undefined;
      },
    },
    context,
  );
}

interface Handle {
  readonly operation: unknown;
  readonly warnings: readonly string[];
}

const shared = ({ providerOptions }: AiSdkOptions, key: string, { signal }: MakerContext): object => ({
  ...{ providerOptions, abortSignal: signal, headers: { 'Idempotency-Key': key } },
});

const asFile = (bytes: Uint8Array): object => ({ type: 'file', mediaType: kindOf(bytes), data: bytes });

async function unlessRepeatable(own: AiSdkOptions): Promise<undefined> {
  if (!own.idempotency) throw uncertain(nameOf(own));
}

/** Calls the model; its errors in our words. What it says that it did not take may be ordered anew. */
async function call(
  own: AiSdkOptions,
  method: 'doGenerate' | 'doStart' | 'doStatus',
  options: object,
): Promise<Json> {
  const { model } = own;
  const run = model[method] as Call | undefined;
  if (!run) throw new ProviderError(`${nameOf(own)} has no ${method}; give a model of the right kind`);
  try {
    return object(await run.call(model, options));
  } catch (error) {
    const { statusCode } = object(error);
    const message = `${nameOf(own)}: ${messageOf(error)}`;
    const details = { cause: error, status: typeof statusCode === 'number' ? statusCode : undefined };
    if (/content.?policy|moderation|safety/i.test(messageOf(error)))
      throw new ProviderError(message, { ...details, code: 'PROVIDER_REFUSED' });
    const isNotTaken = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
    if (isNotTaken && method !== 'doStatus') throw new CameToNothing(message, details);
    throw new ProviderError(message, details);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : typeof error === 'string' ? error : JSON.stringify(error);

const bytesOf = (data: unknown): Uint8Array =>
  typeof data === 'string' ? new Uint8Array(Buffer.from(data, 'base64')) : (data as Uint8Array);

/** The first video of an answer; links are fetched at once, since they expire. */
async function filmIn(
  own: AiSdkOptions,
  { videos }: Json,
  warnings: readonly string[],
  { signal }: MakerContext,
): Promise<Made> {
  const { type, url, data, mediaType = '' } = object(Array.isArray(videos) ? videos[0] : undefined);
  if (type === 'url' && typeof url === 'string') {
    const client = new Client({ name: nameOf(own), pause: own.pause });
    const answer = await client.ask(url, { repeatable: true, signal, maxBytes: MAX_VIDEO_BYTES });
    return { ...answer, warnings };
  }
  if (typeof data === 'string' || data instanceof Uint8Array)
    return { bytes: bytesOf(data), mediaType: String(mediaType), warnings };
  throw new CameToNothing(`${nameOf(own)} answered without a film`);
}

/** Warnings of v3 and v4 as sentences. */
function warningsOf({ warnings }: Json): string[] {
  return (Array.isArray(warnings) ? warnings : []).map((warning) => {
    const { type, feature, setting, details, message } = object(warning);
    const what = feature ?? setting;
    return `the model says: ${[type, what, details ?? message].filter(Boolean).join(', ')}`;
  });
}
