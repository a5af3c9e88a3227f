import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type FakeChat, startFakeChat } from '../testing/fakeChat.ts';
import { Chat } from './chat.ts';
import type { Usage } from './types.ts';

let server: FakeChat;
beforeAll(async () => {
  server = await startFakeChat();
});
afterAll(() => server.close());
let used: Usage[] = [];
beforeEach(() => {
  used = [];
  server.asked.length = 0;
  server.faults.length = 0;
  server.say.length = 0;
  server.refuses.clear();
});

const chat = (more: { key?: string } = {}): Chat =>
  new Chat({ url: `${server.url}/v1`, model: 'm', pause: 0.001, maxTokens: 100, options: {}, ...more });
const context = {
  signal: undefined,
  key: 'k',
  onUsage: (usage: Usage) => void used.push(usage),
  again: async () => {},
};
const request = {
  name: 'frame',
  prompt: 'Answer {"caption": ...}',
  text: 'x',
  answer: z.object({ caption: z.string().min(1) }),
};
const right = { caption: 'A woman stands in a forest.' };

describe('a chat', () => {
  it('asks for the schema, and says what it used', async () => {
    expect(await chat().ask(request, context)).toEqual(right);
    expect(server.asked.map(({ form }) => form)).toEqual(['json_schema']);
    expect(used).toEqual([{ input: 600, output: 40 }]);
  });

  it('asks more loosely where the server does not take the form, and remembers it', async () => {
    server.refuses.add('json_schema').add('json_object');
    const own = chat();
    expect(await own.ask(request, context)).toEqual(right);
    expect(await own.ask(request, context)).toEqual(right);
    expect(server.asked.map(({ form }) => form)).toEqual(['text', 'text']);
    expect(server.seen.filter(({ path }) => path.endsWith('completions')).length).toBeGreaterThanOrEqual(4);
  });

  it('finds the JSON among other words', async () => {
    server.say.push('Sure! Here it is:\n```json\n{"caption": "A {dog} runs."}\n```\nAnything else?');
    expect(await chat().ask(request, context)).toEqual({ caption: 'A {dog} runs.' });
    server.say.push('<think>{"caption": "no"}</think> The answer is {"caption": "A \\"} cat."} I hope.');
    expect(await chat().ask(request, context)).toEqual({ caption: 'A "} cat.' });
  });

  it('sends an unusable answer back with the reason, at most twice', async () => {
    server.say.push('no idea', '{"caption": 3}');
    expect(await chat().ask(request, context)).toEqual(right);
    expect(server.asked.map(({ repairs }) => repairs)).toEqual([0, 1, 2]);
    const last = JSON.parse(Buffer.from(server.seen.at(-1)?.body ?? '', 'latin1').toString());
    expect(last.messages[3].content).toContain('there is no JSON in it');
    expect(last.messages[5].content).toContain('caption: ');
    expect(used).toHaveLength(3);
    server.say.push('a', 'b', 'c');
    await expect(chat().ask(request, context)).rejects.toMatchObject({
      code: 'ANSWER_UNUSABLE',
      message: expect.stringMatching(
        /^m at .* gave no usable answer \(frame\) in 3 tries; the last one: there is no JSON in it, got "c"/,
      ),
    });
    expect(server.say).toHaveLength(0);
  });

  it('says that an answer was cut off', async () => {
    const cut = { finish: 'length', text: '{"caption": "A wom' };
    server.say.push(cut, cut, cut);
    await expect(chat().ask(request, context)).rejects.toThrow(
      'it was cut off at the most tokens of an answer',
    );
  });

  it('waits for a busy server, and repeats what a broken connection lost', async () => {
    const on = 'POST /v1/chat';
    server.faults.push(
      { on, fault: { status: 429, headers: { 'retry-after': '0' } } },
      { on, fault: { status: 502 } },
      { on, fault: { cut: 'before' } },
      { on, fault: { cut: 'after' } },
    );
    expect(await chat().ask(request, context)).toEqual(right);
    expect(used).toHaveLength(1);
  });

  it('gives up on a server that stays busy or answers nonsense, with its words', async () => {
    const on = 'POST /v1/chat';
    for (let i = 0; i < 6; i++) server.faults.push({ on, fault: { status: 503, body: 'loading' } });
    await expect(chat().ask(request, context)).rejects.toThrow(
      'is busy or failing (503 after 6 tries): loading',
    );
    server.faults.push({ on, fault: { status: 200, body: '<html>Welcome</html>' } });
    await expect(chat().ask(request, context)).rejects.toThrow(
      'where JSON was expected: <html>Welcome</html>',
    );
    server.faults.push({ on, fault: { status: 200, body: '{"hello": 1}' } });
    await expect(chat().ask(request, context)).rejects.toThrow(
      'something other than a chat completion (choices',
    );
    server.faults.push({ on, fault: { status: 200, body: '{"error": {"message": "no such model"}}' } });
    await expect(chat().ask(request, context)).rejects.toThrow('answered: no such model');
  });

  it('tells a refusal from a mistake, and keeps the key out of messages', async () => {
    server.say.push({ finish: 'content_filter', text: '' });
    await expect(chat().ask(request, context)).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' });
    const fault = { status: 401, body: '{"error":{"message":"wrong key sk-secret"}}' };
    server.faults.push({ on: 'POST /v1/chat', fault });
    await expect(chat({ key: 'sk-secret' }).ask(request, context)).rejects.toThrow(
      'answered 401: wrong key ***',
    );
    expect(server.seen.at(-1)?.authorization).toBe('Bearer sk-secret');
  });
});
