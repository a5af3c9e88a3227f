import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readImage, readSound, soundLength } from '../media/index.ts';
import { clipWorkflow, type FakeComfy, keyframeWorkflow, startFakeComfy } from '../testing/fakeComfy.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../testing/fakeOpenAi.ts';
import { plainFilm } from '../testing/fakeServer.ts';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import { cli, madeIn, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

let film: TinyFilm;
let comfy: FakeComfy;
let openai: FakeOpenAi;
let models: string;
let number = 0;
let out: string;

beforeAll(async () => {
  film = await tinyFilm();
  [comfy, openai] = [await startFakeComfy(), await startFakeOpenAi()];
  await writeFile(join(film.folder, 'keyframe.api.json'), JSON.stringify(keyframeWorkflow));
  await writeFile(join(film.folder, 'clip.api.json'), JSON.stringify(clipWorkflow));
  models = await modelsFile('models.yaml', '');
});
afterAll(async () => {
  await Promise.all([comfy.close(), openai.close(), film.remove()]);
});
beforeEach(() => {
  out = join(film.folder, `out-${number++}`);
  for (const server of [comfy, openai]) {
    server.ordered.length = 0;
    server.seen.length = 0;
    server.faults.length = 0;
  }
  comfy.outcome = undefined;
  openai.state = undefined;
});

const comfyKeyframes = (): string =>
  `keyframes: { comfyui: "${comfy.url}", workflow: keyframe.api.json, poll: 0.01, bind: { prompt: 6.text, seed: 3.seed, width: 5.width, height: 5.height, references: [10.image, 11.image] } }`;
const openAiClips = (more: string): string =>
  `clips: { openai: "${openai.url}/v1", model: wan, poll: 0.01, price: { second: 0.02 }, ${more} }`;

async function modelsFile(name: string, more: string, ...lines: string[]): Promise<string> {
  const path = join(film.folder, name);
  await mkdir(film.folder, { recursive: true });
  await writeFile(path, (lines.length > 0 ? lines : [comfyKeyframes(), openAiClips(more)]).join('\n'));
  return path;
}

const generate = (...more: string[]) =>
  cli('generate', film.script, '--out', out, '--seed', '7', ...film.models, '--json', ...more);
const state = async () => JSON.parse(await readFile(join(out, 'run.json'), 'utf8'));

describe('a film of other models', () => {
  it('is made of their pictures and clips, in the size of the film, and asked for once', async () => {
    const made = await generate('--models', models);
    expect(made.err).toBe('');
    expect(made.code).toBe(0);
    expect(comfy.ordered).toHaveLength(3);
    expect(openai.ordered).toHaveLength(3);
    expect(made.events.filter(({ type }) => type === 'movie')).toHaveLength(1);
    const { width, height } = await readImage(join(out, 'keyframes/0001.png'));
    expect([width, height]).toEqual([56, 32]);
    const { shots, orders, ledger, models: remembered } = await state();
    expect(orders).toBeUndefined();
    expect(shots[0].clip.provenance).toEqual({
      madeElsewhere: true,
      conformed: 'from 64 x 48, 8.000 frames a second, 2.00 s',
    });
    expect(ledger.map(({ price }: { price: number }) => price)).toEqual([0.01, 0.03, 0.005]);
    expect(remembered.clips.model).toBe('wan');
    // the same command without --models: remembered, and nothing is asked again
    const again = await generate();
    expect(again.code).toBe(0);
    expect([comfy.ordered.length, openai.ordered.length]).toEqual([3, 3]);
    expect(again.events.filter(({ reused }) => reused === false)).toEqual([]);
  });

  it('names the portraits in the prompt and leaves out the nodes of those that are not there', async () => {
    await generate('--models', models, '--stage', 'keyframes', '--shots', '2');
    const workflow = comfy.workflow();
    expect(workflow['6']?.inputs.text).toBe(
      'Picture 1 is tom.\ntom: A bald man. He limps.\nClose-up.\nTom runs.\nHe falls.',
    );
    expect(workflow['6']?.inputs).not.toHaveProperty('image2');
    expect(workflow['10']?.inputs.image).toMatch(/^moviedreamer-[0-9a-f]{32}\.png$/);
    expect(workflow['11']).toBeUndefined();
    expect(workflow['5']?.inputs).toMatchObject({ width: 56, height: 32 });
  });

  it('refuses what a model cannot honour before anything is ordered, unless it is allowed', async () => {
    const strangers = `keyframes: { openai: "${openai.url}/v1", model: pictures, poll: 0.01 }`;
    const refused = await generate(
      '--stage',
      'keyframes',
      '--models',
      await modelsFile('strangers.yaml', '', strangers),
    );
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('shot 1: the model takes no portraits, so that it does not know mara, tom');
    expect(openai.seen).toEqual([]);
    const allowed = strangers.replace('poll:', 'allow: [references], poll:');
    const made = await generate(
      '--stage',
      'keyframes',
      '--models',
      await modelsFile('strangers.yaml', '', allowed),
    );
    expect(made.code).toBe(0);
    expect(openai.ordered).toHaveLength(3);
    const long = await generate('--models', await modelsFile('long.yaml', 'seconds: [1]'));
    expect(long.err).toContain('shot 2 has 1.5 s, and clips of the model at most 1 s');
  });

  it('gives our own keyframe as guide', async () => {
    const guided = `keyframes: { openai: "${openai.url}/v1", model: edit, references: 2, guide: true, poll: 0.01 }`;
    const made = await generate(
      '--stage',
      'keyframes',
      '--shots',
      '1',
      '--models',
      await modelsFile('guided.yaml', '', guided),
    );
    expect(made.code).toBe(0);
    const { path, body } = openai.seen[0] as { path: string; body: string };
    expect(path).toBe('/v1/images/edits');
    expect(body.match(/name="image\[\]"/g)).toHaveLength(3);
    expect(body).toContain('Picture 1 is mara.\r\nPicture 2 is tom.'); // a form's line ends
    expect(body).toContain('Picture 3 shows the composition to follow.');
  });

  it('says what it would cost, and stops before the budget is exceeded', async () => {
    const estimate = await generate('--models', models, '--estimate');
    expect(estimate.events).toEqual([
      {
        ...{ type: 'estimate', shots: 3, spent: 0, price: 0.045 },
        orders: [
          { kind: 'keyframe', maker: 'comfyui', calls: 3, price: 0, seconds: null },
          { kind: 'clip', maker: 'openai', calls: 3, price: 0.045, seconds: null },
        ],
        seconds: null,
      },
    ]);
    const stopped = await generate('--models', models, '--budget', '0.02');
    expect(stopped.code).toBe(1);
    expect(stopped.err).toContain(
      'the clip of shot 2 costs 0.03, and with the 0.01 spent so far exceeds the budget of 0.02',
    );
    expect(openai.ordered).toHaveLength(1);
    expect((await generate('--models', models)).code).toBe(0);
    expect(openai.ordered).toHaveLength(3);
  });
});

it('gives the keyframe of the shot before along, one shot after the other', async () => {
  const line = `keyframes: { openai: "${openai.url}/v1", model: edit, poll: 0.01, references: 2, before: true, parallel: 8, allow: [seed] }`;
  const file = await modelsFile('before.yaml', '', line);
  const keyframes = (...more: string[]) => generate('--models', file, '--stage', 'keyframes', ...more);
  const alone = await cli(
    ...['generate', film.script, '--out', out, ...film.models, '--models', file, '--stage', 'keyframes'],
    ...['--shots', '3'],
  );
  expect([alone.code, alone.err]).toEqual([
    1,
    expect.stringMatching(/shot 3: its model is given the keyframe of shot 2, which is not made yet/),
  ]);
  const made = await keyframes('--force');
  expect(made.code, made.err).toBe(0);
  const asked = openai.seen.filter(({ path }) => path.includes('/images/'));
  expect(asked.map(({ body }) => body.match(/name="image\[\]"/g)?.length)).toEqual([2, 2, 1]);
  const before = asked.map(({ body }) => /Picture (\d) is the shot before/.exec(body)?.[1]);
  expect(before).toEqual([undefined, '2', '1']);
  expect(madeIn(await keyframes())).toEqual([]);
  // the same bytes came again, so that nothing follows
  expect(madeIn(await keyframes('--reroll', '2'))).toEqual(['tokens 2', 'keyframe 2']);
  const { code, err } = await cli(
    ...['generate', film.script, '--out', out, ...film.models, '--models', file, '--takes', '2'],
  );
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/takes: openai makes each keyframe from the one before/),
  ]);
});

