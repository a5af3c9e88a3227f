import { dynamicMap, NearestCode } from './dynamicMap.ts';

/** Values that share a largest magnitude. */
const BLOCK = 256;
/** Parameters of fewer values (norms, biases) keep float32 moments, as in the paper. */
export const leastQuantized = 4096;

type Kind = 'm' | 'v';

const maps = { m: dynamicMap(true), v: dynamicMap(false) } as const;

/** Their tables take longer to fill than the rest of a worker's start: made where moments are quantised. */
const tables: { [K in Kind]?: NearestCode } = {};
function nearest(kind: Kind): NearestCode {
  tables[kind] ??= new NearestCode(maps[kind]);
  return tables[kind];
}

/**
 * One of Adam's moments of one parameter with a byte a value: dynamic 8-bit numbers times the largest magnitude of their
 * block of 256 (Dettmers et al., 2022). What was read and is written again unchanged keeps its bytes, so a run that is
 * resumed goes on exactly.
 */
export class QuantizedMoment {
  private readonly codes: Uint8Array;
  private readonly largest: Float32Array;
  private readonly kind: Kind;

  constructor(kind: Kind, size: number) {
    this.kind = kind;
    this.codes = new Uint8Array(size).fill(nearest(kind).of(0));
    this.largest = new Float32Array(Math.ceil(size / BLOCK));
  }

  /** Fills `into` with the values from `start` on; `start` is a multiple of the block. */
  read(start: number, into: Float32Array): void {
    const map = maps[this.kind];
    for (let at = 0; at < into.length; at += BLOCK) {
      const scale = this.largest[(start + at) / BLOCK] as number;
      const end = Math.min(at + BLOCK, into.length);
      for (let i = at; i < end; i++) into[i] = (map[this.codes[start + i] as number] as number) * scale;
    }
  }

  /** Takes values from `start` on, whole blocks but for the last one. */
  write(start: number, values: Float32Array): void {
    const code = nearest(this.kind);
    for (let at = 0; at < values.length; at += BLOCK) {
      const end = Math.min(at + BLOCK, values.length);
      // with its sign: so it becomes exactly 1, which the signed map has, where -1 is missing
      let largest = 0;
      for (let i = at; i < end; i++) {
        const value = values[i] as number;
        if (Math.abs(value) > Math.abs(largest)) largest = value;
      }
      this.largest[(start + at) / BLOCK] = largest;
      const inverse = largest === 0 ? 0 : 1 / largest;
      for (let i = at; i < end; i++) this.codes[start + i] = code.of((values[i] as number) * inverse);
    }
  }
}
