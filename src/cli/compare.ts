import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type BaseOptions,
  type CompareEvent,
  type CompareOptions,
  compare,
  listMethods,
  type MethodName,
  methodNames,
} from '../compare/index.ts';
import { defaultFaceThreshold } from '../evaluation/index.ts';
import { readScript } from '../film/index.ts';
import { samplerNames } from '../inference/index.ts';
import { deviceNames } from '../runtime/index.ts';
import { comparisonTable, methodLines } from './comparisonTable.ts';
import { DreamProgress } from './dreamProgress.ts';
import { nameOf } from './generate.ts';
import { ProgressBar } from './progress.ts';
import { failedAsJson, runEvents, type Show } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer, memory, number, numberWithin, UsageError } from './usage.ts';

interface Options extends Omit<CompareOptions, 'out' | 'precision' | 'faceThreshold' | 'signal'> {
  readonly out?: string;
  readonly with?: readonly MethodName[];
  readonly list?: boolean;
  readonly precision: 'fp32' | 'fp16';
  readonly threshold: number;
  readonly json?: boolean;
}

/** `moviedreamer compare SCRIPT --with NAME…`: the same script by several methods, measured, on one page. */
export function addCompare(program: Command, terminal: Terminal): void {
  program
    .command('compare')
    .description('makes a script by several methods, measures all films, and shows them side by side')
    .argument('[script]', 'the script, a YAML file')
    .option('--with <names...>', 'methods (default: all; --list shows them)', methodList)
    .option('--list', 'lists the methods, and whether the preset can make them')
    .option('--out <folder>', 'where page, figures and films go (default: out/compare/<name>)')
    .option('--seed <n>', 'the seed of all films (default: 0)', integer(0))
    .option('--preset <name>', 'models: a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', "the models' weights (default: those of the preset)")
    .option(
      '--weights-for <name=folder>',
      'weights of a method that needs a model trained otherwise, e.g. l1-l2=runs/l1l2; may be repeated',
      weightsFor,
    )
    .option('--steps <n>', 'denoising steps of keyframes', integer(0, 1000))
    .option('--clip-steps <n>', 'denoising steps of clips', integer(1, 1000))
    .option('--guidance <n>', 'classifier-free guidance of keyframes; 1 is none', number(0))
    .addOption(new Option('--sampler <name>', 'sampler of keyframes').choices([...samplerNames]))
    .option('--memory <amount>', 'the most that a stage may take, e.g. 8GB', memory)
    .option('--force', 'takes over folders that hold films of another script')
    .option('--truth <folder>', 'the true pictures of the shots, named such as 01.png')
    .option('--clip <folder>', 'another CLIP for the metrics')
    .option('--face <folder>', 'another face encoder for the metrics')
    .option('--aesthetic <file>', "LAION's aesthetic head for that CLIP, .safetensors")
    .option('--inception <file>', 'an Inception-v3 for FID and the Inception score, .safetensors')
    .option(
      '--threshold <cosine>',
      "from which a face is a character's, for LT",
      numberWithin(-1, 1),
      defaultFaceThreshold,
    )
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .addOption(
      new Option('--precision <name>', 'what models compute in; fp16 on GPUs only')
        .choices(['fp32', 'fp16'])
        .default('fp32'),
    )
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .option('--json', 'prints one event a line as JSON')
    .action((script: string | undefined, options: Options) => run(script, options, terminal));
}

/** Methods as people write them: `--with last-frame freenoise`, repeated, or with commas. */
function methodList(text: string, before: readonly MethodName[] = []): MethodName[] {
  const names = text.split(',').map((part) => {
    const known = methodNames.find((name) => name === part.trim());
    if (known) return known;
    throw new InvalidArgumentError(
      `There is no method '${part.trim()}'; there are ${methodNames.join(', ')}. The script stands before --with.`,
    );
  });
  return [...new Set([...before, ...names])];
}

function weightsFor(text: string, before: BaseOptions['weightsFor'] = {}): BaseOptions['weightsFor'] {
  const at = text.indexOf('=');
  const [name, folder] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  const known = methodNames.find((method) => method === name);
  if (known && folder !== '') return { ...before, [known]: folder };
  throw new InvalidArgumentError('Write a method and a folder, such as l1-l2=runs/l1l2.');
}

async function run(path: string | undefined, options: Options, terminal: Terminal): Promise<void> {
  const { out, with: names, list, precision, threshold, json, ...rest } = options;
  if (list) {
    const states = await listMethods(rest);
    for (const line of json ? states.map((state) => JSON.stringify(state)) : methodLines(states))
      terminal.out(line);
    return;
  }
  if (path === undefined)
    throw new UsageError('compare: give the script whose films are compared, or --list for the methods');
  const script = await readScript(path);
  const asked: CompareOptions = {
    ...rest,
    out: out ?? join('out', 'compare', nameOf(path)),
    ...(names ? { methods: names } : {}),
    ...(precision === 'fp16' ? { precision: 'float16' } : {}),
    faceThreshold: threshold,
  };
  const show = json ? jsonLines(terminal) : inWords(terminal, script.shots.length);
  await runEvents((signal) => compare(script, { ...asked, signal }), show, terminal);
}

function jsonLines(terminal: Terminal): Show<CompareEvent> {
  return {
    event: (event) => {
      if (event.type === 'evaluation' && event.event.type === 'evaluation') return; // figures come with the rows
      const { comparison: _, ...rest } = { comparison: undefined, ...event };
      if (event.type === 'comparison')
        for (const row of event.comparison.rows) terminal.out(JSON.stringify({ type: 'row', ...row }));
      terminal.out(JSON.stringify(rest));
    },
    failed: failedAsJson(terminal),
  };
}

/** The table is all that goes to the standard output; progress, and where each film lies, goes beside it. */
function inWords(terminal: Terminal, shots: number): Show<CompareEvent> {
  const beside = { ...terminal, out: terminal.err };
  let film: DreamProgress | undefined;
  let bar: ProgressBar | undefined;
  const said = new Set<string>();
  const once = (message: string): void => {
    if (!said.has(message)) terminal.err(message);
    said.add(message);
  };
  return {
    event: (event) => {
      switch (event.type) {
        case 'unavailable':
          terminal.err(`${event.method} cannot be had: ${event.why}`);
          break;
        case 'method':
          film?.ended();
          film = new DreamProgress(beside, shots);
          terminal.err(`${event.method} (${event.number} of ${event.of})`);
          break;
        case 'film':
          if (event.event.type === 'notice') once(event.event.message);
          else if (event.event.type !== 'check') film?.event(event.event); // the storyboards and the figures tell
          break;
        case 'evaluation': {
          film?.ended();
          film = undefined;
          const { event: own, method } = event;
          if (own.type === 'film') bar = new ProgressBar(terminal, method, own.frames);
          else if (own.type === 'notice') once(own.message);
          else if (own.type === 'frames') {
            bar?.update(own.done);
            if (own.done === own.frames) bar?.finish(`${own.frames} pictures looked at`);
          }
          break;
        }
        case 'comparison':
          for (const line of comparisonTable(event.comparison)) terminal.out(line);
          terminal.out(`figures: ${event.json}`);
          terminal.out(`page: ${event.html}`);
      }
    },
    failed: () => film?.failed(),
  };
}