it('gives a clip the next keyframe to end with', async () => {
  const node = {
    class_type: 'LoadImage',
    inputs: { image: 'none.png' },
    _meta: { title: 'moviedreamer: lastFrame' },
  };
  await writeFile(join(film.folder, 'ends.api.json'), JSON.stringify({ ...clipWorkflow, 90: node }));
  const file = await modelsFile(
    'ends.yaml',
    '',
    `clips: { comfyui: "${comfy.url}", workflow: ends.api.json, poll: 0.01, bind: { keyframe: 10.image, prompt: 6.text, seed: 3.noise_seed, lastFrame: 90.image } }`,
  );
  const made = await generate('--models', file);
  expect(made.code, made.err).toBe(0);
  const prompts = comfy.seen
    .filter(({ path }) => path === '/prompt')
    .map(({ body }) => JSON.parse(body).prompt);
  const ends = prompts.map((prompt) => prompt[90]?.inputs.image as string | undefined);
  expect(ends.slice(0, 2).every((name) => name !== undefined && name !== 'none.png')).toBe(true);
  expect(ends[2]).toBeUndefined();
  // another keyframe of shot 3 is another end of shot 2
  expect(madeIn(await generate('--models', file, '--reroll', '3'))).toEqual(
    expect.arrayContaining(['keyframe 3', 'clip 2', 'clip 3']),
  );
});

