import { RunFolder } from '../film/index.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

interface Options {
  readonly film?: string;
  readonly script?: string;
  readonly json?: boolean;
}

/** `moviedreamer import CUT.otio --film FOLDER`: an edited timeline becomes the cut of the film's script. */
export async function importEdit(
  file: string,
  { film: folder, script, json }: Options,
  terminal: Terminal,
): Promise<void> {
  if (folder === undefined)
    throw new UsageError(`which film is ${file} the cut of? Add --film and the film's folder`);
  const { filmSource, importCut } = await import('../interchange/index.ts');
  const result = await importCut(await filmSource(await RunFolder.read(folder), script), file);
  if (json) {
    terminal.out(JSON.stringify({ type: 'import', ...result }));
    return;
  }
  for (const notice of result.notices) terminal.err(notice);
  for (const change of result.changes) terminal.out(change);
  if (!result.changed) terminal.out(`${result.script} has this cut already`);
  else {
    terminal.out(`${result.script}: its cut is now of ${result.pieces} pieces`);
    terminal.err(`npx moviedreamer generate ${result.script} --out ${folder} makes the film of it`);
  }
}
