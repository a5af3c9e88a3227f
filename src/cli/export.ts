import { type Command, InvalidArgumentError, Option } from 'commander';
import { RunFolder } from '../film/index.ts';
import {
  type FormatName,
  formatNames,
  type PerPage,
  perPageChoices,
  type SignWith,
} from '../interchange/index.ts';
import type { Terminal } from './terminal.ts';
import { integer, UsageError } from './usage.ts';

interface Options {
  readonly to: FormatName;
  readonly out?: string;
  readonly script?: string;
  readonly absolute?: boolean;
  readonly size?: { readonly width: number; readonly height: number };
  readonly fps?: number;
  readonly between: 'hold' | 'mix';
  readonly sign?: readonly string[];
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
    .option(
      '--sign <certificate key...>',
      'signs a film (mp4) or keyframes (png) with content credentials: paths of a certificate and its key, PEM',
    )
    .option('--size <WxH>', 'of a film (mp4), e.g. 1280x720; another shape is a crop around faces', size)
    .option('--fps <n>', 'frames a second of a film (mp4)', integer(1, 120))
    .addOption(
      new Option(
        '--between <how>',
        'what stands between frames at a higher rate: the frame before, or a fade',
      )
        .choices(['hold', 'mix'])
        .default('hold'),
    )
    .option('--absolute', 'writes absolute paths of clips (default: relative to the file)')
    .action((folder: string, options: Options) => exportFrom(folder, options, terminal));
}

function perPage(text: string): PerPage {
  const choice = perPageChoices.find((n) => `${n}` === text);
  if (choice === undefined) throw new InvalidArgumentError(`It must be one of ${perPageChoices.join(', ')}.`);
  return choice;
}

function size(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d+)x(\d+)$/i.exec(text) ?? [];
  if (width === undefined)
    throw new InvalidArgumentError('It must be a width and a height, such as 1280x720.');
  return { width: Number(width), height: Number(height) };
}

function signWith(paths: readonly string[]): SignWith {
  const [certificate, key] = paths;
  if (certificate === undefined || key === undefined || paths.length > 2) {
    throw new UsageError(
      `--sign takes two paths, a certificate and its key, and got ${paths.length}; give the folder before it`,
    );
  }
  return { certificate, key };
}

async function exportFrom(
  folder: string,
  { to, script, sign, ...options }: Options,
  terminal: Terminal,
): Promise<void> {
  const { exportFilm, filmSource } = await import('../interchange/index.ts');
  const film = await filmSource(await RunFolder.read(folder), script);
  const { path, notices } = await exportFilm(film, to, { ...options, sign: sign && signWith(sign) });
  for (const notice of notices) terminal.err(notice);
  terminal.out(path);
}
