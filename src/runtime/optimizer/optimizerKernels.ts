import { assemble, type Code, op, type ValueType, type WasmFunction, type WasmMemory, wasm } from './wasm.ts';

/**
 * The inner loops of training over flat float32 arrays in a WebAssembly memory. Addresses are in bytes; counts are
 * numbers of float32 and multiples of 4.
 */
export interface OptimizerKernels {
  /** Sum of squares, accumulated in float64. */
  sumSquares(x: number, count: number): number;
  /** into += from */
  add(into: number, from: number, count: number): void;
  /** One AdamW step, see `adamw` in parameterStore.ts; `ema` is an address, and read only by `adamwEma`. */
  adamw: AdamwKernel;
  adamwEma: AdamwKernel;
}

type AdamwKernel = (
  parameters: number,
  gradients: number,
  m: number,
  v: number,
  ema: number,
  count: number,
  gradientScale: number,
  decay: number,
  beta1: number,
  oneMinusBeta1: number,
  beta2: number,
  oneMinusBeta2: number,
  rootCorrection2: number,
  eps: number,
  stepSize: number,
  oneMinusEmaDecay: number,
) => void;

const { get, set, tee } = op;

/** Adds 16 bytes to each address; leaves whether the first is still below `end`. */
const advance = (addresses: readonly number[], end: number): Code => [
  ...addresses.flatMap((a) => [...get(a), ...op.i32(16), ...op.addI32, ...set(a)]),
  ...get(addresses[0]!),
  ...get(end),
  ...op.lessI32,
];

/** end = address + 4 * count; `count` is shifted by doubling twice, which spares an opcode. */
const endOf = (address: number, count: number, end: number): Code => [
  ...get(count),
  ...get(count),
  ...op.addI32,
  ...tee(count),
  ...get(count),
  ...op.addI32,
  ...get(address),
  ...op.addI32,
  ...set(end),
];

function sumSquares(): WasmFunction {
  const [x, count, end, low, high, square] = [0, 1, 2, 3, 4, 5];
  const accumulate = (sum: number, offset: number): Code => [
    ...get(x),
    ...op.load2(offset),
    ...op.widen,
    ...tee(square),
    ...get(square),
    ...op.mul64,
    ...get(sum),
    ...op.add64,
    ...set(sum),
  ];
  return {
    name: 'sumSquares',
    params: ['i32', 'i32'],
    result: 'f64',
    locals: ['i32', 'v128', 'v128', 'v128'],
    body: [
      ...endOf(x, count, end),
      ...op.loopWhile([...accumulate(low, 0), ...accumulate(high, 8), ...advance([x], end)]),
      ...get(low),
      ...get(high),
      ...op.add64,
      ...tee(low),
      ...op.lane64(0),
      ...get(low),
      ...op.lane64(1),
      ...op.addF64,
    ],
  };
}

function add(): WasmFunction {
  const [into, from, count, end] = [0, 1, 2, 3];
  const sum = [
    ...get(into),
    ...get(into),
    ...op.load4(),
    ...get(from),
    ...op.load4(),
    ...op.add,
    ...op.store4(),
  ];
  return {
    name: 'add',
    params: ['i32', 'i32', 'i32'],
    locals: ['i32'],
    body: [...endOf(into, count, end), ...op.loopWhile([...sum, ...advance([into, from], end)])],
  };
}

function adamw(name: string, withEma: boolean): WasmFunction {
  const [p, g, m, v, ema, count] = [0, 1, 2, 3, 4, 5];
  const scalars = 6; // gradientScale .. oneMinusEmaDecay, in the order of AdamwKernel
  const [end, grad, mean, square, value] = [16, 17, 18, 19, 20];
  const vectors = 21;
  const [scale, decay, beta1, rest1, beta2, rest2, rootCorrection, eps, stepSize, restEma] = Array.from(
    { length: 10 },
    (_, i) => vectors + i,
  ) as [number, number, number, number, number, number, number, number, number, number];
  const load = (address: number): Code => [...get(address), ...op.load4()];
  const store = (address: number, local: number): Code => [...get(address), ...get(local), ...op.store4()];
  const step: Code = [
    ...[...load(g), ...get(scale), ...op.mul, ...set(grad)],
    // m = beta1 * m + (1 - beta1) * g
    ...[
      ...load(m),
      ...get(beta1),
      ...op.mul,
      ...get(grad),
      ...get(rest1),
      ...op.mul,
      ...op.add,
      ...set(mean),
    ],
    // v = beta2 * v + (1 - beta2) * g * g
    ...[...load(v), ...get(beta2), ...op.mul],
    ...[...get(grad), ...get(grad), ...op.mul, ...get(rest2), ...op.mul, ...op.add, ...set(square)],
    ...store(m, mean),
    ...store(v, square),
    // p = p * (1 - lr * weightDecay) - stepSize * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
    ...[...load(p), ...get(decay), ...op.mul],
    ...[
      ...get(mean),
      ...get(square),
      ...op.sqrt,
      ...get(rootCorrection),
      ...op.div,
      ...get(eps),
      ...op.add,
      ...op.div,
    ],
    ...[...get(stepSize), ...op.mul, ...op.sub, ...set(value)],
    ...store(p, value),
    // ema = ema + (1 - emaDecay) * (p - ema)
    ...(withEma
      ? [
          ...[...get(ema), ...load(ema), ...get(value), ...load(ema), ...op.sub, ...get(restEma), ...op.mul],
          ...[...op.add, ...op.store4()],
        ]
      : []),
  ];
  const i32: ValueType[] = Array.from({ length: 6 }, () => 'i32');
  return {
    name,
    params: [...i32, ...Array.from({ length: 10 }, (): ValueType => 'f32')],
    locals: ['i32', ...Array.from({ length: 14 }, (): ValueType => 'v128')],
    body: [
      ...Array.from({ length: 10 }, (_, i) => [...get(scalars + i), ...op.splat, ...set(vectors + i)]).flat(),
      ...endOf(p, count, end),
      ...op.loopWhile([...step, ...advance(withEma ? [p, g, m, v, ema] : [p, g, m, v], end)]),
    ],
  };
}

let compiled: object | undefined;

/** The kernels over a memory. */
export function optimizerKernels(memory: WasmMemory): OptimizerKernels {
  compiled ??= new wasm.Module(
    assemble([sumSquares(), add(), adamw('adamw', false), adamw('adamwEma', true)]),
  );
  const { exports } = new wasm.Instance(compiled, { env: { memory } });
  return exports as unknown as OptimizerKernels;
}