it('says how long orders take, as far as the file of models does', async () => {
  const timed = 'time: { call: 10, second: 20 }, parallel: 2, limit: { requests: 1000, seconds: 1 }';
  const file = await modelsFile('timed.yaml', '', openAiClips(timed));
  const { events } = await generate('--models', file, '--estimate');
  // three clips of 0.5, 1.5 and 0.25 s, two at a time
  expect(events).toMatchObject([{ seconds: (3 * 10 + 2.25 * 20) / 2, orders: [{ calls: 3 }] }]);
  const plain = await cli(
    ...['generate', film.script, '--out', out, ...film.models, '--models', file, '--estimate'],
  );
  expect(plain.out).toContain('time of these orders: at most 0:38');
  expect((await generate('--models', file)).code).toBe(0);
  expect(openai.ordered).toHaveLength(3);
});

it('keeps the sound of clips, in the film silent where clips have none', async () => {
  const sounding = await startFakeOpenAi({ hertz: 440 });
  const file = await modelsFile('sound.yaml', '', openAiClips('').replace(openai.url, sounding.url));
  const made = await generate('--models', file);
  await sounding.close();
  expect(made.err).toBe('');
  expect((await state()).shots[1].clip.provenance.conformed).toBe(
    'from 64 x 48, 8.000 frames a second, 2.00 s, its sound as AAC',
  );
  // in quarters of the tone's amplitude of 16384, as AAC moves its peaks by some hundreds
  const loudest = async (path: string, seconds: number) => {
    const sound = await readSound(join(out, path), soundLength(seconds));
    return Math.round(
      (sound?.subarray(9600, 19_200).reduce((most, value) => Math.max(most, value), 0) ?? 0) / 4096,
    );
  };
  expect([await loudest('clips/0002.mp4', 1.5), await loudest('movie.mp4', 2.25)]).toEqual([4, 4]);
});

