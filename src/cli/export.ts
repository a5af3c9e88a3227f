import { type Command, InvalidArgumentError, Option } from 'commander';
import { RunFolder } from '../film/index.ts';
import { type FormatName, formatNames, type PerPage, perPageChoices } from '../interchange/index.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly to: FormatName;
  readonly out?: string;
  readonly script?: string;
  readonly absolute?: boolean;
  readonly perPage?: PerPage;
}

/** `moviedreamer export FOLDER --to FORMAT`: a film for editors, and its pictures on pages. */
export function addExport(program: Command, terminal: Terminal): void {
  program
    .command('export')
    .description('writes a finished film for editors: its cut, its subtitles, its pictures on pages')
    .argument('<folder>', "the film's folder")
    .addOption(new Option('--to <format>', 'what to write').choices([...formatNames]).makeOptionMandatory())
    .option('--out <file>', "where to (default: in the film's folder)")
    .option('--script <file>', 'the script (default: where it was when the film was made)')
    .option('--per-page <n>', `shots on a page of a PDF: ${perPageChoices.join(', ')} (default: 6)`, perPage)
    .option('--absolute', 'writes absolute paths of clips (default: relative to the file)')
    .action((folder: string, options: Options) => exportFrom(folder, options, terminal));
}

function perPage(text: string): PerPage {
  const choice = perPageChoices.find((n) => `${n}` === text);
  if (choice === undefined) throw new InvalidArgumentError(`It must be one of ${perPageChoices.join(', ')}.`);
  return choice;
}

async function exportFrom(
  folder: string,
  { to, script, ...options }: Options,
  terminal: Terminal,
): Promise<void> {
  const { exportFilm, filmSource } = await import('../interchange/index.ts');
  const film = await filmSource(await RunFolder.read(folder), script);
  const { path, notices } = await exportFilm(film, to, options);
  for (const notice of notices) terminal.err(notice);
  terminal.out(path);
}
