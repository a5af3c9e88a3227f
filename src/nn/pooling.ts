import {
  add,
  constant,
  describe,
  f32,
  GraphError,
  maximum,
  mul,
  pad,
  slice,
  type Tensor,
} from '../graph/index.ts';

/** Options of pooling. */
export interface PoolOptions {
  /** Side of the window. */
  readonly kernel: number;
  /** Step of the window in rows and columns. */
  readonly stride?: number;
  /** Pixels around the image. */
  readonly padding?: number;
}

/** The largest value that a padded pixel may lose against: below all that float32 holds but -Infinity. */
const lowest = -3.4e38;

/** torch.nn.MaxPool2d: x [b, c, h, w] -> [b, c, h', w']. Padding never is the largest. */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  const { padding = 0 } = options;
  const bordered = padding === 0 ? x : add(padded(x, padding), border(x, padding));
  return pool(bordered, options, maximum, 'maxPool2d');
}

/** Options of average pooling. */
export interface AveragePoolOptions extends PoolOptions {
  /** Whether zeros of the padding count as pixels, as they do in torch unless told otherwise. Default true. */
  readonly countPadding?: boolean;
}

/** torch.nn.AvgPool2d: x [b, c, h, w] -> [b, c, h', w']. */
export function averagePool2d(x: Tensor, options: AveragePoolOptions): Tensor {
  const { kernel, padding = 0, countPadding = true } = options;
  const total = pool(padded(x, padding), options, add, 'averagePool2d');
  return mul(total, countPadding || padding === 0 ? 1 / kernel ** 2 : shares(x, total, options));
}

/** Joins the pixels of each window, first along its rows, then along its columns. */
function pool(
  x: Tensor,
  { kernel, stride = 1 }: PoolOptions,
  join: (a: Tensor, b: Tensor) => Tensor,
  who: string,
): Tensor {
  if (x.rank !== 4 || x.dim(2) < kernel || x.dim(3) < kernel)
    throw new GraphError(
      `${who}: expected [b, c, h, w] of at least ${kernel} x ${kernel} pixels, got ${describe(x)}`,
    );
  return [3, 2].reduce((y, axis) => {
    const last = y.dim(axis) - kernel; // where the last window may begin
    const shifted = Array.from({ length: kernel }, (_, i) => slice(y, axis, i, i + last + 1, stride));
    return shifted.reduce(join);
  }, x);
}

function padded(x: Tensor, padding: number): Tensor {
  if (x.rank !== 4) return x; // pool says what is wrong
  return pad(x, [0, 0, padding, padding], [0, 0, padding, padding]);
}

/** What makes the zeros of a border the lowest values: [1, 1, h + 2 p, w + 2 p]. */
function border(x: Tensor, padding: number): Tensor {
  const [h, w] = [x.dim(2), x.dim(3)];
  return plane(h + 2 * padding, w + 2 * padding, (i, j) => {
    const isInside = i >= padding && i < h + padding && j >= padding && j < w + padding;
    return isInside ? 0 : lowest;
  });
}

/** One over the number of pixels of `x` in each window: [1, 1, h', w']. */
function shares(x: Tensor, total: Tensor, { kernel, stride = 1, padding = 0 }: PoolOptions): Tensor {
  const within = (at: number, size: number): number =>
    Math.min(at * stride - padding + kernel, size) - Math.max(at * stride - padding, 0);
  return plane(total.dim(2), total.dim(3), (i, j) => 1 / (within(i, x.dim(2)) * within(j, x.dim(3))));
}

function plane(h: number, w: number, value: (i: number, j: number) => number): Tensor {
  const data = Float32Array.from({ length: h * w }, (_, at) => value(Math.floor(at / w), at % w));
  return constant(f32(data, [1, 1, h, w]));
}
