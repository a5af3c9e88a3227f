import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkerHost } from '../runtime/index.ts';
import type { Script } from '../script/index.ts';
import { type FailingHost, failingHost } from '../testing/failingHost.ts';
import { type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { type LoadDreamerOptions, MovieDreamer, readScript } from './index.ts';

const text = `characters:
  tom: { face: tom.png, description: A bald man. }
shots:
  - { characters: [tom], plot: Tom runs., seconds: 0.25 }
references: [mara.png]
`;

describe('the models of a film', () => {
  let film: TinyFilm;
  let script: Script;

  beforeAll(async () => {
    film = await tinyFilm(text);
    script = await readScript(film.script);
  });
  afterAll(() => film.remove());

  async function dreamerOf(
    options: LoadDreamerOptions = {},
  ): Promise<{ dreamer: MovieDreamer; host: FailingHost }> {
    const [, preset, , weights] = film.models as [string, string, string, string];
    const dreamer = await MovieDreamer.load(preset, { weights, threads: 1, ...options });
    return { dreamer, host: failingHost((dreamer as unknown as { host: WorkerHost }).host) };
  }
  async function dream(dreamer: MovieDreamer, name: string, seed = 0): Promise<void> {
    for await (const _ of dreamer.dream(script, { out: join(film.folder, name), seed }));
  }

  it('are freed whichever of them cannot be made', async () => {
    const { dreamer, host } = await dreamerOf({ keepModels: false });
    await using _ = dreamer;
    await dream(dreamer, 'whole');
    const count = host.created();
    expect(count).toBeGreaterThan(15);
    expect(host.live()).toBe(0);
    for (let n = 1; n <= count; n++) {
      host.failAt(n);
      await expect(dream(dreamer, `failing-${n}`), `creation ${n}`).rejects.toThrow(`creation ${n} fails`);
      expect(host.live(), `after creation ${n} failed`).toBe(0);
    }
    host.failAt(0);
    await dream(dreamer, `failing-${count}`); // one that failed goes on
    expect(host.live()).toBe(0);
  });

  it('are freed when nobody listens any more', async () => {
    const { dreamer, host } = await dreamerOf({ keepModels: false });
    await using _ = dreamer;
    for await (const event of dreamer.dream(script, { out: join(film.folder, 'left') })) {
      if (event.type === 'preview' && event.stage === 'clips') break;
    }
    expect(host.live()).toBe(0);
  });

  it('stay for the next film, and go with the dreamer', async () => {
    const { dreamer, host } = await dreamerOf();
    await dream(dreamer, 'first');
    const [first, kept] = [host.created(), host.live()];
    expect(kept).toBeGreaterThan(0);
    await dream(dreamer, 'second', 1);
    // but for the autoregressor's cache, a key and a value for each of two layers, which each film has for itself
    expect([host.created() - first, host.live()]).toEqual([4, kept]);
    host.failAt(2);
    await expect(dream(dreamer, 'third', 2)).rejects.toThrow('creation 2 fails');
    expect(host.live()).toBe(kept);
    await dreamer.close();
    expect(host.live()).toBe(0);
  });

  it('are made anew where their weights have changed', async () => {
    const { dreamer, host } = await dreamerOf();
    await using _ = dreamer;
    await dream(dreamer, 'before');
    const before = host.created();
    const { writeTinyPreset } = await import('../testing/tinyPreset.ts');
    await writeTinyPreset(film.folder, 2);
    await dream(dreamer, 'before');
    expect(host.created()).toBeGreaterThan(before + 10);
    await writeTinyPreset(film.folder);
  });
});
