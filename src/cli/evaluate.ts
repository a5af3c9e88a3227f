import { type Command, Option } from 'commander';
import {
  defaultFaceThreshold,
  type Evaluation,
  type EvaluationEvent,
  evaluate,
  type FilmSource,
  type LoadEvaluatorOptions,
} from '../evaluation/index.ts';
import { type DeviceName, deviceNames } from '../runtime/index.ts';
import { evaluationTable } from './evaluationTable.ts';
import { ProgressBar } from './progress.ts';
import { failedAsJson, runEvents, type Show, stopsForGood } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer, numberWithin, UsageError } from './usage.ts';

interface Options extends LoadEvaluatorOptions {
  readonly frames?: string;
  readonly script?: string;
  readonly truth?: string;
  readonly out?: string;
  readonly threshold: number;
  readonly device: DeviceName;
  readonly json?: boolean;
}

/** `moviedreamer evaluate [RUN]`: how good a film is, in the paper's terms. */
export function addEvaluate(program: Command, terminal: Terminal): void {
  program
    .command('evaluate')
    .description("measures a film, or pictures that any system made, with the paper's metrics")
    .argument('[run]', 'the folder of a film that generate made')
    .option(
      '--frames <folder>',
      'instead of a film: pictures named by their shot, such as 01.png or 0001.jpg',
    )
    .option('--script <file>', "the pictures' script (default for a film: its own)")
    .option('--truth <folder>', 'the true pictures of the same shots, named likewise')
    .option(
      '--out <folder>',
      "where evaluation.json and evaluation.html go (default: the film's folder, else that of the pictures)",
    )
    .option('--preset <name>', 'encoders: a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', "the encoders' weights (default: those of the preset)")
    .option('--clip <folder>', 'another CLIP, as transformers publishes it, e.g. ViT-L/14')
    .option('--face <folder>', 'another face encoder: a CLIP vision tower, e.g. FaRL')
    .option('--aesthetic <file>', "LAION's aesthetic head for that CLIP, .safetensors")
    .option(
      '--inception <file>',
      "for FID and the Inception score: pytorch-fid's Inception-v3 or torchvision's, .safetensors",
    )
    .option(
      '--threshold <cosine>',
      "from which a face is a character's, for LT",
      numberWithin(-1, 1),
      defaultFaceThreshold,
    )
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .option('--json', 'prints one event a line as JSON')
    .action((run: string | undefined, options: Options) => evaluateFilm(run, options, terminal));
}

async function evaluateFilm(run: string | undefined, options: Options, terminal: Terminal): Promise<void> {
  const { threshold, json, frames: _frames, script: _script, truth: _truth, ...rest } = options;
  const show = json ? jsonLines(terminal) : inWords(terminal);
  const work = (signal: AbortSignal): AsyncIterable<EvaluationEvent> =>
    evaluate(sourceOf(run, options), { ...rest, faceThreshold: threshold, signal });
  await runEvents(work, show, terminal, stopsForGood);
}

function sourceOf(run: string | undefined, { frames, script, truth }: Options): FilmSource {
  const more = truth === undefined ? {} : { truth };
  if (run !== undefined && frames !== undefined) {
    throw new UsageError(
      `evaluate: got the film ${run} and --frames ${frames}; give one of them, the other by another command`,
    );
  }
  if (run !== undefined) return { run, ...(script === undefined ? {} : { script }), ...more };
  if (frames === undefined) {
    throw new UsageError(
      'evaluate: nothing to evaluate; give the folder of a film, or --frames FOLDER --script FILE',
    );
  }
  if (script === undefined) {
    throw new UsageError(
      'evaluate: --frames needs the script of the pictures, which says what they should show; give it with --script FILE',
    );
  }
  return { frames, script, ...more };
}

/** The evaluation itself becomes one line a metric. */
function jsonLines(terminal: Terminal): Show<EvaluationEvent> {
  const line = (event: object): void => terminal.out(JSON.stringify(event));
  return {
    event: (event) => {
      if (event.type !== 'evaluation') return line(event);
      const { evaluation, ...files } = event;
      for (const metric of evaluation.metrics) line({ type: 'metric', ...metric });
      for (const metric of evaluation.leftOut) line({ type: 'left-out', ...metric });
      line(files);
    },
    failed: failedAsJson(terminal),
  };
}

function inWords(terminal: Terminal): Show<EvaluationEvent> {
  let bar: ProgressBar | undefined;
  return {
    event: (event) => {
      switch (event.type) {
        case 'film':
          bar = new ProgressBar(terminal, 'frames', event.frames);
          bar.update(0);
          break;
        case 'frames':
          bar?.update(event.done);
          if (event.done === event.frames) bar?.finish(`${event.frames} looked at`);
          break;
        case 'notice':
          terminal.err(event.message);
          break;
        case 'evaluation':
          printEvaluation(event.evaluation, terminal);
          terminal.out(`figures: ${event.json}`);
          terminal.out(`pictures: ${event.html}`);
      }
    },
    failed: () => {},
  };
}

function printEvaluation(evaluation: Evaluation, terminal: Terminal): void {
  for (const line of evaluationTable(evaluation)) terminal.out(line);
}