const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('faults of servers', () => {
  const clip = (...more: string[]) => generate('--models', models, '--shots', '3', ...more);
  // the tokens, our own models' part, are the same in all of these films
  beforeAll(async () => {
    out = join(film.folder, 'tokens');
    expect((await clip('--stage', 'tokens')).code).toBe(0);
  });
  beforeEach(() => cp(join(film.folder, 'tokens'), out, { recursive: true }));

  it.each([
    ['429 with Retry-After', 'POST /v1/videos', { status: 429, headers: { 'retry-after': '0' } }],
    ['429 without', 'POST /v1/videos', { status: 429, body: 'slow down' }],
    ['5xx while polling', 'GET /v1/videos/', { status: 502, body: 'bad gateway' }],
    ['a cut connection while polling', 'GET /v1/videos/', { cut: 'before' as const }],
    ['5xx while a picture is fetched', 'GET /view', { status: 500 }],
  ])('%s is waited for', async (_, on, fault) => {
    const server = on.includes('/v1') ? openai : comfy;
    server.faults.push({ on, fault }, { on, fault });
    const made = await clip();
    expect(made.err).toBe('');
    expect(made.code).toBe(0);
    expect([comfy.ordered.length, openai.ordered.length]).toEqual([1, 1]);
  });

  it('a Retry-After of hours ends the command, and the same one goes on', async () => {
    openai.faults.push({ on: 'POST /v1/videos', fault: { status: 429, headers: { 'retry-after': '7200' } } });
    const busy = await clip();
    expect(busy.err).toContain('is busy or failing (429 after 1 try; it asks to wait 7200 s)');
    expect(busy.code).toBe(1);
  });

  it.each([
    [
      'no JSON',
      { status: 200, body: '<html>welcome</html>' },
      'where JSON was expected: <html>welcome</html>',
    ],
    ['an error in a 200', { status: 200, body: '{"error":{"message":"out of memory"}}' }, 'out of memory'],
    [
      'another request',
      { status: 404, body: '{"error":{"message":"no model wan"}}' },
      'answered 404: no model wan',
    ],
    ['no id', { status: 200, body: '{"status":"queued"}' }, 'answered without an id'],
  ])('an answer with %s is told of', async (_, fault, words) => {
    openai.faults.push({ on: 'POST /v1/videos', fault });
    const made = await clip();
    expect(made.code).toBe(1);
    expect(made.err).toContain(words);
    expect((await state()).shots[2].keyframe.key).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    [
      'a page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' },
      'expected a film, got text/html: <html>log in</html>',
    ],
    [
      'a picture',
      { status: 200, headers: { 'content-type': 'image/png' }, body: onePixel },
      'expected a film of several frames, got image/png',
    ],
    ['an expired link', { status: 410, body: 'gone' }, 'The link to the result has expired'],
    [
      'a redirect into a private address',
      { status: 302, headers: { location: 'http://10.0.0.1/film' } },
      'http://10.0.0.1, a private address that was not configured',
    ],
    [
      'a redirect to a file',
      { status: 302, headers: { location: 'file:///etc/passwd' } },
      'file: where http or https was expected',
    ],
  ])('%s where the film should be is told of', async (_, fault, words) => {
    openai.faults.push({ on: 'GET /v1/videos/', fault: { cut: 'before' } });
    const content = (): void =>
      void openai.faults.push({ on: `GET /v1/videos/${openai.ordered[0]}/content`, fault });
    await clip('--stage', 'keyframes');
    openai.state = { status: 'completed' };
    const making = clip();
    while (openai.ordered.length === 0) await new Promise((done) => setTimeout(done, 1));
    content();
    const made = await making;
    expect(made.err).toContain(words);
    expect(made.code).toBe(1);
  });

  it('a film that is too short is told of, and fetched again where that is allowed', async () => {
    const short = await startFakeOpenAi({ filmSeconds: 0.5 });
    const file = await modelsFile(
      'short.yaml',
      '',
      comfyKeyframes(),
      openAiClips('').replace(openai.url, short.url),
    );
    const made = await generate('--models', file, '--shots', '2');
    expect(made.err).toContain('the clip has 0.50 s, and 1.5 s were asked for');
    expect(made.code).toBe(1);
    const held = openAiClips('allow: [seconds]').replace(openai.url, short.url);
    const allowed = await generate(
      '--models',
      await modelsFile('short.yaml', '', comfyKeyframes(), held),
      '--shots',
      '2',
    );
    expect(allowed.err).toBe('');
    expect(JSON.stringify(allowed.events)).toContain('its last frame stays');
    expect(short.ordered).toHaveLength(1); // what had been paid for was fetched again
    await short.close();
  });

  it('a refusal is told with its words, and the same is not asked again', async () => {
    openai.state = { status: 'failed', error: { code: 'moderation_blocked', message: 'No lighthouses.' } };
    expect((await clip()).err).toContain('No lighthouses. (moderation_blocked)');
    openai.state = undefined;
    const again = await clip();
    expect(again.code).toBe(1);
    expect(again.err).toContain(
      'It is not asked the same again; change the shot in the script, or --reroll 3',
    );
    expect(openai.ordered).toHaveLength(1);
  });

  it('an error of a node is told with its name', async () => {
    comfy.outcome = {
      status_str: 'error',
      messages: [
        ['execution_error', { node_id: '3', node_type: 'KSampler', exception_message: 'CUDA out of memory' }],
      ],
    };
    const made = await clip();
    expect(made.err).toContain('node 3 (KSampler) failed: CUDA out of memory');
    expect((await state()).orders).toBeUndefined();
  });

  it('a lost answer is looked for at ComfyUI, and never guessed at elsewhere', async () => {
    comfy.faults.push({ on: 'POST /prompt', fault: { cut: 'after' } });
    expect((await clip()).code).toBe(1);
    openai.faults.push({ on: 'POST /v1/videos', fault: { cut: 'after' } });
    expect((await clip()).err).toContain('cannot be asked');
    expect(comfy.ordered).toHaveLength(1);
    const again = await clip();
    expect(again.err).toContain('it may have been paid for');
    expect(openai.ordered).toHaveLength(1);
    expect((await clip('--order-again', '3')).code).toBe(0);
    expect((await state()).ledger).toHaveLength(2);
  });

  it('a result that is too large is not kept', async () => {
    const { Client } = await import('../http/index.ts');
    comfy.faults.push({ on: 'GET /view', fault: { status: 200, body: await plainFilm(1) } });
    const client = new Client({ name: 'server', base: comfy.url, pause: 0.01 });
    await expect(client.ask('/view', { repeatable: true, signal: undefined, maxBytes: 100 })).rejects.toThrow(
      'server sends more than 100 bytes; nothing of it was kept',
    );
  });

  it('no answer in time is told of', async () => {
    const { Client } = await import('../http/index.ts');
    const { serve } = await import('../testing/fakeServer.ts');
    const silent = await serve(() => new Promise(() => {}));
    const client = new Client({ name: 'server', base: silent.url, pause: 0.01 });
    await expect(client.ask('/x', { repeatable: false, signal: undefined, timeout: 0.05 })).rejects.toThrow(
      'server cannot be asked: no answer in time',
    );
    await silent.close();
  });
});

