import type { Command } from 'commander';
import { isShipped } from '../presets/index.ts';
import { UsageError } from './usage.ts';

/** Options that name where a command writes. */
const written = ['out', 'cache'] as const;

/**
 * Refuses a command that would write into the package's own weights: only `train` changes them, and only where
 * `--weights` names their folder. Throws `UsageError`.
 */
export async function keepShippedWeights(command: Command): Promise<void> {
  const options: Record<string, unknown> = command.opts();
  for (const name of written) {
    const folder = options[name];
    if (typeof folder !== 'string' || !(await isShipped(folder))) continue;
    throw new UsageError(
      `${pathOf(command)}: --${name} ${folder} lies in the weights that come with the package, which only train changes, and only ` +
        "where --weights names their folder. Give another folder (other commands read a preset's weights there with --weights)",
    );
  }
}

/** `models merge`. */
function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}
