import {
  add,
  cast,
  constant,
  conv2d,
  conv2dInput,
  conv2dWeight,
  cos,
  div,
  equal,
  erf,
  exp,
  expand,
  f32,
  flip,
  GraphError,
  gather,
  gemm,
  gemmNBitsInput,
  matmul,
  mul,
  type Node,
  neg,
  type OpName,
  pad,
  reshape,
  rotary,
  type Shape,
  scatterAdd,
  sigmoid,
  sign,
  sin,
  slice,
  softmax,
  split,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  where,
} from '../graph/index.ts';

/**
 * The gradient rule of one op: from the gradients `g` of the node's outputs (undefined where nothing flows back)
 * to those of its inputs. `needs[i]` says whether input i's gradient is wanted; the others may be left undefined.
 */
export type Rule<K extends OpName> = (
  node: Node<K>,
  g: Tensor,
  needs: readonly boolean[],
) => readonly (Tensor | undefined)[];

/** Sums `g` over the axes along which `shape` was broadcast. */
export function unbroadcast(g: Tensor, shape: Shape): Tensor {
  if (g.shape.join() === shape.join()) return g;
  const lead = g.rank - shape.length;
  const axes = g.shape.flatMap((d, i) => (i < lead || (shape[i - lead] === 1 && d !== 1) ? [i] : []));
  return reshape(sum(g, { axes, keepDims: true }), shape);
}

const two = (n: Node): [Tensor, Tensor] => [n.inputs[0] as Tensor, n.inputs[1] as Tensor];
const x0 = (n: Node): Tensor => n.inputs[0] as Tensor;
const y0 = (n: Node): Tensor => n.outputs[0] as Tensor;
const out = (n: Node, i: number): Tensor => n.outputs[i] as Tensor;

/** For elementwise ops of one input: g times the derivative. */
const local =
  (derivative: (x: Tensor, y: Tensor) => Tensor) =>
  (n: Node, g: Tensor): Tensor[] => [mul(g, derivative(x0(n), y0(n)))];

/** Puts reduced axes back with size 1, so that the result broadcasts against the input. */
function keepAxes(t: Tensor, input: Tensor, axes: readonly number[]): Tensor {
  return reshape(
    t,
    input.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
  );
}

const noGradient = (n: Node): never => {
  throw new GraphError(`grad: ${n.op} is not differentiable; wrap what flows into it in stopGradient`);
};

/**
 * For the gradient `ga` of a softmax `a` that is multiplied by some `b`: the row sums of ga a. As ga = g b^T, they are
 * those of g (a b), which is much smaller in attention (Dao et al., 2022, FlashAttention, equation 4).
 */
const rowSums = new WeakMap<Tensor, Tensor>();

function isRowSoftmax({ source, rank }: Tensor): boolean {
  if (source.kind !== 'node' || source.node.op !== 'softmax') return false;
  return (source.node as Node<'softmax'>).attributes.axis === rank - 1;
}

const SQRT1_2 = Math.SQRT1_2;