it('keeps keys of the environment out of every file and message', async () => {
  const name = 'MOVIEDREAMER_TEST_KEY';
  vi.stubEnv(name, 'sk-very-secret');
  openai.faults.push({
    on: 'POST /v1/videos',
    fault: { status: 400, body: '{"error":{"message":"wrong key sk-very-secret"}}' },
  });
  const file = await modelsFile('key.yaml', `keyFrom: ${name}`);
  const failed = await generate('--models', file, '--shots', '3');
  vi.unstubAllEnvs();
  expect(openai.seen.at(-1)?.authorization).toBe('Bearer sk-very-secret');
  expect(failed.err).toContain('wrong key ***');
  expect(failed.err + failed.out + (await readFile(join(out, 'run.json'), 'utf8'))).not.toContain(
    'very-secret',
  );
});

it('orders other takes of keyframes that fail their check', async () => {
  const own = await tinyFilm();
  const [, preset, , weights] = own.models as [string, string, string, string];
  await writeTinyDetector(preset, weights);
  await writeFile(join(own.folder, 'keyframe.api.json'), JSON.stringify(keyframeWorkflow));
  const file = join(own.folder, 'models.yaml');
  await writeFile(file, comfyKeyframes());
  const args = [
    'generate',
    own.script,
    '--out',
    out,
    '--json',
    ...own.models,
    '--models',
    file,
    '--takes',
    '2',
  ];
  const { events: plan } = await cli(...args, '--estimate');
  expect(plan).toMatchObject([{ orders: [{ kind: 'keyframe', calls: 6 }] }]);
  const made = await cli(...args, '--stage', 'keyframes');
  expect(made.code, made.err).toBe(0);
  const takes = made.events.filter(({ type }) => type === 'take').length;
  expect(takes).toBeGreaterThan(0);
  expect(comfy.ordered).toHaveLength(3 + takes);
  expect(new Set(comfy.seen.flatMap(({ body }) => /"seed":(\d+)/.exec(body)?.[1] ?? [])).size).toBe(
    3 + takes,
  );
  const again = await cli(...args, '--stage', 'keyframes', '--dry-run');
  expect(again.events.filter(({ status }) => status !== undefined && status !== 'reuse')).toEqual([]);
  await cli(...args, '--stage', 'keyframes');
  expect(comfy.ordered).toHaveLength(3 + takes);
  await own.remove();
});
