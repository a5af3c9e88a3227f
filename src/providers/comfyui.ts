import { createHash } from 'node:crypto';
import type { MakerContext } from '../film/index.ts';
import { Client, MAX_VIDEO_BYTES } from '../http/index.ts';
import { listenForProgress } from './comfyProgress.ts';
import { type Bindings, filled, type Workflow } from './comfyWorkflow.ts';
import { CameToNothing, carryOut } from './orders.ts';
import type { Result } from './results.ts';

export interface ComfyOptions {
  readonly url: string;
  readonly workflow: Workflow;
  readonly bind: Bindings;
  /** Environment's key, sent as bearer token: for servers behind a proxy; ComfyUI itself has none. */
  readonly key?: string | undefined;
  /** Seconds between two polls. */
  readonly pause: number;
  /** What becomes of a prompt when the command is stopped: taken from the queue or interrupted, or left to be fetched later. */
  readonly onStop: 'cancel' | 'keep';
}

/** What a workflow is filled with: values by binding, pictures as bytes. */
export type ComfyValues = Readonly<
  Partial<
    Record<
      Exclude<keyof Bindings, 'references' | 'guide' | 'before' | 'lastFrame' | 'keyframe'>,
      string | number
    >
  > & {
    references?: readonly Uint8Array[];
    guide?: Uint8Array;
    before?: Uint8Array;
    lastFrame?: Uint8Array;
    keyframe?: Uint8Array;
  }
>;

type Json = Record<string, unknown>;
const object = (value: unknown): Json => Object(value) as Json;

/** After how many polls in a row a prompt that the server does not list counts as lost. */
const UNKNOWN_POLLS = 3;

type Kind = 'picture' | 'film';
const endings: Readonly<Record<Kind, RegExp>> = {
  picture: /\.(png|jpe?g|webp)$/i,
  film: /\.(mp4|webm|mkv|mov|gif)$/i,
};

/** One ComfyUI server with one workflow, over its HTTP API. */
export class ComfyUi {
  private readonly client: Client;
  private readonly options: ComfyOptions;

  constructor(options: ComfyOptions) {
    const { url, key, pause } = options;
    this.options = options;
    this.client = new Client({ name: `ComfyUI at ${url}`, base: url, key, pause });
  }

  /** Runs the workflow and fetches the file that it saves. @throws ProviderError */
  async run(values: ComfyValues, kind: Kind, context: MakerContext): Promise<Result> {
    const { url, key } = this.options;
    // prompts are told of to the client id that they were ordered with: one of their own, which a later process knows again
    const stopListening = await listenForProgress(
      { url, key, clientId: promptId(context.order.key) },
      context.onStep,
    );
    try {
      return await this.carryOut(values, kind, context);
    } finally {
      stopListening();
    }
  }

  private carryOut(values: ComfyValues, kind: Kind, context: MakerContext): Promise<Result> {
    const { signal } = context;
    const { pause, onStop } = this.options;
    let unknown = 0;
    return carryOut<string, Result>(
      {
        ...{ pause, who: this.client.name },
        ...(onStop === 'cancel' ? { cancel: (id: string) => this.cancel(id) } : {}),
        find: (key) => this.find(key, signal),
        start: async (key) => ({ handle: await this.order(await this.prompt(values, signal), key, signal) }),
        poll: async (id) => {
          const done = object(await this.get(`/history/${id}`, signal))[id];
          if (done) return this.fetch(object(done), kind, signal);
          unknown = (await this.queued(signal)).some((entry) => entry[1] === id) ? 0 : unknown + 1;
          if (unknown < UNKNOWN_POLLS) return undefined;
          throw new CameToNothing(
            this.client.error(
              `does not know its prompt ${id} any more (was it restarted?); the same command orders it anew`,
            ).message,
          );
        },
      },
      context,
    );
  }

  /** The workflow with its values; pictures are uploaded under the hash of their bytes. */
  private async prompt(values: ComfyValues, signal: AbortSignal | undefined): Promise<Workflow> {
    const { references = [], guide, before, lastFrame, keyframe, ...plain } = values;
    const names: string[] = [];
    for (const bytes of references) names.push(await this.upload(bytes, signal));
    return filled(this.options.workflow, this.options.bind, {
      ...plain,
      references: names,
      guide: guide && (await this.upload(guide, signal)),
      before: before && (await this.upload(before, signal)),
      lastFrame: lastFrame && (await this.upload(lastFrame, signal)),
      keyframe: keyframe && (await this.upload(keyframe, signal)),
    });
  }

