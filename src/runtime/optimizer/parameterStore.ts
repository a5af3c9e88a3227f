import { type OptimizerKernels, optimizerKernels } from './optimizerKernels.ts';
import { type ParameterSlot, type Range, sizeOfSlot, subtract } from './parameterLayout.ts';
import { leastQuantized, QuantizedMoment } from './quantizedMoments.ts';
import {
  type AnyArray,
  arraysOf,
  type StoreArray,
  type StoreOptions,
  storeArrays,
  unpackedChunk,
} from './storeMemory.ts';
import { type WasmMemory, wasm } from './wasm.ts';

/** Options of one AdamW step (Loshchilov & Hutter, 2019). */
export interface AdamWOptions {
  /** Learning rate of this step. */
  readonly lr: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly eps?: number;
  /** Default 0.01, as torch.optim.AdamW. */
  readonly weightDecay?: number;
  /** Number of this update, from 1: the bias correction. */
  readonly step: number;
  /** Scales the gradients down to this global norm where they exceed it (torch's clip_grad_norm_). */
  readonly clipNorm?: number;
  /** Factor on the gradients before everything else, e.g. 1 / accumulated batches. Default 1. */
  readonly gradientScale?: number;
  /** ema = emaDecay * ema + (1 - emaDecay) * parameters, after the update. Without it `ema` stays as it is. */
  readonly emaDecay?: number;
  /** Ranges without weight decay, e.g. norms and biases. */
  readonly noDecay?: readonly Range[];
  /** Ranges that stay as they are; they do not count in the norm. */
  readonly frozen?: readonly Range[];
}

/** What one AdamW step reports. */
export interface AdamWResult {
  /** Global norm of the scaled gradients before clipping. */
  readonly gradNorm: number;
  /** False when the norm was not finite: then nothing was changed. */
  readonly applied: boolean;
}

/**
 * Flat parameters with their gradients and optimizer state, in one memory that both ONNX Runtime (as inputs and
 * outputs, without copies) and the vectorised optimizer work on. Pages that are never touched take no memory.
 */
export class FlatParameters {
  readonly length: number;
  readonly slots: ReadonlyMap<string, ParameterSlot>;
  private readonly memory: WasmMemory;
  private readonly kernels: OptimizerKernels;
  private readonly names: readonly AnyArray[];
  private readonly stride: number; // bytes between the starts of two arrays
  private readonly tail: number; // byte address of six times four values, for what is no multiple of four
  private readonly unpacked: number; // byte address of two chunks of moments
  /** Moments with a byte a value, of the parameters that are large enough. */
  private readonly moments = new Map<string, { m: QuantizedMoment; v: QuantizedMoment }>();
  /** Moments of the small ones beside them. */
  private readonly small = new Map<string, { m: Float32Array; v: Float32Array }>();

  constructor(layout: readonly ParameterSlot[], length: number, options: StoreOptions = {}) {
    this.length = length;
    this.slots = new Map(layout.map((slot) => [slot.name, slot]));
    this.names = arraysOf(options);
    // Whole cache lines, plus one so that the arrays do not compete for the same cache sets.
    this.stride = (Math.ceil(length / 16) + 1) * 64;
    this.tail = this.stride * this.names.length;
    this.unpacked = this.tail + storeArrays.length * 16;
    const isQuantized = options.optimizer === 'adamw8bit';
    const pages = Math.ceil((this.unpacked + (isQuantized ? 2 * 4 * unpackedChunk : 0)) / 65_536);
    this.memory = new wasm.Memory({ initial: pages, maximum: pages });
    this.kernels = optimizerKernels(this.memory);
    if (!isQuantized) return;
    for (const slot of layout) {
      const size = sizeOfSlot(slot);
      if (size < leastQuantized)
        this.small.set(slot.name, { m: new Float32Array(size), v: new Float32Array(size) });
      else
        this.moments.set(slot.name, { m: new QuantizedMoment('m', size), v: new QuantizedMoment('v', size) });
    }
  }