export const rules: { readonly [K in OpName]: Rule<K> } = {
  // d(a + b) = da + db
  add: (n, g, needs) => two(n).map((t, i) => (needs[i] ? unbroadcast(g, t.shape) : undefined)),
  sub: (n, g, needs) => {
    const [a, b] = two(n);
    return [
      needs[0] ? unbroadcast(g, a.shape) : undefined,
      needs[1] ? neg(unbroadcast(g, b.shape)) : undefined,
    ];
  },
  // d(a b) = b da + a db
  mul: (n, g, needs) => {
    const [a, b] = two(n);
    if (a === b) return [mul(mul(g, a), 2), undefined];
    return [
      needs[0] ? unbroadcast(mul(g, b), a.shape) : undefined,
      needs[1] ? unbroadcast(mul(g, a), b.shape) : undefined,
    ];
  },
  // d(a / b) = da / b - (a / b) db / b
  div: (n, g, needs) => {
    const [a, b] = two(n);
    const q = div(g, b);
    return [
      needs[0] ? unbroadcast(q, a.shape) : undefined,
      needs[1] ? neg(unbroadcast(mul(q, y0(n)), b.shape)) : undefined,
    ];
  },
  // where both are equal each side gets half, as in torch
  maximum: (n, g) => extremum(n, g),
  minimum: (n, g) => extremum(n, g),
  equal: noGradient,
  where: (n, g, needs) => {
    const [condition, a, b] = n.inputs as [Tensor, Tensor, Tensor];
    return [
      undefined,
      needs[1] ? unbroadcast(where(condition, g, 0), a.shape) : undefined,
      needs[2] ? unbroadcast(where(condition, 0, g), b.shape) : undefined,
    ];
  },
  neg: (_n, g) => [neg(g)],
  exp: local((_x, y) => y),
  log: (n, g) => [div(g, x0(n))],
  sqrt: (n, g) => [div(mul(g, 0.5), y0(n))],
  reciprocal: local((_x, y) => neg(square(y))),
  abs: local((x) => sign(x)),
  sign: (n) => [mul(x0(n), 0)],
  sin: local((x) => cos(x)),
  cos: local((x) => neg(sin(x))),
  tanh: local((_x, y) => sub(1, square(y))),
  // 2 / sqrt(pi) exp(-x^2)
  erf: local((x) => mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  sigmoid: local((_x, y) => mul(y, sub(1, y))),
  relu: local((_x, y) => sign(y)),
  softplus: local((x) => sigmoid(x)),
  // Phi(x) + x phi(x)
  gelu: local((x) => {
    const cdf = mul(add(erf(mul(x, SQRT1_2)), 1), 0.5);
    const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return add(cdf, mul(x, density));
  }),
  // s + alpha y (1 - s) with s = sigmoid(alpha x)
  quickGelu: (n, g) => {
    const { alpha } = n.attributes;
    const x = x0(n);
    const s = sigmoid(alpha === 1 ? x : mul(x, alpha));
    const y = alpha === 1 ? y0(n) : mul(y0(n), alpha);
    return [mul(g, add(s, mul(y, sub(1, s))))];
  },
  cast: (n, g) => [x0(n).dtype.startsWith('float') ? cast(g, x0(n).dtype) : undefined],
  after: (_n, g) => [g], // nothing comes from the others
  stopGradient: () => [undefined],

  sum: (n, g) => [expand(keepAxes(g, x0(n), n.attributes.axes), x0(n).shape)],
  // all maxima of a tie share the gradient
  max: (n, g) => {
    const x = x0(n);
    const { axes } = n.attributes;
    const mask = cast(equal(x, keepAxes(y0(n), x, axes)), 'float32');
    return [mul(mask, div(keepAxes(g, x, axes), sum(mask, { axes, keepDims: true })))];
  },
  // y (g - sum(g y))
  softmax: (n, g) => {
    const y = y0(n);
    const known = rowSums.get(g); // attention
    return [mul(y, sub(g, known ?? sum(mul(g, y), { axes: [n.attributes.axis], keepDims: true })))];
  },
  logSumExp: (n, g) => {
    const { axis } = n.attributes;
    return [mul(keepAxes(g, x0(n), [axis]), softmax(x0(n), axis))];
  },

  reshape: (n, g) => [reshape(g, x0(n).shape)],
  transpose: (n, g) => {
    const inverse: number[] = [];
    n.attributes.permutation.forEach((a, i) => {
      inverse[a] = i;
    });
    return [transpose(g, inverse)];
  },
  expand: (n, g) => [unbroadcast(g, x0(n).shape)],
  concat: (n, g, needs) => {
    const { axis } = n.attributes;
    let at = 0;
    return n.inputs.map((t, i) => {
      const start = at;
      at += t.dim(axis);
      return needs[i] ? slice(g, axis, start, at) : undefined;
    });
  },
  slice: (n, g) => {
    const { axis, start, step } = n.attributes;
    const x = x0(n);
    let spread = g;
    if (step > 1) {
      // zeros between the elements: [.., m, 1] padded to [.., m, step], read as [.., m * step]
      const shape = [...g.shape.slice(0, axis + 1), 1, ...g.shape.slice(axis + 1)];
      const none = shape.map(() => 0);
      const after = none.map((_, i) => (i === axis + 1 ? step - 1 : 0));
      const merged = g.shape.map((d, i) => (i === axis ? d * step : d));
      spread = reshape(pad(reshape(g, shape), none, after), merged);
      const length = (g.dim(axis) - 1) * step + 1; // drop the zeros behind the last element
      spread = slice(spread, axis, 0, length);
    }
    const before = x.shape.map((_, i) => (i === axis ? start : 0));
    const after = x.shape.map((d, i) => (i === axis ? d - start - spread.dim(axis) : 0));
    return [pad(spread, before, after)];
  },
  pad: (n, g) => {
    const { before } = n.attributes;
    return [x0(n).shape.reduce((t, d, i) => slice(t, i, before[i] as number, (before[i] as number) + d), g)];
  },
  flip: (n, g) => [flip(g, n.attributes.axes)],
  gather: (n, g) => {
    const [table, indices] = two(n);
    return [scatterAdd(indices, g, table.dim(0)), undefined];
  },
  scatterAdd: (n, g) => [undefined, gather(g, x0(n))],
  // Each source pixel gets the sum over the pixels copied from it: a product with the 0/1 copy matrix per axis.
  resizeNearest: (n, g) => {
    const x = x0(n);
    const [h, w] = [x.dim(2), x.dim(3)];
    const { height, width } = n.attributes;
    const rows = matmul(copyMatrix(h, height), g, { transA: true }); // [n, c, h, width]
    return [matmul(rows, copyMatrix(w, width))];
  },

  // C = op(A) op(B): dA = g op(B)^T, dB = op(A)^T g, transposed where the operand was
  gemm: (n, g, needs) => {
    const [a, b] = two(n);
    const { transA, transB } = n.attributes;
    return [
      needs[0]
        ? transA
          ? gemm(b, g, { transA: transB, transB: true })
          : gemm(g, b, { transB: !transB })
        : undefined,
      needs[1]
        ? transB
          ? gemm(g, a, { transA: true, transB: transA })
          : gemm(a, g, { transA: !transA })
        : undefined,
      needs[2] ? sum(g, { axes: [0] }) : undefined,
    ];
  },
  matmul: (n, g, needs) => {
    const [a, b] = two(n);
    const { transA, transB, alpha } = n.attributes;
    const da = (): Tensor =>
      transA
        ? matmul(b, g, { transA: transB, transB: true, alpha })
        : matmul(g, b, { transB: !transB, alpha });
    const db = (): Tensor =>
      transB
        ? matmul(g, a, { transA: true, transB: transA, alpha })
        : matmul(a, g, { transA: !transA, alpha });
    const ga = needs[0] ? unbroadcast(da(), a.shape) : undefined;
    if (ga && isRowSoftmax(a) && !transA && ga.rank === g.rank) {
      rowSums.set(ga, sum(mul(g, y0(n)), { axes: [-1], keepDims: true }));
    }
    return [ga, needs[1] ? unbroadcast(db(), b.shape) : undefined];
  },
  // The three convolutions are linear in each argument, and each is the adjoint of the others.
  conv2d: (n, g, needs) => {
    const [x, w] = two(n);
    return [
      needs[0] ? conv2dInput(g, w, n.attributes, [x.dim(2), x.dim(3)]) : undefined,
      needs[1] ? conv2dWeight(x, g, n.attributes, [w.dim(2), w.dim(3)]) : undefined,
      needs[2] ? sum(g, { axes: [0, 2, 3] }) : undefined,
    ];
  },
  conv2dInput: (n, g, needs) => {
    const [y, w] = two(n);
    const { strides, pads } = n.attributes;
    return [
      needs[0] ? conv2d(g, w, { stride: strides, padding: pads }) : undefined,
      needs[1] ? conv2dWeight(g, y, n.attributes, [w.dim(2), w.dim(3)]) : undefined,
    ];
  },
  conv2dWeight: (n, g, needs) => {
    const [x, y] = two(n);
    const { strides, pads } = n.attributes;
    return [
      needs[0] ? conv2dInput(y, g, n.attributes, [x.dim(2), x.dim(3)]) : undefined,
      needs[1] ? conv2d(x, g, { stride: strides, padding: pads }) : undefined,
    ];
  },

  // With xh = (x - mean) r and h = g scale: dx = r (h - mean(h) - xh mean(h xh)), dscale = sum(g xh). All sums are those
  // of g r and g r x, so that few tensors of x's size are written.
  layerNorm: (n, g, needs) => {
    const [x, scale] = two(n);
    const [c, rows] = [x.dim(-1), x.size / x.dim(-1)];
    const flat = (t: Tensor): Tensor => reshape(t, [rows, -1]);
    const [m, r] = [flat(out(n, 1)), flat(out(n, 2))]; // [rows, 1]
    const gr = mul(flat(g), r);
    const grx = mul(gr, flat(x));
    const dx = (): Tensor => {
      const perRow = (t: Tensor): Tensor => gemm(t, reshape(scale, [c, 1])); // [rows, 1]
      const m1 = mul(perRow(gr), 1 / c); // r mean(h)
      const m2 = mul(sub(perRow(grx), mul(m, mul(m1, c))), 1 / c); // mean(h xh)
      const b = mul(mul(r, r), m2);
      return reshape(sub(add(mul(gr, scale), sub(mul(m, b), m1)), mul(flat(x), b)), x.shape);
    };
    return [
      needs[0] ? dx() : undefined,
      needs[1] ? sub(sum(grx, { axes: [0] }), reshape(gemm(m, gr, { transA: true }), [c])) : undefined,
      needs[2] ? sum(flat(g), { axes: [0] }) : undefined,
    ];
  },
  // With xh = x r and h = g scale: dx = r (h - xh mean(h xh)), dscale = sum(g xh)
  rmsNorm: (n, g, needs) => {
    const [x, scale] = two(n);
    const [c, rows] = [x.dim(-1), x.size / x.dim(-1)];
    const flat = (t: Tensor): Tensor => reshape(t, [rows, -1]);
    const r = flat(out(n, 1)); // [rows, 1]
    const gr = mul(flat(g), r);
    const grx = mul(gr, flat(x));
    const dx = (): Tensor => {
      const m = mul(gemm(grx, reshape(scale, [c, 1])), 1 / c); // mean(h xh)
      return reshape(sub(mul(gr, scale), mul(flat(x), mul(mul(r, r), m))), x.shape);
    };
    return [needs[0] ? dx() : undefined, needs[1] ? sum(grx, { axes: [0] }) : undefined];
  },
  // As layerNorm, but the large tensors are read only for the two sums per channel; the rest works on [n, c].
  groupNorm: (n, g, needs) => {
    const [x, scale] = two(n);
    const { groups } = n.attributes;
    const [batch, c] = [x.dim(0), x.dim(1)];
    const spatial = x.size / (batch * c);
    const [xh, r] = [out(n, 1), out(n, 2)]; // [n, c, ...], [n, groups, 1]
    const perPixel = [batch, c, spatial];
    const s1 = sum(reshape(g, perPixel), { axes: [2] }); // [n, c]
    const s2 = sum(reshape(mul(g, xh), perPixel), { axes: [2] }); // [n, c]
    const dx = (): Tensor => {
      const count = (c / groups) * spatial;
      const grouped = (s: Tensor): Tensor => mean2(mul(s, scale), [batch, groups, c / groups], count); // [n, groups, 1]
      const [m1, m2] = [grouped(s1), grouped(s2)];
      const wide = (t: Tensor): Tensor => reshape(expand(t, [batch, groups, c / groups]), [batch, c, 1]);
      const a = mul(wide(r), reshape(scale, [1, c, 1]));
      const b = wide(neg(mul(r, m2)));
      const k = wide(neg(mul(r, m1)));
      const dense = add(add(mul(reshape(g, perPixel), a), mul(reshape(xh, perPixel), b)), k);
      return reshape(dense, x.shape);
    };
    return [
      needs[0] ? dx() : undefined,
      needs[1] ? sum(s2, { axes: [0] }) : undefined,
      needs[2] ? sum(s1, { axes: [0] }) : undefined,
    ];
  },
  // y = a Wᵀ: da = g W. Quantised weights are not trained.
  gemmNBits: (n, g, needs) => {
    const [, packed, scales] = n.inputs as [Tensor, Tensor, Tensor];
    if (needs[2]) throw new GraphError('grad: gemmNBits: the scales of a quantised matrix are not trained');
    return [needs[0] ? gemmNBitsInput(g, { packed, scales }, n.attributes) : undefined];
  },
  gemmNBitsInput: (n) => notDifferentiable(n, 'it is a gradient itself'),
  groupQueryAttention: (n) => notDifferentiable(n, 'training attends without a cache'),
  // A rotation of each pair (x1, x2): the transpose turns back. dcos = g1 x1 + g2 x2, dsin = g2 x1 - g1 x2
  rotary: (n, g, needs) => {
    const [x, cosine, sine] = n.inputs as [Tensor, Tensor, Tensor];
    const halves = (t: Tensor): Tensor[] => split(t, 2, -1);
    const [x1, x2] = halves(x) as [Tensor, Tensor];
    const [g1, g2] = halves(g) as [Tensor, Tensor];
    return [
      needs[0] ? rotary(g, cosine, neg(sine)) : undefined,
      needs[1] ? unbroadcast(add(mul(g1, x1), mul(g2, x2)), cosine.shape) : undefined,
      needs[2] ? unbroadcast(sub(mul(g2, x1), mul(g1, x2)), sine.shape) : undefined,
    ];
  },
};

function notDifferentiable(node: Node, why: string): never {
  throw new GraphError(`grad: ${node.op} has no gradient: ${why}`);
}

function mean2(t: Tensor, shape: Shape, count: number): Tensor {
  return mul(sum(reshape(t, shape), { axes: [shape.length - 1], keepDims: true }), 1 / count);
}

function extremum(n: Node, g: Tensor): (Tensor | undefined)[] {
  const [a, b] = two(n);
  const y = y0(n);
  const isA = cast(equal(add(a, mul(b, 0)), y), 'float32');
  const isB = cast(equal(add(b, mul(a, 0)), y), 'float32');
  const share = div(g, add(isA, isB));
  return [unbroadcast(mul(share, isA), a.shape), unbroadcast(mul(share, isB), b.shape)];
}

/** [to, from] with a one where nearest-neighbour resizing copies pixel `from` to pixel `to`. */
function copyMatrix(from: number, to: number): Tensor {
  const m = new Float32Array(to * from);
  for (let i = 0; i < to; i++) m[i * from + Math.floor((i * from) / to)] = 1;
  return constant(f32(m, [to, from]));
}
