import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ablate } from '../ablation/ablate.ts';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import { type CliResult, cli, filesOf } from '../testing/tinyFilm.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';

describe('moviedreamer ablate', () => {
  let folder: string;
  let tiny: { preset: string; weights: string };
  const below = (name: string): string => join(folder, name);
  const toy =
    '--seeds 1 --budget 0.001 --train-episodes 1 --few-episodes 1 --episodes 1 --shots 3 --people 4 --clips 1 --segments 2 --clip-steps 1'.split(
      ' ',
    );
  const run = (out: string, ...args: string[]): Promise<CliResult> =>
    cli(
      ...['ablate', ...toy, '--preset', tiny.preset, '--weights', tiny.weights, '--threads', '1'],
      ...['--out', below(out), '--cache', below('cache'), ...args],
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ablate-'));
    tiny = await writeTinyTheatre(folder);
    await writeTinyDetector(tiny.preset, tiny.weights);
    const size = { width: 112, height: 64, steps: 1 };
    await writeFile(join(tiny.preset, 'renderer/generation_config.json'), JSON.stringify(size));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    [['--only', 'table-2'], /There is no 'table-2'; there are table-1-4, table-3, /],
    [['--segments', '4,x'], /whole number from 1/],
    [['--preset', 'nowhere'], /preset 'nowhere': no folder/],
  ])('%j', async (wrong, message) => {
    const { code, out, err } = await cli('ablate', ...wrong, '--out', below('wrong'), '--cache', below('no'));
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(message);
  });

  it('stopped in a training, goes on from there', async () => {
    const controller = new AbortController();
    const { preset, weights } = tiny;
    const only = ['table-3'] as const;
    const small = { seeds: 1, budget: 0.01, trainEpisodes: 1, episodes: 1, shots: 3 };
    const options = { ...small, only, preset, weights, out: below('stopped'), cache: below('cache') };
    const steps = async (signal: AbortSignal): Promise<number[]> => {
      const seen: number[] = [];
      for await (const event of ablate({ ...options, threads: 1, signal })) {
        if (event.type !== 'part' || event.part !== 'training 2 tokens, seed 0') continue;
        seen.push(event.done);
        if (event.done === 3) controller.abort(new Error('enough'));
      }
      return seen;
    };
    await expect(steps(controller.signal)).rejects.toThrow(/enough|stopped at step/);
    const rest = await steps(new AbortController().signal);
    expect([rest[0], rest.at(-1)]).toEqual([expect.any(Number), 8]);
    expect(rest[0]).toBeGreaterThan(3);
  });

  it('prints the table of the losses, direction by direction', async () => {
    const { code, out, err } = await run('one', '--only', 'table-1-4');
    expect(code, err).toBe(0);
    expect(out).toMatch(/\nvariant +CLIP score \(0 \.\. 100\), ↑ +paper +ST .* LT .* F1 /);
    expect(out).toMatch(/\nl1 \+ l2, few-shot +-?\d+\.\d+ +19\.4 /);
    expect(out).toMatch(
      /\nGMM \+ l1 \+ l2, zero-shot +GMM, zero-shot +LT +\+0\.113 +\S+ +[01] of 1 +no spread\n/,
    );
    const markdown = await readFile(join(below('one'), 'ablations.md'), 'utf8');
    expect(markdown).toContain('ablate --only table-1-4 --seeds 1 --seed 0 --budget 0.001 ');
    expect(markdown).toMatch(/\| GMM \+ l1 \+ l2, zero-shot \| .* \| 0\.814 \|/);
  });

  it('prints the tables of the face tokens and of the measures against overfitting', async () => {
    const { code, out, err } = await run('faces', '--only', 'figure-5,figure-7');
    expect(code, err).toBe(0);
    expect(out).toMatch(/\nface tokens +no face tokens +l2 of held-out tokens /);
    expect(out).toMatch(/\nmeasures on +measures off +held-out less training /);
  });

  it('prints the others; the second time from the cache, to the same bytes', async () => {
    const only = 'table-3,figure-3,section-3.5';
    const first = await run('two', '--only', only);
    expect(first.code, first.err).toBe(0);
    expect(first.out).toMatch(/\n8 tokens +2 tokens +CLIP-sim +\+0\.016 +\S+ +[01] of 1 +no spread\n/);
    for (const line of ['identity rows ', 'the preset’s renderer, rows given ', 'anchor: the keyframe '])
      expect(first.out).toContain(`\n${line}`);
    expect(await readFile(join(below('two'), 'ablations.json'), 'utf8')).not.toContain(folder);

    const variants = await readdir(below('cache/variants'));
    const second = await run('three', '--only', only, '--json');
    expect(second.code).toBe(0);
    expect(second.events.filter((e) => String(e.part).startsWith('training'))).toEqual([]);
    expect(second.events.filter((e) => e.type === 'experiment')).toHaveLength(3);
    expect(await filesOf(below('three'))).toEqual(await filesOf(below('two')));
    expect(await readdir(below('cache/variants'))).toEqual(variants);
  });
});
