import { dirname, join } from 'node:path';
import type { LineFate, ScreenplayImport } from '../screenplay/index.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `moviedreamer import FILM.fountain --out SCRIPT`: a screenplay becomes a script. */
export async function importScreenplay(
  file: string,
  { out = join(dirname(file), 'script.yaml'), force = false, json }: Options,
  terminal: Terminal,
): Promise<void> {
  const { importScreenplay: importFile } = await import('../screenplay/index.ts');
  const result = await importFile(file, out, { force });
  if (json) {
    const { written, portraits, kept, fates } = result;
    terminal.out(JSON.stringify({ type: 'import', written, portraits, kept, lines: fates }));
    return;
  }
  for (const line of leftOut(result.fates)) terminal.err(`left out: ${line}`);
  for (const what of result.kept) terminal.err(`kept as in the script: ${what}`);
  for (const path of result.portraits) terminal.err(`a portrait is missing: ${path}`);
  terminal.out(summary(out, result));
}

function summary(out: string, { script, cast }: ScreenplayImport): string {
  const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
  const seconds = script.shots.reduce((sum, shot) => sum + (shot.seconds ?? 0), 0);
  const people = count(cast.length, 'person', 'people');
  return `${out}: ${count(script.shots.length, 'shot', 'shots')}, ${people}, ${Math.round(seconds)} s`;
}

const leftOut = (fates: readonly LineFate[]): string[] =>
  fates.flatMap(({ line, to, leftOut: why }) =>
    why === undefined ? [] : [`${line === to ? `line ${line}` : `lines ${line} to ${to}`}, ${why}`],
  );
