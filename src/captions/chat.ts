import { z } from 'zod';
import { Client, excerpt, ProviderError } from '../http/index.ts';
import { NoAnswerError } from './captionsError.ts';
import { jsonIn } from './jsonIn.ts';
import type { CallContext } from './types.ts';

export interface ChatOptions {
  /** With its version: `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  readonly model: string;
  /** Bearer token; undefined: none is sent. */
  readonly key?: string | undefined;
  /** First pause, in seconds, after a busy answer. */
  readonly pause: number;
  /** Most tokens of an answer. */
  readonly maxTokens: number;
  /** Further fields of every request, such as `temperature`. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** A request: what the model is told, what it is given, and what its answer must be. */
export interface ChatRequest<T> {
  readonly name: string;
  readonly prompt: string;
  readonly text?: string | undefined;
  /** `data:` URLs. */
  readonly pictures?: readonly string[];
  readonly answer: z.ZodType<T>;
  /** What the schema cannot say; undefined where the answer will do. */
  readonly check?: ((answer: T) => string | undefined) | undefined;
}

/** The model will not answer this request; the same one is not made again. */
export class RefusedError extends ProviderError {}

/** How an answer's form is asked for, the strictest first: many servers lack the first or break it. */
const tiers = ['json_schema', 'json_object', 'text'] as const;
type Tier = (typeof tiers)[number];

/** How often a model is told what is wrong with its answer. */
const REPAIRS = 2;

type Message = { readonly role: string; readonly content: unknown };

const reply = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
});

/** A server with OpenAI's chat completions, asked for JSON. */
export class Chat {
  readonly name: string;
  private readonly client: Client;
  private readonly options: ChatOptions;
  /** The strictest form that the server took so far. */
  private tier = 0;

  constructor(options: ChatOptions) {
    const { url, model, key, pause } = options;
    this.options = options;
    this.name = `${model} at ${url}`;
    this.client = new Client({ name: this.name, base: url, key, pause });
  }

  /**
   * The answer to a request. One that is none is sent back with the reason, at most twice.
   * @throws NoAnswerError where the last one is none either
   * @throws RefusedError where the model refuses
   * @throws ProviderError where the server cannot be asked
   */
  async ask<T>(request: ChatRequest<T>, context: CallContext): Promise<T> {
    const content = [
      ...(request.text === undefined ? [] : [{ type: 'text', text: request.text }]),
      ...(request.pictures ?? []).map((url) => ({ type: 'image_url', image_url: { url } })),
    ];
    const messages: Message[] = [
      { role: 'system', content: request.prompt },
      { role: 'user', content },
    ];
    for (let repair = 0; ; repair++) {
      const said = await this.say(request, messages, context, repair);
      const result = understood(request, said);
      if ('answer' in result) return result.answer;
      if (repair === REPAIRS)
        throw new NoAnswerError(
          `${this.name} gave no usable answer (${request.name}) in ${repair + 1} tries; the last one: ${result.wrong}, got ` +
            `${JSON.stringify(said.text.replace(/\s+/g, ' ').slice(0, 200))}. What was finished is kept; another model may do better`,
        );
      await context.again();
      messages.push(
        { role: 'assistant', content: said.text },
        {
          role: 'user',
          content: `That answer cannot be used: ${result.wrong}. Answer again, with nothing but the JSON.`,
        },
      );
    }
  }

  /** One request at the strictest form that the server takes. */
  private async say<T>(
    request: ChatRequest<T>,
    messages: readonly Message[],
    { signal, key, onUsage }: CallContext,
    repair: number,
  ): Promise<{ readonly text: string; readonly isCut: boolean }> {
    const { model, maxTokens, options } = this.options;
    for (;;) {
      const tier = this.tier;
      const { status, data } = await this.client.json('/chat/completions', {
        json: {
          ...{ model, messages, max_tokens: maxTokens },
          ...formOf(tiers[tier] as Tier, request),
          ...options,
        },
        headers: { 'idempotency-key': `${key}-${tier}-${repair}` },
        ...{ repeatable: true, signal, timeout: 600 },
      });
      if (status >= 400) {
        const words = messageOf(data);
        const isForm =
          [400, 404, 415, 422, 500, 501].includes(status) &&
          /response_format|json|schema|format|grammar/i.test(words);
        if (isForm && tier < tiers.length - 1) {
          this.tier = Math.max(this.tier, tier + 1);
          continue;
        }
        if (status < 500 && /content_policy|content_filter|moderation|safety|policy_violation/i.test(words))
          throw new RefusedError(this.client.error(`refuses: ${words}`).message, {
            status,
            code: 'PROVIDER_REFUSED',
          });
        throw this.client.error(`answered ${status}: ${words}`, { status });
      }
      const { data: answer, error } = reply.safeParse(data);
      if (!answer) {
        const inside = Object(data).error;
        throw this.client.error(
          inside
            ? `answered: ${messageOf(data)}`
            : `answered with something other than a chat completion (${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}): ${excerpt({ bytes: new TextEncoder().encode(JSON.stringify(data)) })}`,
          { status },
        );
      }
      const [{ message, finish_reason }] = answer.choices as [(typeof answer.choices)[number]];
      const text = message.content ?? '';
      onUsage({
        input:
          answer.usage?.prompt_tokens ??
          tokensOf(JSON.stringify(messages.map(({ content }) => textOf(content)))),
        output: answer.usage?.completion_tokens ?? tokensOf(text),
      });
      if (message.refusal || finish_reason === 'content_filter')
        throw new RefusedError(
          this.client.error(`refuses: ${message.refusal || 'its filter held the answer back'}`).message,
          { code: 'PROVIDER_REFUSED' },
        );
      return { text, isCut: finish_reason === 'length' };
    }
  }
}

function understood<T>(
  { answer, check }: ChatRequest<T>,
  { text, isCut }: { readonly text: string; readonly isCut: boolean },
): { readonly answer: T } | { readonly wrong: string } {
  const found = jsonIn(text);
  if (found === undefined)
    return {
      wrong: isCut ? 'it was cut off at the most tokens of an answer; be shorter' : 'there is no JSON in it',
    };
  const { data, error } = answer.safeParse(found);
  if (error) {
    const issues = error.issues
      .slice(0, 3)
      .map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
    return { wrong: issues.join('; ') };
  }
  const wrong = check?.(data);
  return wrong === undefined ? { answer: data } : { wrong };
}

function formOf<T>(tier: Tier, { name, answer }: ChatRequest<T>): object {
  if (tier === 'text') return {};
  if (tier === 'json_object') return { response_format: { type: 'json_object' } };
  const { $schema: _, ...schema } = z.toJSONSchema(answer, { io: 'output' }) as Record<string, unknown>;
  return { response_format: { type: 'json_schema', json_schema: { name, strict: true, schema } } };
}

function messageOf(data: unknown): string {
  const { error, message, detail } = Object(data) as Record<string, unknown>;
  const words = Object(error).message ?? (typeof error === 'string' ? error : (message ?? detail));
  return String(typeof words === 'string' ? words : JSON.stringify(data)).slice(0, 300);
}

const textOf = (content: unknown): unknown =>
  Array.isArray(content) ? content.filter(({ type }) => type === 'text') : content;

/** A rough count, four bytes a token. */
export const tokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4);
