import type { MakerContext } from '../film/index.ts';
import { type AskOptions, Client, type FormPart, MAX_VIDEO_BYTES, ProviderError } from '../http/index.ts';
import { CameToNothing, carryOut } from './orders.ts';
import { uncertain } from './providerError.ts';
import type { Result } from './results.ts';
import { type FilmAsked, type PictureAsked, withPictures } from './source.ts';

export interface OpenAiOptions {
  /** With its version: `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  readonly model: string;
  readonly key?: string | undefined;
  /** Seconds between two polls. */
  readonly pause: number;
  /** Further fields of every request. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** Whether the server answers a request with the same Idempotency-Key by the same job. */
  readonly idempotency: boolean;
}

type Json = Record<string, unknown>;
const object = (value: unknown): Json => Object(value) as Json;
const refusals = /content_policy|moderation|safety|blocked|refus|policy_violation/i;

/** A server with OpenAI's endpoints for pictures and films. */
export class OpenAiServer {
  private readonly client: Client;
  private readonly options: OpenAiOptions;
  private readonly name: string;

  constructor(options: OpenAiOptions) {
    const { url, key, pause, model } = options;
    this.options = options;
    this.name = `${model} at ${url}`;
    this.client = new Client({ name: this.name, base: url, key, pause });
  }

  /** A picture: from words alone by `images/generations`, with pictures given along by `images/edits`. */
  picture(asked: PictureAsked, context: MakerContext): Promise<Result> {
    const { pictures, prompt } = withPictures(asked);
    const fields = this.fields({ prompt, n: 1, size: `${asked.width}x${asked.height}`, seed: asked.seed });
    const request = (): Pick<AskOptions, 'json' | 'form'> =>
      pictures.length === 0 ? { json: fields } : { form: [...texts(fields), ...pictures.map(asPart)] };
    return carryOut<never, Result>(
      {
        ...{ pause: this.options.pause, who: this.name, find: () => this.unlessRepeatable() },
        poll: async () => undefined,
        start: async (key) => {
          const path = pictures.length === 0 ? '/images/generations' : '/images/edits';
          const answer = await this.order(path, key, request(), context);
          const [first] = Array.isArray(answer.data) ? (answer.data as unknown[]) : [];
          const { b64_json, url } = object(first);
          if (typeof b64_json === 'string')
            return { result: { bytes: new Uint8Array(Buffer.from(b64_json, 'base64')), mediaType: '' } };
          if (typeof url === 'string') return { result: await this.linked(url, context) };
          throw new CameToNothing(this.client.error('answered without a picture (b64_json or url)').message);
        },
      },
      context,
    );
  }

  /** A film by `videos`: ordered, polled, and its content fetched. */
  film(asked: FilmAsked, context: MakerContext): Promise<Result> {
    const { prompt, seconds, seed, width, height, keyframe } = asked;
    const fields = this.fields({ prompt, seconds: `${seconds}`, size: `${width}x${height}`, seed });
    const form: FormPart[] = [...texts(fields), ['input_reference', asPart(keyframe, 0)[1]]];
    return carryOut<string, Result>(
      {
        ...{ pause: this.options.pause, who: this.name, find: () => this.unlessRepeatable() },
        start: async (key) => {
          const { id } = await this.order('/videos', key, { form }, context);
          if (typeof id === 'string') return { handle: id };
          throw this.client.error('took a request for a film and answered without an id');
        },
        poll: async (id) => {
          const path = `/videos/${encodeURIComponent(id)}`;
          const { status, data } = await this.client.json(path, { repeatable: true, signal: context.signal });
          this.check(status, data, status === 404);
          const { status: state, progress, error } = object(data);
          if (state === 'failed' || state === 'cancelled')
            throw this.failure(error ?? { message: `the film is ${state}` });
          if (typeof progress === 'number')
            context.onStep({ step: Math.max(1, Math.round(progress)), total: 100 });
          if (state !== 'completed') return undefined;
          return this.linked(`${path}/content`, context);
        },
      },
      context,
    );
  }

  private fields(own: Json): Json {
    const { model, options } = this.options;
    return { model, ...own, ...options };
  }

  /** What is to be done about a request whose answer is lost: nothing where the server recognises its key. */
  private async unlessRepeatable(): Promise<undefined> {
    if (!this.options.idempotency) throw uncertain(this.name);
  }

  private async order(
    path: string,
    key: string,
    body: Pick<AskOptions, 'json' | 'form'>,
    { signal }: MakerContext,
  ): Promise<Json> {
    const repeatable = this.options.idempotency;
    const headers = { 'idempotency-key': key };
    const { status, data } = await this.client.json(path, {
      ...body,
      headers,
      repeatable,
      signal,
      timeout: 1800,
      maxBytes: 2 ** 27,
    });
    this.check(status, data, status < 500);
    return object(data);
  }

  /** Throws for an error, whatever status it came with. */
  private check(status: number, data: unknown, isOver: boolean): void {
    const { error } = object(data);
    const isFailedJob = object(data).status !== undefined; // told by its state
    if (status < 400 && (!error || isFailedJob)) return;
    const failure = this.failure(error ?? { message: JSON.stringify(data).slice(0, 300) }, status);
    if (failure.code === 'PROVIDER_REFUSED' || isOver || status < 400) throw failure;
    throw new ProviderError(failure.message, { status });
  }

  private failure(error: unknown, status?: number): ProviderError {
    const { message, code, type } = object(error);
    const words = String(message ?? (typeof error === 'string' ? error : (code ?? 'no message')));
    const told = `answered${status && status >= 400 ? ` ${status}` : ''}: ${words}${code ? ` (${code})` : ''}`;
    if (refusals.test(`${code} ${type}`))
      return new ProviderError(this.client.error(told).message, { code: 'PROVIDER_REFUSED', status });
    return new CameToNothing(this.client.error(told).message, { status });
  }

  private async linked(url: string, { signal }: MakerContext): Promise<Result> {
    try {
      return await this.client.ask(url, { repeatable: true, signal, maxBytes: MAX_VIDEO_BYTES });
    } catch (error) {
      if (!ProviderError.isInstance(error) || ![401, 403, 404, 410].includes(error.status ?? 0)) throw error;
      throw new ProviderError(
        `${error.message}. The link to the result has expired or is not open; --order-again SHOT orders it anew`,
        {
          status: error.status,
          cause: error,
        },
      );
    }
  }
}

const texts = (fields: Json): FormPart[] =>
  Object.entries(fields).flatMap(([name, value]): FormPart[] =>
    value === undefined ? [] : [[name, String(value)]],
  );

const asPart = (
  bytes: Uint8Array,
  i: number,
): FormPart & readonly [string, { name: string; type: string; bytes: Uint8Array }] => [
  'image[]',
  { name: `picture-${i + 1}.png`, type: kindOf(bytes), bytes },
];

/** The media type of a picture, by its first bytes. */
export const kindOf = (bytes: Uint8Array): string =>
  bytes[0] === 0xff
    ? 'image/jpeg'
    : bytes[0] === 0x52
      ? 'image/webp'
      : bytes[0] === 0x47
        ? 'image/gif'
        : 'image/png';
