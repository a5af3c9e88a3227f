/*
 * Kills `moviedreamer footage` with SIGKILL at random moments, begins it again each time, and compares the data set with one that
 * was made without a stop, byte for byte. The journals of what models saw are a part of it: a keyframe that was looked at twice
 * would stand there twice.
 *
 *   npm run build && npx tsx bench/footageKills.ts [FILM...] [--kills 20] [--seed 1]
 *
 * Without FILM two short theatre films are drawn.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../src/random/index.ts';
import { writeTheatreFilm } from '../src/testing/films/theatreFilm.ts';

const { values, positionals: films } = parseArgs({
  allowPositionals: true,
  options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const program = new URL('../dist/cli/main.js', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'bench-kills-'));

/** Runs the command; kills it after so many milliseconds. Returns whether it ended by itself. */
async function run(out: string, killAfter: number): Promise<boolean> {
  const child = spawn(process.execPath, [program, 'footage', ...films, '--out', out, '--threads', '1'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfter);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  if (code !== null && code !== 0) throw new Error(`footage ended with ${code}`);
  return code === 0;
}

/** SHA-256 of each file below a folder. */
function hashes(folder: string): Map<string, string> {
  const names = (readdirSync(folder, { recursive: true }) as string[]).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(
    files.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}

try {
  if (films.length === 0) {
    for (const seed of [0, 1]) {
      const film = join(dir, `film ${seed}.mp4`);
      const shots = Array.from({ length: 4 }, (_, shot) => ({ shot, frames: 24 }));
      await writeTheatreFilm(film, shots, { seed });
      films.push(film);
    }
  }
  const whole = join(dir, 'whole');
  const begun = performance.now();
  await run(whole, 2 ** 30);
  const takes = performance.now() - begun;
  const expected = hashes(whole);
  const random = Random.of(Number(values.seed), 'kills');
  let [kills, sets, different] = [0, 0, 0];
  while (kills < Number(values.kills)) {
    const out = join(dir, `set-${sets++}`);
    // a few kills for each set, each somewhere in what an undisturbed run takes
    for (let ended = false; !ended && kills < Number(values.kills); ) {
      ended = await run(out, random.uniform() * takes);
      if (!ended) kills++;
      if (random.chance(0.3)) break;
    }
    await run(out, 2 ** 30);
    const got = hashes(out);
    const names = [...new Set([...expected.keys(), ...got.keys()])].filter(
      (n) => expected.get(n) !== got.get(n),
    );
    if (names.length > 0) different++;
    for (const name of names) console.log(`set ${sets - 1}: ${name} differs`);
  }
  console.log(`${kills} kills over ${sets} data sets of ${expected.size} files: ${different} differ`);
  if (different > 0) process.exitCode = 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
