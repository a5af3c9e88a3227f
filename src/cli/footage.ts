import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FootageEvent, FootageOptions } from '../footage/index.ts';
import { type DeviceName, deviceNames } from '../runtime/index.ts';
import { duration } from './progress.ts';
import { failedAsJson, runEvents, type Show } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer, number, numberWithin } from './usage.ts';

interface Options extends Omit<FootageOptions, 'films' | 'signal'> {
  readonly device: DeviceName;
  readonly json?: boolean;
}

/** As `peopleSources` of the room footage, which is loaded only when the command runs. */
const sources = ['theatre', 'human', 'none'];

/** `moviedreamer footage FILM...`: a data set from films. */
export function addFootage(program: Command, terminal: Terminal): void {
  program
    .command('footage')
    .description('makes a data set from films: keyframes, cuts, people, faces and who they are')
    .argument('<film...>', 'video files; films are added to those that the data set has')
    .requiredOption('--out <folder>', 'the data set')
    .option('--preset <name>', 'size of pictures and models: a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', 'its weights (default: those of the preset)')
    .option('--every <seconds>', 'from one keyframe to the next', number(0.001), 1)
    .option(
      '--skip-start <seconds>',
      'left out at the beginning, or auto: black frames, an opening',
      skip,
      'auto',
    )
    .option('--skip-end <seconds>', 'left out at the end, or auto: black frames, credits', skip, 'auto')
    .addOption(
      new Option('--people <source>', "who finds people and faces; theatre: the preset's own models")
        .choices(sources)
        .default('theatre'),
    )
    .option(
      '--same-face <cosine>',
      'least mean similarity of faces that are one person (default: that of their encoder)',
      numberWithin(-1, 1),
    )
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .option('--json', 'prints one event a line as JSON')
    .action((films: string[], options: Options) => run(films, options, terminal));
}

/** `auto`, or seconds. */
function skip(text: string): number | 'auto' {
  if (text === 'auto') return text;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be auto or a number of seconds from 0.');
}

async function run(
  films: readonly string[],
  { json, ...options }: Options,
  terminal: Terminal,
): Promise<void> {
  const { footage } = await import('../footage/index.ts');
  const show = json ? jsonLines(terminal) : inWords(terminal);
  await runEvents((signal) => footage({ ...options, films, signal }), show, terminal);
}

function jsonLines(terminal: Terminal): Show<FootageEvent> {
  return { event: (event) => terminal.out(JSON.stringify(event)), failed: failedAsJson(terminal) };
}

/** Milliseconds between two lines of progress where it cannot be redrawn. */
const QUIET = 10_000;

function inWords(terminal: Terminal): Show<FootageEvent> {
  let shown = performance.now();
  const progress = (line: string): void => {
    terminal.status?.(line);
    if (terminal.status || performance.now() - shown < QUIET) return;
    shown = performance.now();
    terminal.err(line);
  };
  return {
    event: (event) => {
      if (event.type === 'film') terminal.err(`${event.film}: ${event.path}`);
      else if (event.type === 'progress') progress(progressLine(event));
      else if (event.type === 'notice')
        terminal.err(event.film ? `${event.film}: ${event.message}` : event.message);
      else if (event.type === 'refused') terminal.err(`refused: ${event.reason}`);
      else if (event.type === 'finished') terminal.err(finishedLine(event));
      else {
        terminal.err(`${event.films} films, ${event.frames} keyframes; what was left out: ${event.report}`);
        terminal.out(event.path);
      }
    },
    failed: () => {},
  };
}

function progressLine({ film, step, done, total }: FootageEvent & { readonly type: 'progress' }): string {
  return step === 'keyframes'
    ? `${film}: keyframes to ${duration(done)}`
    : `${film}: people ${done}/${total}`;
}

function finishedLine({ film, record: { counts } }: FootageEvent & { readonly type: 'finished' }): string {
  const { frames, shots, people, identities } = counts;
  return `${film}: ${frames} keyframes, ${shots} shots, ${people} people seen, ${identities} identities`;
}