  private async upload(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<string> {
    const name = `moviedreamer-${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.png`;
    const form = [
      ['image', { name, type: 'image/png', bytes }],
      ['type', 'input'],
      ['overwrite', 'true'],
    ] as const;
    const answer = await this.client.ask('/upload/image', { form, repeatable: true, signal });
    const stored = object(JSON.parse(new TextDecoder().decode(answer.bytes)));
    if (typeof stored.name !== 'string') throw this.client.error('took a picture and did not say its name');
    return stored.subfolder ? `${stored.subfolder}/${stored.name}` : stored.name;
  }

  private async order(prompt: Workflow, key: string, signal: AbortSignal | undefined): Promise<string> {
    const body = {
      prompt,
      prompt_id: promptId(key),
      client_id: promptId(key),
      extra_data: { moviedreamer: key },
    };
    const { status, data } = await this.client.json('/prompt', { json: body, repeatable: false, signal });
    const { prompt_id: id, node_errors, error } = object(data);
    const broken = Object.entries(object(node_errors)).map(([node, told]) => nodeError(node, object(told)));
    if (status >= 500) throw this.client.error(`answered ${status} to a workflow`, { status });
    if (status >= 400 || broken.length > 0 || error) {
      const words = broken.length > 0 ? broken.join('; ') : (object(error).message ?? JSON.stringify(data));
      throw new CameToNothing(this.client.error(`does not take the workflow: ${words}`).message, { status });
    }
    if (typeof id === 'string') return id;
    throw this.client.error(
      `took a workflow and answered without a prompt_id: ${JSON.stringify(data)?.slice(0, 200)}`,
    );
  }

  /** The id of a prompt that was ordered for a key before; versions before 0.25 choose ids of their own. */
  private async find(key: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const own = promptId(key);
    const isOurs = (entry: readonly unknown[]): boolean =>
      entry[1] === own || object(entry[3]).moviedreamer === key;
    const queued = (await this.queued(signal)).find(isOurs);
    if (queued) return String(queued[1]);
    const history = object(await this.get('/history', signal));
    return Object.keys(history).find((id) => id === own || isOurs([...list(object(history[id]).prompt)]));
  }

  /** Entries of the queue, waiting and running: `[number, id, prompt, extra_data, outputs]`. */
  private async queued(signal: AbortSignal | undefined): Promise<readonly (readonly unknown[])[]> {
    const { queue_running, queue_pending } = object(await this.get('/queue', signal));
    return [...list(queue_running), ...list(queue_pending)].map(list);
  }

  /** Takes a prompt out of the queue, or interrupts it where it runs; false where it is neither. Asks for a few seconds only. */
  private async cancel(id: string): Promise<boolean> {
    const quick = { repeatable: false, signal: undefined, timeout: 5 };
    const { data } = await this.client.json('/queue', quick);
    const has = (entries: unknown): boolean => list(entries).some((entry) => list(entry)[1] === id);
    const { queue_running, queue_pending } = object(data);
    if (has(queue_pending)) await this.client.ask('/queue', { ...quick, json: { delete: [id] } });
    else if (has(queue_running)) await this.client.ask('/interrupt', { ...quick, json: { prompt_id: id } });
    else return false;
    return true;
  }

  private async get(path: string, signal: AbortSignal | undefined): Promise<unknown> {
    const { status, data } = await this.client.json(path, { repeatable: true, signal });
    if (status >= 400) throw this.client.error(`answered ${status} to ${path}`, { status });
    return data;
  }

  private async fetch(done: Json, kind: Kind, signal: AbortSignal | undefined): Promise<Result> {
    const { status_str, messages } = object(done.status);
    const last = list(list(messages).at(-1));
    if (status_str === 'error' || last[0] === 'execution_error' || last[0] === 'execution_interrupted') {
      const { node_id, node_type, exception_message } = object(last[1]);
      const what =
        last[0] === 'execution_interrupted'
          ? 'was interrupted'
          : `failed: ${exception_message ?? 'no message'}`;
      throw new CameToNothing(this.client.error(`: node ${node_id} (${node_type}) ${what}`).message);
    }
    const files = Object.values(object(done.outputs)).flatMap((output) =>
      Object.values(object(output)).flatMap(list).map(object),
    );
    const fits = files.filter(({ filename }) => endings[kind].test(String(filename)));
    const file = fits.find(({ type }) => type === 'output') ?? fits[0];
    if (!file) {
      const names = files.map(({ filename }) => filename).filter(Boolean);
      throw new CameToNothing(
        this.client.error(
          `saved no ${kind}, ${names.length > 0 ? `but ${names.join(', ')}` : 'and no other file (answered from its cache?)'}; let a node save one`,
        ).message,
      );
    }
    const query = new URLSearchParams({
      filename: String(file.filename),
      subfolder: String(file.subfolder ?? ''),
      type: String(file.type ?? 'output'),
    });
    return this.client.ask(`/view?${query}`, { repeatable: true, signal, maxBytes: MAX_VIDEO_BYTES });
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function nodeError(node: string, { class_type, errors }: Json): string {
  const words = list(errors).map((error) => {
    const { message, details } = object(error);
    return [message, details].filter(Boolean).join(': ');
  });
  return `node ${node} (${class_type}) ${words.join(', ')}`;
}

/** A canonical lower-case UUID (version 8, RFC 9562) of a key: the same request has the same one. */
export function promptId(key: string): string {
  const hex = createHash('sha256').update(`comfyui ${key}`).digest('hex');
  const variant = ((Number.parseInt(hex[16] as string, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
