import { setTimeout as sleep } from 'node:timers/promises';
import { isPrivateAddress, publicLookup } from './addresses.ts';
import { ProviderError } from './providerError.ts';

export interface ClientOptions {
  /** What errors call the server, such as `ComfyUI at http://127.0.0.1:8188`. */
  readonly name: string;
  /** Address that paths are appended to; undefined: only addresses that answers name are fetched. */
  readonly base?: string | undefined;
  /** Sent as bearer token to the configured host alone; stands in no message. */
  readonly key?: string | undefined;
  /** First pause, in seconds, after a busy answer; doubled each time. */
  readonly pause: number;
}

/** A field of a multipart form. */
export type FormPart = readonly [
  name: string,
  value: string | { readonly name: string; readonly type: string; readonly bytes: Uint8Array },
];

export interface AskOptions {
  readonly method?: 'GET' | 'POST';
  readonly json?: unknown;
  /** Parts of a multipart form: texts, or files. */
  readonly form?: readonly FormPart[] | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Whether the server may hear the same request twice without harm. Else it is repeated only where the server says that
   * it did not take it (429, 503).
   */
  readonly repeatable: boolean;
  readonly signal: AbortSignal | undefined;
  /** Default 32 MiB. */
  readonly maxBytes?: number;
  /** Seconds until the whole answer is there. Default 300. */
  readonly timeout?: number;
}

export interface Answer {
  readonly status: number;
  /** Without its parameters, in lower case. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

const ATTEMPTS = 6;
const REDIRECTS = 5;
/** Seconds; after a longer Retry-After the run ends with an error. */
const LONGEST_PAUSE = 600;
export const MAX_VIDEO_BYTES: number = 2 ** 30;

/** Asks one server, with limits and patience. */
export class Client {
  private readonly options: ClientOptions;
  constructor(options: ClientOptions) {
    this.options = options;
  }

  /** An answer with a status below 400, of a path below the base or of a whole address. @throws ProviderError */
  async ask(path: string, options: AskOptions): Promise<Answer> {
    const answer = await this.answer(path, options);
    if (answer.status < 400) return answer;
    throw this.error(`answered ${answer.status}: ${excerpt(answer)}`, { status: answer.status });
  }

  /** An answer as JSON, with the status, errors included. @throws ProviderError where it is no JSON */
  async json(
    path: string,
    options: AskOptions,
  ): Promise<{ readonly status: number; readonly data: unknown }> {
    const answer = await this.answer(path, options);
    try {
      return { status: answer.status, data: JSON.parse(new TextDecoder().decode(answer.bytes)) };
    } catch (cause) {
      const { status, mediaType } = answer;
      throw this.error(
        `answered ${status} with ${mediaType || 'no media type'} where JSON was expected: ${excerpt(answer)}`,
        { status, cause },
      );
    }
  }

  /** An error about this server; no message has the key. */
  error(message: string, details: ConstructorParameters<typeof ProviderError>[1] = {}): ProviderError {
    return new ProviderError(this.withoutKey(`${this.options.name} ${message}`), details);
  }

  private withoutKey(text: string): string {
    const { key } = this.options;
    return key ? text.replaceAll(key, '***') : text;
  }

