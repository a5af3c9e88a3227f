import { createHash } from 'node:crypto';
import { type FakeServer, serve } from './fakeServer.ts';

/** A request for a completion as the server saw it. */
export interface ChatSeen {
  readonly kind: 'frame' | 'person' | 'scene' | 'character';
  /** Hash of prompt and content: the same question has the same. */
  readonly question: string;
  /** `json_schema`, `json_object` or `text`. */
  readonly form: string;
  /** How often the answer before was sent back. */
  readonly repairs: number;
}

export interface FakeChat extends FakeServer {
  readonly asked: ChatSeen[];
  /** Answers given in place of the right ones, used up from the front; undefined gives the right one. */
  readonly say: (string | undefined | { readonly finish: string; readonly text: string })[];
  /** Forms that the server refuses with 400. */
  readonly refuses: Set<string>;
  /** Tokens that every answer says it used. */
  usage: { prompt_tokens: number; completion_tokens: number } | undefined;
  /** Milliseconds until an answer. */
  delay: number;
}

/** A stand-in for a server with chat completions, which answers each of our prompts in its form. */
export async function startFakeChat(): Promise<FakeChat> {
  const asked: ChatSeen[] = [];
  const say: FakeChat['say'] = [];
  const own = { usage: { prompt_tokens: 600, completion_tokens: 40 }, delay: 0 } as Pick<
    FakeChat,
    'usage' | 'delay'
  >;
  const refuses = new Set<string>();
  const server = await serve(async ({ method, path, body }) => {
    if (method !== 'POST' || path !== '/v1/chat/completions') return undefined;
    const { messages, response_format } = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
    const form = response_format?.type ?? 'text';
    if (refuses.has(form))
      return { status: 400, json: { error: { message: `response_format ${form} is not supported` } } };
    const prompt: string = messages[0].content;
    const content = messages[1].content as { type: string; text?: string }[];
    const kind = prompt.includes('"caption"')
      ? 'frame'
      : prompt.includes('"appearance"')
        ? 'person'
        : prompt.includes('"shots"')
          ? 'scene'
          : 'character';
    const question = createHash('sha256')
      .update(JSON.stringify(messages.slice(0, 2)))
      .digest('hex');
    asked.push({ kind, question, form, repairs: (messages.length - 2) / 2 });
    if (own.delay > 0) await new Promise((done) => setTimeout(done, own.delay));
    const given = say.shift();
    const text = typeof given === 'object' ? given.text : (given ?? JSON.stringify(answers[kind](content)));
    const finish_reason = typeof given === 'object' ? given.finish : 'stop';
    return {
      json: { choices: [{ finish_reason, message: { role: 'assistant', content: text } }], usage: own.usage },
    };
  });
  return Object.assign(own, server, { asked, say, refuses }) as FakeChat;
}

type Content = readonly { readonly type: string; readonly text?: string }[];
const answers: Readonly<Record<ChatSeen['kind'], (content: Content) => unknown>> = {
  frame: () => ({ caption: 'A woman stands in a forest.', elements: ['Forest', 'Night', 'Wide shot'] }),
  person: () => ({ appearance: 'A woman with red hair.', expression: 'smiling', action: 'holding a lamp' }),
  character: () => ({ description: 'A woman with long red hair.' }),
  scene: (content) => {
    const { shots } = JSON.parse(content[0]?.text ?? '{}') as {
      shots: { people: Record<string, string[]> }[];
    };
    return {
      shots: shots.map(({ people }) => {
        const labels = Object.keys(people);
        return {
          elements: ['Forest', 'Night'],
          plot: [labels.length > 0 ? `[${labels[0]}] waits in the forest.` : 'Nobody is there.'],
          expressions: Object.fromEntries(labels.map((label) => [label, 'smiling'])),
        };
      }),
    };
  },
};
