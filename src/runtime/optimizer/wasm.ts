/**
 * Just enough of a WebAssembly assembler for the optimizer's inner loops. V8 does not vectorise JavaScript loops;
 * these run four numbers at a time. Encodings: WebAssembly core specification 2.0, sections 5.3 to 5.5.
 */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** The global WebAssembly object, which the types of Node alone leave out. */
export const wasm: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
} = (globalThis as unknown as { WebAssembly: never }).WebAssembly;

export type Code = readonly number[];

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

const typeCodes: { readonly [K in ValueType]: number } = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

export interface WasmFunction {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result?: ValueType;
  /** Types of the locals that follow the parameters. */
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const memory =
  (opcode: number) =>
  (offset = 0): Code => [...simd(opcode), 0, ...unsigned(offset)]; // 2^0: no alignment is promised

/** Instructions, each taking its operands from the stack. */
export const op: {
  readonly get: (local: number) => Code;
  readonly set: (local: number) => Code;
  readonly tee: (local: number) => Code;
  readonly i32: (value: number) => Code;
  readonly load4: (offset?: number) => Code;
  /** Two float32 into the lower half. */
  readonly load2: (offset?: number) => Code;
  readonly store4: (offset?: number) => Code;
  readonly lane64: (lane: number) => Code;
  /** Repeats while its body leaves a true i32. */
  readonly loopWhile: (body: Code) => Code;
} & Readonly<
  Record<
    | 'splat'
    | 'add'
    | 'sub'
    | 'mul'
    | 'div'
    | 'sqrt'
    | 'widen'
    | 'add64'
    | 'mul64'
    | 'addF64'
    | 'addI32'
    | 'lessI32',
    Code
  >
> = {
  get: (local) => [0x20, ...unsigned(local)],
  set: (local) => [0x21, ...unsigned(local)],
  tee: (local) => [0x22, ...unsigned(local)],
  i32: (value) => [0x41, ...signed(value)],
  load4: memory(0x00),
  load2: memory(0x5d),
  store4: memory(0x0b),
  lane64: (lane) => [...simd(0x21), lane],
  loopWhile: (body) => [0x03, 0x40, ...body, 0x0d, 0, 0x0b],
  splat: simd(0x13),
  add: simd(0xe4),
  sub: simd(0xe5),
  mul: simd(0xe6),
  div: simd(0xe7),
  sqrt: simd(0xe3),
  widen: simd(0x5f),
  add64: simd(0xf0),
  mul64: simd(0xf2),
  addF64: [0xa0],
  addI32: [0x6a],
  lessI32: [0x49],
};

/** A module of these functions over the imported memory `env.memory`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map((f) => [
    0x60,
    ...vector(f.params.map((t) => [typeCodes[t]])),
    ...vector(f.result ? [[typeCodes[f.result]]] : []),
  ]);
  const bodies = functions.map((f) => {
    const code = [...vector(f.locals.map((t) => [1, typeCodes[t]])), ...f.body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  const memoryImport = [...text('env'), ...text('memory'), 0x02, 0x00, ...unsigned(0)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [memoryImport]),
    ...section(
      3,
      functions.map((_, i) => unsigned(i)),
    ),
    ...section(
      7,
      functions.map((f, i) => [...text(f.name), 0x00, ...unsigned(i)]),
    ),
    ...section(10, bodies),
  ]);
}

function section(id: number, items: readonly Code[]): Code {
  const body = vector(items);
  return [id, ...unsigned(body.length), ...body];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): Code {
  return vector([...new TextEncoder().encode(value)].map((b) => [b]));
}

/** LEB128. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  do {
    const rest = value >>> 7;
    bytes.push((value & 0x7f) | (rest === 0 ? 0 : 0x80));
    value = rest;
  } while (value !== 0);
  return bytes;
}

function signed(value: number): Code {
  const bytes: number[] = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    if ((value === 0 && (byte & 0x40) === 0) || (value === -1 && (byte & 0x40) !== 0))
      return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}
