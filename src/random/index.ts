/**
 * Named random streams. Every draw in the project comes from `Random.of(seed, ...path)`, so that the same
 * seed gives the same bytes whatever else was drawn before, and in whatever order things ran.
 *
 * Generator: xoshiro128** (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2018),
 * seeded by an FNV-1a / murmur3-finalised hash of the seed and the path.
 */
export class Random {
  private readonly s: Uint32Array;

  private constructor(s: Uint32Array) {
    this.s = s;
  }

  /** The stream of `seed` and a path of names, e.g. `Random.of(7, 'keyframe', 12)`. Seeds are integers 0 .. 2^53-1. */
  static of(seed: number, ...path: (string | number)[]): Random {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(
        `Random.of: seed must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`,
      );
    }
    const text = [seed, ...path].join('\u0000');
    const s = new Uint32Array(4);
    for (let i = 0; i < 4; i++) s[i] = hash(text, i + 1);
    if (s.every((v) => v === 0)) s[0] = 1; // the all-zero state is the generator's only fixed point
    return new Random(s);
  }

  /** Restores a stream from `state`. */
  static fromState(state: readonly number[]): Random {
    if (state.length !== 4) throw new RangeError(`Random.fromState: expected 4 words, got ${state.length}`);
    return new Random(Uint32Array.from(state));
  }

  /** The stream's state, four 32-bit words, for checkpoints. */
  get state(): number[] {
    return [...this.s];
  }

  /** A 32-bit word, 0 .. 2^32 - 1. */
  uint32(): number {
    const s = this.s as Uint32Array & { 0: number; 1: number; 2: number; 3: number };
    const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11);
    return result;
  }

  /** Uniform in [low, high), 53 bits. */
  uniform(low = 0, high = 1): number {
    const u = ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
    return low + (high - low) * u;
  }

  /** An integer in [0, n). */
  int(n: number): number {
    if (!(n >= 1)) throw new RangeError(`Random.int: n must be at least 1, got ${n}`);
    return Math.floor(this.uniform() * n);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.uniform() < p;
  }

  /** One item of a non-empty list. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T;
  }

  /** A new list in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }

  /** A standard normal number (Box-Muller, both halves drawn from the same pair so that no state hides). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** `n` standard normal numbers as float32. */
  normals(n: number): Float32Array {
    const out = new Float32Array(n);
    for (let i = 0; i < n; i += 2) {
      const r = Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const a = 2 * Math.PI * this.uniform();
      out[i] = r * Math.cos(a);
      if (i + 1 < n) out[i + 1] = r * Math.sin(a);
    }
    return out;
  }
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

function hash(text: string, salt: number): number {
  let h = (0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1)) >>> 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
