import { totalmem } from 'node:os';
import { type ParameterSlot, sizeOfSlot } from './parameterLayout.ts';

/** What a store keeps beside parameters and gradients. */
export interface StoreOptions {
  /** How Adam's moments are kept: float32, 8 bytes a value, or `adamw8bit`, 2 bytes (`QuantizedMoment`). */
  readonly optimizer?: 'adamw' | 'adamw8bit';
  /** An average of the parameters; without it `ema` reads as the parameters. Default true. */
  readonly ema?: boolean;
  /** Room for a second batch's gradients, which `accumulate` adds. Default true. */
  readonly accumulates?: boolean;
}

/** All arrays of float32 that a store may have; `scratch` is a second batch's gradients. */
export const storeArrays = ['parameters', 'gradients', 'm', 'v', 'ema', 'scratch'] as const;
/** One of `storeArrays`. */
export type AnyArray = (typeof storeArrays)[number];
/** Those that are read and written; `ema` is the exponential moving average of the parameters. */
export type StoreArray = Exclude<AnyArray, 'scratch'>;

/** Values of quantised moments that are unpacked at once. */
export const unpackedChunk = 65_536;
/** Bytes of a parameter's two moments, each with a scale for every 256. */
const momentBytes = 2 * (1 + 4 / 256);
/** WebAssembly addresses 4 GiB. */
const memoryBytes = 2 ** 32 - 65_536;

/** The arrays of float32 that a store with these options has. */
export const arraysOf = ({ optimizer, ema = true, accumulates = true }: StoreOptions): AnyArray[] =>
  storeArrays.filter((name) => {
    if (name === 'm' || name === 'v') return optimizer !== 'adamw8bit';
    return name === 'ema' ? ema : name === 'scratch' ? accumulates : true;
  });

/** Bytes of a store of `values` values: what they take with gradients, moments and average. */
export function storeBytes(values: number, options: StoreOptions = {}): number {
  return values * (4 * arraysOf(options).length + (options.optimizer === 'adamw8bit' ? momentBytes : 0));
}

/** The most values of one memory: its arrays must fit into it. */
export function maxStoreValues(options: StoreOptions = {}): number {
  const room = memoryBytes - (options.optimizer === 'adamw8bit' ? 2 * 4 * unpackedChunk : 0);
  return Math.floor(room / 4 / arraysOf(options).length / 64) * 64 - 64;
}

/**
 * Checks a layout before memory is taken for it.
 * @param available bytes that the machine has
 * @throws RangeError that names the parameter, or says what would need less memory
 */
export function checkLayout(
  layout: readonly ParameterSlot[],
  length: number,
  options: StoreOptions = {},
  available: number = totalmem(),
): void {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(`createStore: length must be a whole number from 0, got ${length}`);
  }
  const needed = storeBytes(length, options);
  if (needed > available) {
    const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
    const { optimizer, ema = true, accumulates = true } = options;
    const leaner = [
      'lora',
      ...(optimizer === 'adamw8bit' ? [] : ['optimizer adamw8bit']),
      ...(ema ? ['no average (emaDecay 0)'] : []),
      ...(accumulates ? ['accumulate 1'] : []),
    ];
    throw new RangeError(
      `createStore: ${length} trained values need ${gb(needed)} with gradients and the optimizer's state, this machine has ` +
        `${gb(available)}. Train with ${leaner.join(', or ')}`,
    );
  }
  const most = maxStoreValues(options);
  const names = new Set<string>();
  let end = 0;
  let before = '';
  for (const { name, shape, offset } of [...layout].sort((a, b) => a.offset - b.offset)) {
    if (names.has(name)) throw new RangeError(`createStore: parameter '${name}' occurs twice`);
    names.add(name);
    const size = sizeOfSlot({ name, shape, offset });
    if (![...shape, offset, size].every((n) => Number.isSafeInteger(n) && n >= 0)) {
      throw new RangeError(`createStore: parameter '${name}' has shape [${shape}] at offset ${offset}`);
    }
    if (size > most) {
      throw new RangeError(
        `createStore: parameter '${name}' has ${size} values, but one WebAssembly memory holds ${most} with their gradients ` +
          "and the optimizer's state. Train with optimizer adamw8bit, or without an average (emaDecay 0)",
      );
    }
    if (offset < end) {
      throw new RangeError(
        `createStore: parameter '${name}' at ${offset} overlaps '${before}', which ends at ${end}`,
      );
    }
    end = offset + size;
    before = name;
    if (end > length) {
      throw new RangeError(`createStore: parameter '${name}' ends at ${end}, the store at ${length}`);
    }
  }
}
