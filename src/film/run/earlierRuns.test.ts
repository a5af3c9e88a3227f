import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { filesOf } from '../../testing/tinyFilm.ts';
import { writeTinyPreset } from '../../testing/tinyPreset.ts';
import { type DreamEvent, type DreamOptions, MovieDreamer, RunFolder, readScript } from '../index.ts';

/**
 * A film of commit 00ac2a6, with a reroll, a setting of a shot and one of the film. Its run.json and tokens.safetensors are
 * of version 1.
 */
const fixture = fileURLToPath(new URL('../../../fixtures/runs/v1', import.meta.url));

describe('the run folder of an earlier version', () => {
  let folder: string;
  let dreamer: MovieDreamer;
  const at = (name: string): string => join(folder, 'v1', name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runs-'));
    const { preset, weights } = await writeTinyPreset(folder);
    dreamer = await MovieDreamer.load(preset, { weights, threads: 1 });
  });
  beforeEach(async () => {
    await rm(at(''), { recursive: true, force: true });
    await cp(fixture, at(''), { recursive: true });
    // the fixture's script lies at no path of this machine
    const text = await readFile(at('film/run.json'), 'utf8');
    await writeFile(at('film/run.json'), text.replace('/films/lighthouse/script.yaml', at('script.yaml')));
  });
  afterAll(async () => {
    await dreamer.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function dream(options: Partial<DreamOptions> = {}): Promise<string[]> {
    const events: DreamEvent[] = [];
    for await (const event of dreamer.dream(await readScript(at('script.yaml')), {
      out: at('film'),
      ...options,
    }))
      events.push(event);
    return events.flatMap((event) =>
      'reused' in event && !event.reused ? ['id' in event ? `${event.type} ${event.id}` : event.type] : [],
    );
  }
  async function pictures(): Promise<Record<string, string>> {
    const files = Object.entries(await filesOf(at('film')));
    return Object.fromEntries(files.filter(([name]) => /^(keyframes|clips|movie)/.test(name)));
  }

  it('goes on and loses nothing: nothing is made again, takes and settings stay', async () => {
    const before = await pictures();
    expect(await dream()).toEqual([]);
    expect(await pictures()).toEqual(before);
    const { state } = await RunFolder.read(at('film'));
    expect(state.format).toBe('moviedreamer-run-2');
    expect(state.settings).toEqual({ guidance: 1.25 });
    expect(state.shots.map(({ id, take, settings }) => [id, take, settings])).toEqual([
      ...[
        ['1', 0, {}],
        ['2', 1, {}],
        ['3', 0, { steps: 2 }],
        ['4', 0, {}],
        ['5', 0, {}],
      ],
    ]);
    expect(await dream()).toEqual([]);
    expect(await pictures()).toEqual(before);
  });

  it('lets a shot be inserted at once: one keyframe and one clip more', async () => {
    const before = await pictures();
    const text = await readFile(at('script.yaml'), 'utf8');
    const lines = text.split('\n');
    lines.splice(6, 0, '  - { plot: A gull cries., seconds: 0.25 }');
    await writeFile(at('script.yaml'), lines.join('\n'));
    expect(await dream({ keepLater: true })).toEqual(['tokens 1a', 'keyframe 1a', 'clip 1a', 'movie']);
    const after = await pictures();
    for (const name of Object.keys(before).filter((name) => name !== 'movie.mp4'))
      expect(after[name]).toBe(before[name]);
  });

  it('makes again what its script changes, from the same random streams', async () => {
    const text = await readFile(at('script.yaml'), 'utf8');
    await writeFile(at('script.yaml'), text.replace('They laugh.', 'They sing.'));
    expect(await dream()).toEqual(['tokens 5', 'keyframe 5', 'clip 5', 'movie']);
    expect((await RunFolder.read(at('film'))).state.shots[1]?.take).toBe(1);
  });

  it('is refused where a later program wrote it, with what to do', async () => {
    const text = await readFile(at('film/run.json'), 'utf8');
    await writeFile(at('film/run.json'), text.replace('moviedreamer-run-1', 'moviedreamer-run-9'));
    await expect(dream()).rejects.toThrow(
      /run\.json was written by a later MovieDreamer \(its version is 9, this one reads up to 2\); update/,
    );
    const tokens = await readFile(at('film/tokens.safetensors'));
    await writeFile(at('film/run.json'), text);
    const later = Buffer.from(
      tokens.toString('latin1').replace('dreamer-tokens-1', 'dreamer-tokens-9'),
      'latin1',
    );
    await writeFile(at('film/tokens.safetensors'), later);
    await expect(dream()).rejects.toThrow(
      /tokens\.safetensors was written by a later MovieDreamer \(its version is 9/,
    );
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, 900)],
    ['of another type', (text: string) => text.replace('"take": 1', '"take": "one"')],
    ['without its format', (text: string) => text.replace('moviedreamer-run-1', 'something')],
    ['empty', () => ''],
  ])('that is damaged (%s) says so, and --repair takes over what is there', async (_, damage) => {
    const before = await pictures();
    const text = await readFile(at('film/run.json'), 'utf8');
    await writeFile(at('film/run.json'), damage(text));
    await expect(dream()).rejects.toThrow(
      /run\.json is damaged \(.*\)\. Put a copy of it back, or let generate --repair/s,
    );
    expect(await pictures()).toEqual(before);
    const made = await dream({ repair: true, seed: 7 });
    expect(made.filter((name) => name.startsWith('keyframe') || name.startsWith('clip'))).toEqual([]);
    const { state } = await RunFolder.read(at('film'));
    expect(state.shots.map(({ take }) => take)).toEqual([0, 1, 0, 0, 0]); // tokens.safetensors tells the takes
    expect(await readFile(at('film/run.damaged.json'), 'utf8')).toBe(damage(text));
    expect(await dream()).toEqual([]);
    for (const [name, bytes] of Object.entries(await pictures()))
      if (name !== 'movie.mp4') expect(bytes, name).toBe(before[name]);
  });

  it('can be stopped at any moment on its way to this version, and changed meanwhile', async () => {
    const before = await pictures();
    const lines = (await readFile(at('script.yaml'), 'utf8')).split('\n');
    lines.splice(6, 0, '  - { plot: A gull cries., seconds: 0.25 }');
    await writeFile(at('script.yaml'), lines.join('\n'));
    const tokens = await readFile(at('film/tokens.safetensors'));
    expect(await dream({ stage: 'tokens', shots: [2] })).toEqual(['tokens 1a']);
    // the later ones follow by default, but are kept if that is said only now
    expect(await dream({ keepLater: true })).toEqual(['keyframe 1a', 'clip 1a', 'movie']);
    // killed after run.json was of this version, and before the tokens were
    await writeFile(at('film/tokens.safetensors'), tokens);
    expect(await dream({ keepLater: true })).toEqual(['tokens 1a']);
    const after = await pictures();
    for (const name of Object.keys(before))
      if (name !== 'movie.mp4') expect(after[name], name).toBe(before[name]);
  });

  it('goes on where its keys counted models that had nothing to do, too', async () => {
    const own = await mkdtemp(join(tmpdir(), 'stand-ins-'));
    const { preset, weights } = await writeTinyPreset(own);
    const others = [
      ['clip', 'text'],
      ['vae', 'animator_vae'],
      ['clip', 'animator_image_encoder'],
    ] as const;
    for (const [from, to] of others)
      for (const place of [preset, weights])
        await cp(join(place, from), join(place, to), { recursive: true });
    await rm(join(weights, 'text', 'tokenizer.json')); // it is clip's
    const { vision_config: vision } = JSON.parse(await readFile(join(preset, 'clip', 'config.json'), 'utf8'));
    const config = { ...vision, projection_dim: 8, model_type: 'clip_vision_model' };
    await writeFile(join(preset, 'animator_image_encoder', 'config.json'), JSON.stringify(config));
    const text = await readFile(at('stand-ins/run.json'), 'utf8');
    await writeFile(
      at('stand-ins/run.json'),
      text.replace('/films/lighthouse/script.yaml', at('script.yaml')),
    );
    await using other = await MovieDreamer.load(preset, { weights, threads: 1 });
    const script = await readScript(at('script.yaml'));
    const todo = async (): Promise<string[]> =>
      (await other.plan(script, { out: at('stand-ins') })).jobs.flatMap(({ id, status, reason }) =>
        status === 'reuse' ? [] : [`${id} ${reason}`],
      );
    expect(await todo()).toEqual(['movie its file is missing']);
    for await (const event of other.dream(script, { out: at('stand-ins') }))
      if ('reused' in event && event.type !== 'movie') expect(event.reused, JSON.stringify(event)).toBe(true);
    expect(await todo()).toEqual([]);
    // by the keys of now: a text tower that is there makes clip's own none of the film's business
    await writeTinyPreset(own, 2);
    expect(await todo()).not.toEqual([]);
    await rm(own, { recursive: true });
  });

  it('keeps all that is valid of a damaged run.json', async () => {
    const text = await readFile(at('film/run.json'), 'utf8');
    await writeFile(at('film/run.json'), text.replace('"guidance": 1.25', '"guidance": -1, "colour": 3'));
    expect(await dream({ repair: true, guidance: 1.25 })).toEqual([]);
    const { state } = await RunFolder.read(at('film'));
    expect([state.seed, state.shots.map(({ take }) => take)]).toEqual([7, [0, 1, 0, 0, 0]]);
  });
});