  /** Copies a range of an array out of the store; it cuts no parameter. */
  read(name: StoreArray, [from, length]: Range = [0, this.length]): Float32Array {
    if ((name !== 'm' && name !== 'v') || this.names.includes('m'))
      return this.array(name).slice(from, from + length);
    const values = new Float32Array(length);
    for (const slot of this.slots.values()) {
      if (slot.offset < from || slot.offset >= from + length) continue;
      const part = values.subarray(slot.offset - from, slot.offset - from + sizeOfSlot(slot));
      const small = this.small.get(slot.name);
      if (small) part.set(small[name]);
      else this.moments.get(slot.name)?.[name].read(0, part);
    }
    return values;
  }

  /** Fills an array of the store from `from` on; the values end where a parameter does. */
  write(name: StoreArray, values: Float32Array, from = 0): void {
    if (name === 'ema' && !this.names.includes('ema')) return; // it is the parameters themselves
    if ((name !== 'm' && name !== 'v') || this.names.includes('m')) {
      this.array(name).set(values, from);
      return;
    }
    for (const slot of this.slots.values()) {
      if (slot.offset < from || slot.offset >= from + values.length) continue;
      const part = values.subarray(slot.offset - from, slot.offset - from + sizeOfSlot(slot));
      const small = this.small.get(slot.name);
      if (small) small[name].set(part);
      else this.moments.get(slot.name)?.[name].write(0, part);
    }
  }

  /** A view, not a copy. */
  array(name: AnyArray): Float32Array {
    return new Float32Array(this.memory.buffer, this.address(name), this.length);
  }

  /** The part of one parameter: a view of the same shape's size. */
  view(name: AnyArray, slot: ParameterSlot): Float32Array {
    return new Float32Array(this.memory.buffer, this.address(name) + slot.offset * 4, sizeOfSlot(slot));
  }

  /** gradients += scratch */
  accumulate(): void {
    if (!this.accumulates) throw new RangeError('accumulate: the store was made without room for it');
    this.inFours(0, this.length, (count, [, g, , , , s]) => this.kernels.add(g, s, count));
  }

  /**
   * One AdamW step in the order of torch.optim.AdamW (Loshchilov & Hutter, arXiv:1711.05101), in float32:
   *
   *     p *= 1 - lr * weightDecay
   *     m = beta1 * m + (1 - beta1) * g;  v = beta2 * v + (1 - beta2) * g^2
   *     p -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
   */
  adamw(options: AdamWOptions): AdamWResult {
    const { gradNorm, clip } = clipping(this.sumSquares(options), options);
    if (!Number.isFinite(gradNorm)) return { gradNorm, applied: false };
    this.update(options, clip);
    return { gradNorm, applied: true };
  }

  /** Of the gradients as they are, without those that are frozen. */
  sumSquares({ frozen = [] }: Pick<AdamWOptions, 'frozen'>): number {
    let sum = 0;
    for (const [offset, length] of subtract([[0, this.length]], frozen)) {
      this.inFours(offset, length, (count, [, g]) => {
        sum += this.kernels.sumSquares(g, count);
      });
    }
    return sum;
  }

  /** The update of `adamw`, with gradients that are scaled by `clip` beside their own scale. */
  update(options: AdamWOptions, clip: number): void {
    const { lr, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0.01, step } = options;
    const { gradientScale = 1, emaDecay, noDecay = [], frozen = [] } = options;
    const live = subtract([[0, this.length]], frozen);
    const withEma = emaDecay !== undefined && this.names.includes('ema');
    const kernel = withEma ? this.kernels.adamwEma : this.kernels.adamw;
    const apply =
      (decay: number) =>
      (count: number, [p, g, m, v, ema]: Addresses) =>
        kernel(
          ...([p, g, m, v, ema, count, gradientScale * clip, decay] as const),
          ...([beta1, 1 - beta1, beta2, 1 - beta2, Math.sqrt(1 - beta2 ** step), eps] as const),
          ...([lr / (1 - beta1 ** step), 1 - (emaDecay ?? 0)] as const),
        );
    const update = (ranges: readonly Range[], decay: number): void => {
      for (const [offset, length] of ranges) {
        if (this.names.includes('m')) this.inFours(offset, length, apply(decay));
        else this.inChunks(offset, length, apply(decay));
      }
    };
    const decayed = subtract(live, noDecay);
    update(decayed, 1 - lr * weightDecay);
    if (noDecay.length > 0) update(subtract(live, decayed), 1);
  }

