import { explainDiskError } from '../files/index.ts';
import { sizeText, type Variant } from '../hub/index.ts';
import { synthesize } from '../inference/index.ts';
import { type ModelName, modelNames, Preset } from '../presets/index.ts';
import { listenForInterrupt } from './interrupt.ts';
import { ProgressBar } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

export interface SynthModelsOptions {
  readonly preset: string;
  readonly out: string;
  readonly seed: number;
  readonly only?: string;
  readonly variant?: Variant;
  readonly shard?: number;
}

/** Writes checkpoints of a preset's shapes with random weights. */
export async function synthModels(
  { preset: name, out, seed, only, variant, shard }: SynthModelsOptions,
  terminal: Terminal,
): Promise<void> {
  const preset = await Preset.open(name);
  const parts = only?.split(',').map((part) => part.trim());
  const unknown = parts?.find((part) => !modelNames.some((known) => known === part));
  if (unknown !== undefined) {
    throw new UsageError(
      `models synth: there is no part '${unknown}'; the parts are ${modelNames.join(', ')}`,
    );
  }
  const interrupt = listenForInterrupt(() => terminal.err('stopping; whole files stay'));
  let bar: { part: ModelName; bar: ProgressBar } | undefined;
  try {
    await synthesize(preset, {
      out,
      seed,
      signal: interrupt.signal,
      ...(parts ? { only: parts as ModelName[] } : {}),
      ...(variant ? { variant } : {}),
      ...(shard ? { shardBytes: shard } : {}),
      onProgress: (part, done, total) => {
        if (bar?.part !== part)
          bar = { part, bar: new ProgressBar(terminal, part, total, { amount: sizeText }) };
        bar.bar.update(done);
      },
      onFile: (path, bytes) => {
        terminal.status?.('');
        terminal.out(`${path}  ${sizeText(bytes)}`);
      },
    });
  } catch (error) {
    terminal.status?.('');
    if (interrupt.signal.aborted) throw interrupt.signal.reason;
    throw await explainDiskError(error, out);
  } finally {
    interrupt.stop();
  }
  terminal.err(`random weights: --preset ${name} --weights ${out} uses them`);
}
