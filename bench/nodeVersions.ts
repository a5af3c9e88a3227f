import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { filesOf, tinyFilm } from '../src/testing/tinyFilm.ts';
import { binaryOf } from './nodeBinary.ts';

// Makes one small film, from script to movie, with this Node and with others: tsx bench/nodeVersions.ts 20.11.0 latest
// Others come from npm's package `node`; one that npm cannot bring is skipped, and said to be. Needs `npm run build`.

const run = promisify(execFile);
const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const versionOf = async (node: string): Promise<string> => (await run(node, ['--version'])).stdout.trim();

const film = await tinyFilm();
try {
  const filmOf = async (node: string, name: string): Promise<Record<string, string>> => {
    const out = join(film.folder, name);
    await run(node, [program, 'generate', film.script, '--out', out, '--seed', '7', ...film.models]);
    return filesOf(out);
  };
  const own = process.version;
  const expected = await filmOf(process.execPath, 'own');
  if (!expected['movie.mp4']) throw new Error(`node ${own}: there is no movie.mp4`);
  for (const version of process.argv.slice(2)) {
    const binary = await binaryOf(version);
    if ('why' in binary) {
      console.log(`node ${version}: SKIPPED, npm does not bring it (${binary.why})`);
      continue;
    }
    const name = await versionOf(binary.path);
    const made = await filmOf(binary.path, name);
    const all = new Set([...Object.keys(expected), ...Object.keys(made)]);
    const others = [...all].filter((file) => made[file] !== expected[file]);
    console.log(
      others.length === 0
        ? `node ${name}: a film of ${all.size} files, the same bytes as with ${own}`
        : `node ${name}: other bytes than with ${own} in ${others.join(', ')}`,
    );
    if (others.length > 0) process.exitCode = 1;
  }
} finally {
  await film.remove();
}
