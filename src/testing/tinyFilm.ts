import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../cli/cli.ts';
import { newImage, writePng } from '../media/index.ts';
import { writeTinyPreset } from './tinyPreset.ts';

/** A folder with a script of three shots, two portraits, and the tiny preset with its weights. */
export interface TinyFilm {
  readonly folder: string;
  /** Path of the script. */
  readonly script: string;
  /** `--preset`, `--weights` and `--threads`. */
  readonly models: readonly string[];
  remove(): Promise<void>;
}

export const tinyScript = `title: The lighthouse
characters:
  mara: { face: mara.png, description: A woman with long red hair and a blue hoodie. }
  tom: { face: tom.png, description: A bald man. He limps. }
shots:
  - { characters: { mara: smiling, tom: surprised }, elements: [Snowy forest, Night], plot: Mara shows Tom the light., seconds: 0.5 }
  - { characters: [tom], elements: [Close-up], plot: Tom runs. He falls., seconds: 1.5 }
  - { plot: The sea at night., seconds: 0.25 }
`;

export async function tinyFilm(script: string = tinyScript): Promise<TinyFilm> {
  const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
  const { preset, weights } = await writeTinyPreset(folder);
  await writePng(join(folder, 'mara.png'), newImage(40, 40, [200, 100, 50]));
  await writePng(join(folder, 'tom.png'), newImage(40, 40, [20, 100, 150]));
  await writeFile(join(folder, 'script.yaml'), script);
  return {
    folder,
    script: join(folder, 'script.yaml'),
    models: ['--preset', preset, '--weights', weights, '--threads', '1'],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The lines of `out` as JSON, where it is. */
  readonly events: Record<string, unknown>[];
}

/** Runs a command line in this process. */
export async function cli(...args: readonly string[]): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (line: string) => out.push(line),
    err: (line: string) => err.push(line),
    status: undefined,
  };
  const code = await runCli(args, terminal);
  const events = args.includes('--json')
    ? out.map((line) => JSON.parse(line) as Record<string, unknown>)
    : [];
  return { code, out: out.join('\n'), err: err.join('\n'), events };
}

/** What a run made anew, such as `['tokens 2', 'keyframe 2', 'movie']`. */
export function madeIn({ events }: Pick<CliResult, 'events'>): string[] {
  return events.flatMap(({ type, shot, reused }) =>
    reused === false ? [shot === undefined ? `${type}` : `${type} ${shot}`] : [],
  );
}

/** All files below a folder with their bytes, as hex. */
export async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  const contents: Record<string, string> = {};
  for (const file of files.sort())
    contents[file.slice(folder.length + 1)] = (await readFile(file)).toString('hex');
  return contents;
}

/** A copy of a run folder, to change. */
export async function copyOf(folder: string, to: string): Promise<string> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  await cp(folder, to, { recursive: true });
  return to;
}
