import { sameShape } from '../graph/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import { CheckpointError, quote } from './checkpointError.ts';
import { explainNames } from './foreignNames.ts';
import type { StoredDType, TensorInfo } from './safetensorsHeader.ts';

export interface ExpectedTensor {
  readonly shape: readonly number[];
  /** Default: any of the float types. */
  readonly dtype?: StoredDType;
}

export interface CheckTensorsOptions {
  /** Stored tensors that nobody needs, e.g. `/position_ids$/`. */
  readonly ignore?: readonly RegExp[];
  /** Other names under which older checkpoints store the tensor `name`, the first that is there counts. */
  readonly aliases?: (name: string) => readonly string[];
}

const floats: readonly StoredDType[] = ['float32', 'float16', 'bfloat16', 'float64'];
const shown = 5;

/**
 * Compares a checkpoint with what a model expects and returns the stored name of every expected tensor.
 * Throws one `CheckpointError` that lists what is missing, what is unexpected and what has another shape or dtype.
 */
export function checkTensors(
  checkpoint: Pick<Checkpoint, 'path' | 'names' | 'has' | 'info'>,
  expected: ReadonlyMap<string, ExpectedTensor>,
  { ignore = [], aliases = () => [] }: CheckTensorsOptions = {},
): Map<string, string> {
  const stored = new Map<string, string>();
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const [name, want] of expected) {
    const own = [name, ...aliases(name)].find((n) => checkpoint.has(n));
    if (own === undefined) {
      missing.push(`${quote(name)} [${want.shape}]`);
      continue;
    }
    stored.set(name, own);
    const fault = compare(want, checkpoint.info(own));
    if (fault !== undefined) wrong.push(`${quote(own)} ${fault}`);
  }
  const used = new Set(stored.values());
  const unexpected = checkpoint
    .names()
    .filter((n) => !used.has(n) && !ignore.some((pattern) => n.search(pattern) >= 0))
    .map((n) => `${quote(n)} [${checkpoint.info(n).shape}]`);
  const faults = [
    summary('missing', missing),
    summary('unexpected', unexpected),
    summary('of another shape or dtype', wrong),
  ].filter((line) => line !== undefined);
  if (faults.length === 0) return stored;
  throw new CheckpointError({
    file: checkpoint.path,
    problem: `does not fit the model\n  ${faults.join('\n  ')}`,
    help:
      (missing.length > 0 ? explainNames(checkpoint.names()) : undefined) ??
      'Check that config.json belongs to these weights, and that they are of the model that is meant',
  });
}

function compare(want: ExpectedTensor, { dtype, shape }: TensorInfo): string | undefined {
  const rightType = want.dtype === undefined ? floats.includes(dtype) : dtype === want.dtype;
  if (rightType && sameShape(want.shape, shape)) return undefined;
  return `expected ${want.dtype ?? 'float'} [${want.shape}], got ${dtype} [${shape}]`;
}

function summary(what: string, items: readonly string[]): string | undefined {
  if (items.length === 0) return undefined;
  const more = items.length > shown ? `, ... ${items.length - shown} more` : '';
  return `${items.length} ${what}: ${items.slice(0, shown).join(', ')}${more}`;
}