  private async answer(path: string, options: AskOptions): Promise<Answer> {
    const { pause } = this.options;
    for (let attempt = 1; ; attempt++) {
      let wait = Math.min(LONGEST_PAUSE, pause * 2 ** (attempt - 1));
      try {
        const { retryAfter, ...answer } = await this.once(path, options);
        const { status } = answer;
        const isBusy = status === 429 || status === 503;
        if (!isBusy && !(options.repeatable && status >= 500)) return answer;
        wait = retryAfter ?? wait;
        if (attempt === ATTEMPTS || wait > LONGEST_PAUSE) {
          const when = retryAfter === undefined ? '' : `; it asks to wait ${Math.ceil(retryAfter)} s`;
          const what = `is busy or failing (${status} after ${attempt} ${attempt === 1 ? 'try' : 'tries'}${when}): ${excerpt(answer)}`;
          throw this.error(`${what}. The same command goes on later`, { status });
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        if (ProviderError.isInstance(error)) throw error;
        if (!options.repeatable || attempt === ATTEMPTS)
          throw this.error(`cannot be asked: ${reasonOf(error)}`, { cause: error });
      }
      await sleep(wait * 1000, undefined, options.signal ? { signal: options.signal } : {});
    }
  }

  private async once(
    path: string,
    options: AskOptions,
  ): Promise<Answer & { retryAfter: number | undefined }> {
    const {
      method = options.json || options.form ? 'POST' : 'GET',
      maxBytes = 2 ** 25,
      timeout = 300,
    } = options;
    const { base, key } = this.options;
    const { fetch, Agent, FormData } = await import('undici');
    const timer = AbortSignal.timeout(timeout * 1000);
    const signal = options.signal ? AbortSignal.any([options.signal, timer]) : timer;
    let url = this.urlOf(path);
    for (let hop = 0; hop <= REDIRECTS; hop++) {
      const isOwn = base !== undefined && url.host === new URL(base).host;
      if (!isOwn && isPrivateAddress(url.hostname))
        throw this.error(`names ${url.origin}, a private address that was not configured`);
      const form = options.form && new FormData();
      for (const [name, value] of options.form ?? []) {
        if (typeof value === 'string') form?.append(name, value);
        else
          form?.append(
            name,
            new Blob([value.bytes as Uint8Array<ArrayBuffer>], { type: value.type }),
            value.name,
          );
      }
      const response = await fetch(url, {
        ...{ method, redirect: 'manual', signal },
        headers: {
          ...(isOwn && key ? { authorization: `Bearer ${key}` } : {}),
          ...(isOwn ? options.headers : {}),
          ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(options.json === undefined ? {} : { body: JSON.stringify(options.json) }),
        ...(form ? { body: form } : {}),
        ...(isOwn ? {} : { dispatcher: new Agent({ connect: { lookup: publicLookup } }) }),
      });
      const location = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && location) {
        await response.body?.cancel();
        if (method !== 'GET')
          throw this.error(`sends a request elsewhere (${response.status}); configure that address`);
        url = this.urlOf(location, url);
        continue;
      }
      const bytes = await this.bodyOf(response.body as AsyncIterable<Uint8Array> | null, maxBytes);
      const mediaType =
        (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      return {
        status: response.status,
        mediaType,
        bytes,
        retryAfter: secondsOf(response.headers.get('retry-after')),
      };
    }
    throw this.error(`redirects more than ${REDIRECTS} times`);
  }

  private urlOf(path: string, from?: URL): URL {
    const { base } = this.options;
    let url: URL;
    try {
      url =
        from || /^[a-z][a-z0-9+.-]*:/i.test(path)
          ? new URL(path, from)
          : new URL(`${base?.replace(/\/+$/, '')}${path}`);
    } catch (cause) {
      throw this.error(`names ${JSON.stringify(path.slice(0, 200))}, which is no address`, { cause });
    }
    if (url.protocol === 'http:' || url.protocol === 'https:') return url;
    throw this.error(`names an address of ${url.protocol} where http or https was expected`);
  }

  private async bodyOf(body: AsyncIterable<Uint8Array> | null, most: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of body ?? []) {
      length += part.length;
      if (length > most) throw this.error(`sends more than ${most} bytes; nothing of it was kept`);
      parts.push(part);
    }
    return new Uint8Array(Buffer.concat(parts));
  }
}

/** Seconds of a Retry-After; undefined where there is none that can be read. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** The first words of an answer, as far as they are text. */
export function excerpt({ bytes }: Pick<Answer, 'bytes'>): string {
  if (bytes.length === 0) return 'an empty answer';
  const text = new TextDecoder().decode(bytes.subarray(0, 600));
  if (/\p{Cc}|\ufffd/u.test(text.replace(/\s/g, ''))) return `${bytes.length} bytes that are no text`;
  return text.replace(/\s+/g, ' ').trim().slice(0, 300);
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return 'no answer in time';
  return cause instanceof Error
    ? `${message} (${cause.message || (cause as { code?: string }).code})`
    : message;
}
