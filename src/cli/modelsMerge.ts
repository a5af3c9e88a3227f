import { mergeAdapter } from '../checkpoints/index.ts';
import { sizeText } from '../hub/index.ts';
import { ProgressBar } from './progress.ts';
import { stoppable, stopsForGood } from './show.ts';
import type { Terminal } from './terminal.ts';

export interface MergeModelsOptions {
  readonly base: string;
  readonly adapter: string;
  readonly out: string;
}

/** `moviedreamer models merge`: a model with its adapter added to its weights. */
export async function mergeModels(options: MergeModelsOptions, terminal: Terminal): Promise<void> {
  let bar: ProgressBar | undefined;
  const onProgress = (done: number, total: number): void => {
    bar ??= new ProgressBar(terminal, 'merge', total, { amount: sizeText });
    bar.update(done);
  };
  const merge = (signal: AbortSignal): Promise<number> => mergeAdapter({ ...options, onProgress, signal });
  const layers = await stoppable(merge, () => {}, terminal, stopsForGood);
  terminal.status?.('');
  terminal.out(`${options.out}: ${layers} adapters merged`);
}
