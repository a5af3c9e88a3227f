import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../testing/spawnCli.ts';
import { cli, copyOf, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

/** Runs in a process of its own and sends a signal once `when` says so. */
async function stopped(
  args: readonly string[],
  signal: NodeJS.Signals,
  when: (event: { type: string; shot?: number; step?: number }) => boolean,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; err: string }> {
  const { child, ended } = spawnCli(args, (line) => {
    if (when(JSON.parse(line))) child.kill(signal);
  });
  return ended;
}

describe('a film that is stopped', () => {
  let film: TinyFilm;
  let files: Record<string, string>;
  let base: string;
  const args = (out: string, ...more: string[]): string[] => [
    'generate',
    film.script,
    '--out',
    out,
    '--json',
    ...film.models,
    ...more,
  ];

  beforeAll(async () => {
    film = await tinyFilm();
    base = join(film.folder, 'base');
    await cli(...args(base, '--seed', '7'));
    files = await filesOf(base);
  });
  afterAll(() => film.remove());

  it('goes on after kill -9, as often as it happens, to the same bytes', async () => {
    const out = join(film.folder, 'killed');
    const kills: Parameters<typeof stopped>[2][] = [
      ({ type, shot }) => type === 'tokens' && shot === 2,
      ({ type, shot, step }) => type === 'preview' && shot === 2 && step === 2,
      ({ type, shot }) => type === 'clip' && shot === 1,
    ];
    for (const when of kills)
      expect((await stopped(args(out, '--seed', '7'), 'SIGKILL', when)).signal).toBe('SIGKILL');
    const last = await cli(...args(out, '--seed', '7'));
    expect(last.code).toBe(0);
    expect(await filesOf(out)).toEqual(files);
  });

  it('is made by one process at a time', async () => {
    const out = await copyOf(base, join(film.folder, 'shared'));
    await writeFile(join(out, 'run.json.pid'), String(process.ppid));
    const refused = await cli(...args(out, '--seed', '7'));
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /run\.json is being made by another process \(\d+\), since .* UTC: begin again when it is done/,
    );
    await writeFile(join(out, 'run.json.pid'), '999999999'); // a process that was killed
    expect((await cli(...args(out, '--seed', '7'))).code).toBe(0);
    expect(await filesOf(out)).toEqual(files);
  });

  it('stops at Ctrl-C with a word and status 130, and goes on', async () => {
    const out = join(film.folder, 'interrupted');
    const result = await stopped(args(out, '--seed', '7'), 'SIGINT', ({ type }) => type === 'keyframe');
    expect(result.code).toBe(130);
    expect(result.err).toMatch(/stopping after this step[\s\S]*the same command goes on from here/);
    await cli(...args(out, '--seed', '7'));
    expect(await filesOf(out)).toEqual(files);
  });

  it('rerolls once, however often the reroll is stopped and repeated', async () => {
    const whole = await copyOf(base, join(film.folder, 'whole'));
    await cli(...args(whole, '--reroll', '1,3'));
    const parts = await copyOf(base, join(film.folder, 'parts'));
    const kill = ({ type, shot }: { type: string; shot?: number }): boolean =>
      type === 'keyframe' && shot === 3;
    await stopped(args(parts, '--reroll', '1,3'), 'SIGKILL', kill);
    await cli(...args(parts, '--reroll', '1,3'));
    expect(await filesOf(parts)).toEqual(await filesOf(whole));
  });
});
