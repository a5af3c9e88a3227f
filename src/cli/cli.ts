import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { errorRecord, isExpectedError } from '../base/index.ts';
import { inWords, logFromEnvironment, OutputError } from '../files/index.ts';
import { addAblate } from './ablate.ts';
import { addBenchmark } from './benchmark.ts';
import { addCaptions } from './captions.ts';
import { addCheck } from './check.ts';
import { addCompare } from './compare.ts';
import { addCredentials } from './credentials.ts';
import { addDoctor } from './doctor.ts';
import { addEvaluate } from './evaluate.ts';
import { addExport } from './export.ts';
import { addFootage } from './footage.ts';
import { addGenerate } from './generate.ts';
import { addImport } from './import.ts';
import { BROKEN_PIPE, StoppedError } from './interrupt.ts';
import { addModels } from './models.ts';
import { addNew } from './new.ts';
import { keepShippedWeights } from './shippedWeights.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { addTheatre } from './theatre.ts';
import { addTrain } from './train.ts';

/** Adds one command to the program; its action throws where it fails. */
export type AddCommand = (program: Command, terminal: Terminal) => void;

const commands: readonly AddCommand[] = [
  addNew,
  addGenerate,
  addCheck,
  addEvaluate,
  addCompare,
  addBenchmark,
  addAblate,
  addTrain,
  addExport,
  addImport,
  addCredentials,
  addTheatre,
  addFootage,
  addCaptions,
  addModels,
  addDoctor,
];

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** Runs a command line (without `node` and the script's name) and returns the exit status. */
export async function runCli(
  args: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  logFromEnvironment();
  const program = new Command('moviedreamer')
    .description('From a script to a long film whose characters stay themselves.')
    .version(version)
    .enablePositionalOptions() // options belong to the command before them
    .showHelpAfterError('(--help lists what there is)')
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .hook('preAction', (_program, command) => keepShippedWeights(command))
    .exitOverride();
  for (const add of commands) add(program, terminal);
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, terminal);
  }
}

function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode; // it has printed what was wrong
  if (error instanceof StoppedError) {
    if (!isQuiet(error.exitCode)) terminal.err(error.message);
    return error.exitCode;
  }
  const known = systemError(error);
  const { name, message, hint } = errorRecord(known ?? error);
  if (process.env.DEBUG && error instanceof Error) terminal.err(error.stack ?? message);
  else if (isExpectedError(known ?? error)) terminal.err(message);
  else terminal.err(`${name}: ${message}\n(DEBUG=1 shows where this happened)`);
  if (hint !== undefined) terminal.err(hint);
  return 1;
}

/** Nobody reads, or the reason was given. */
const isQuiet = (exitCode: number): boolean => exitCode === BROKEN_PIPE || exitCode === 1;

/** Codes of the system that say all: not of a program that looked for a file in a wrong place. */
const telling = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENAMETOOLONG',
  'ELOOP',
  'EIO',
  'ESTALE',
]);

/** A failure of the disk that nobody on the way put in words. */
function systemError(error: unknown): OutputError | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined || !telling.has(code)) return undefined;
  return new OutputError(`${path}: ${inWords(error)}`, { cause: error });
}