  /**
   * Calls `work` with the addresses of all arrays at `offset` and a count that is a multiple of four; the last one
   * to three values go through a padded place, so that the same arithmetic serves them.
   */
  private inFours(offset: number, length: number, work: (count: number, addresses: Addresses) => void): void {
    const whole = length - (length % 4);
    if (whole > 0) work(whole, storeArrays.map((name) => this.address(name) + offset * 4) as Addresses);
    if (whole === length) return;
    const padded = storeArrays.map((_, i) => this.tail + i * 16);
    const rest = this.names.map((name) => this.array(name).subarray(offset + whole, offset + length));
    const places = this.names.map((name) => {
      return new Float32Array(this.memory.buffer, padded[storeArrays.indexOf(name)] as number, 4);
    });
    places.forEach((place, i) => {
      place.fill(0);
      place.set(rest[i]!);
    });
    work(4, padded as Addresses);
    places.forEach((place, i) => {
      rest[i]!.set(place.subarray(0, length - whole));
    });
  }

  /** As `inFours` over the parameters that begin in the range, with moments that are unpacked and packed again. */
  private inChunks(
    offset: number,
    length: number,
    work: (count: number, addresses: Addresses) => void,
  ): void {
    for (const slot of this.slots.values()) {
      if (slot.offset < offset || slot.offset >= offset + length) continue;
      const size = sizeOfSlot(slot);
      for (let at = 0; at < size; at += unpackedChunk) {
        const n = Math.min(unpackedChunk, size - at);
        const [m, v] = [this.unpacked, this.unpacked + 4 * unpackedChunk];
        const room = Math.ceil(n / 4) * 4;
        for (const address of [m, v]) new Float32Array(this.memory.buffer, address, room).fill(0);
        const [means, squares] = [m, v].map((address) => new Float32Array(this.memory.buffer, address, n));
        const small = this.small.get(slot.name);
        const moments = this.moments.get(slot.name);
        if (small) {
          means?.set(small.m);
          squares?.set(small.v);
        } else {
          moments?.m.read(at, means as Float32Array);
          moments?.v.read(at, squares as Float32Array);
        }
        // parameters begin at multiples of 16 values, and what lies between them is zero and stays so
        const from = (slot.offset + at) * 4;
        const [p, g, ema] = (['parameters', 'gradients', 'ema'] as const).map((a) => this.address(a) + from);
        work(room, [p as number, g as number, m, v, ema as number, 0]);
        if (small) {
          small.m.set(means as Float32Array);
          small.v.set(squares as Float32Array);
        } else {
          moments?.m.write(at, means as Float32Array);
          moments?.v.write(at, squares as Float32Array);
        }
      }
    }
  }

  /** Whether the store has room for a second batch's gradients. */
  get accumulates(): boolean {
    return this.names.includes('scratch');
  }

  /** An array's first byte. Without an average of its own, it is that of the parameters; nothing reads the others. */
  private address(name: AnyArray): number {
    return this.stride * Math.max(0, this.names.indexOf(name));
  }
}

type Addresses = [p: number, g: number, m: number, v: number, ema: number, scratch: number];

/** The global norm of gradients from the sum of their squares, and what clipping multiplies them with. */
export function clipping(
  sumSquares: number,
  { gradientScale = 1, clipNorm }: Pick<AdamWOptions, 'gradientScale' | 'clipNorm'>,
): { gradNorm: number; clip: number } {
  const gradNorm = Math.sqrt(sumSquares) * Math.abs(gradientScale);
  return { gradNorm, clip: clipNorm === undefined ? 1 : Math.min(1, clipNorm / (gradNorm + 1e-6)) };
}
