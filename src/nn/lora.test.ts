import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/index.ts';
import { f32, input, mul, Parameters, square, sum, type TensorData } from '../graph/index.ts';
import { Random } from '../random/index.ts';
import { runGraph } from '../testing/runGraph.ts';
import { linear } from './layers.ts';
import { composeLinear, isLora, isTarget, lora } from './lora.ts';

const [n, inner, out, r, scale] = [3, 5, 4, 2, 1.5];
const random = Random.of(1, 'lora');
const values = {
  x: f32(random.normals(n * inner), [n, inner]),
  'to_q.weight': f32(random.normals(out * inner), [out, inner]),
  'to_q.bias': f32(random.normals(out), [out]),
  'to_q.lora_A.weight': f32(random.normals(r * inner), [r, inner]),
  'to_q.lora_B.weight': f32(random.normals(out * r), [out, r]),
};
const at = (name: keyof typeof values, i: number, j: number): number => {
  const { data, shape } = values[name];
  return (data as Float32Array)[i * (shape[1] ?? 1) + j] as number;
};

/** y = x (W + scale B A)ᵀ + b, in double precision. */
const expected = Float32Array.from({ length: n * out }, (_, k) => {
  const [row, o] = [Math.floor(k / out), k % out];
  let y = at('to_q.bias', o, 0);
  for (let i = 0; i < inner; i++) {
    let w = at('to_q.weight', o, i);
    for (let j = 0; j < r; j++) w += scale * at('to_q.lora_B.weight', o, j) * at('to_q.lora_A.weight', j, i);
    y += at('x', row, i) * w;
  }
  return y;
});
const close = (got: TensorData | undefined, want: ArrayLike<number>): void => {
  const data = got?.data as Float32Array;
  expect(data.length).toBe(want.length);
  Array.from(want, (v, i) => expect(data[i]).toBeCloseTo(v, 4));
};

const rule = lora((path) => (path === 'to_q' ? { r, scale } : undefined));

describe('lora', () => {
  it('adds the low-rank product to that of the layer', async () => {
    const parameters = new Parameters(undefined, { linear: rule });
    const y = linear(parameters.scope('to_q'), input('x', [n, inner]), out);
    expect([...parameters].map(({ name, shape, init }) => [name, [...shape], init.kind])).toEqual([
      ['to_q.lora_A.weight', [r, inner], 'uniform'],
      ['to_q.lora_B.weight', [out, r], 'zeros'],
      ['to_q.weight', [out, inner], 'uniform'],
      ['to_q.bias', [out], 'uniform'],
    ]);
    // Kaiming's uniform bound with a = sqrt 5: sqrt(6 / ((1 + 5) in))
    expect(parameters.get('to_q.lora_A.weight')?.init).toEqual({
      kind: 'uniform',
      bound: 1 / Math.sqrt(inner),
    });
    close((await runGraph({ y }, values)).y, expected);
  });

  it('gives gradients to its matrices and to what lies before the layer', async () => {
    const parameters = new Parameters(undefined, { linear: rule });
    const x = input('x', [n, inner]);
    const loss = sum(square(linear(parameters.scope('to_q'), x, out)));
    const names = ['to_q.lora_A.weight', 'to_q.lora_B.weight'];
    const wrt = [x, ...names.map((name) => parameters.get(name)?.tensor as typeof x)];
    const [dx, da, db] = grad(loss, wrt) as [typeof x, typeof x, typeof x];
    const got = await runGraph({ dx, da, db }, values);
    // d loss / dW' = 2 yᵀ x for W' = W + scale B A
    const dW = (o: number, i: number): number => {
      let d = 0;
      for (let row = 0; row < n; row++) d += 2 * (expected[row * out + o] as number) * at('x', row, i);
      return d;
    };
    const sumOver = (count: number, f: (k: number) => number): number =>
      Array.from({ length: count }, (_, k) => f(k)).reduce((a, b) => a + b);
    close(
      got.da,
      Array.from({ length: r * inner }, (_, k) => {
        const [j, i] = [Math.floor(k / inner), k % inner];
        return scale * sumOver(out, (o) => at('to_q.lora_B.weight', o, j) * dW(o, i));
      }),
    );
    close(
      got.db,
      Array.from({ length: out * r }, (_, k) => {
        const [o, j] = [Math.floor(k / r), k % r];
        return scale * sumOver(inner, (i) => dW(o, i) * at('to_q.lora_A.weight', j, i));
      }),
    );
    expect(got.dx?.shape).toEqual([n, inner]);
  });

  it('leaves other layers alone, and asks the rule below for the product', async () => {
    const asked: string[] = [];
    const doubled = composeLinear(rule, (p, _rows, _out, plain) => {
      asked.push(p.path);
      return mul(plain(), 2);
    });
    const parameters = new Parameters(undefined, { linear: doubled });
    const x = input('x', [n, inner]);
    const y = linear(parameters.scope('to_q'), x, out, { bias: false });
    linear(parameters.scope('to_k'), x, out);
    expect(asked).toEqual(['to_q', 'to_k']);
    expect([...parameters].map(({ name }) => name).filter(isLora)).toEqual([
      'to_q.lora_A.weight',
      'to_q.lora_B.weight',
    ]);
    const zero = f32(new Float32Array(out * r), [out, r]);
    const base = new Parameters();
    const plain = mul(linear(base.scope('to_q'), x, out, { bias: false }), 2);
    const want = (await runGraph({ plain }, values)).plain?.data as Float32Array;
    close((await runGraph({ y }, { ...values, 'to_q.lora_B.weight': zero })).y, want);
    expect(composeLinear(rule, undefined)).toBe(rule);
  });
});

describe('isTarget', () => {
  it.each([
    ['model.layers.0.self_attn.q_proj', 'q_proj', true],
    ['model.layers.0.self_attn.q_proj', 'self_attn.q_proj', true],
    ['down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0', 'to_out.0', true],
    ['q_proj', 'q_proj', true],
    ['model.layers.0.self_attn.qq_proj', 'q_proj', false],
    ['model.q_proj.inner', 'q_proj', false],
  ])('%s, %s', (path, target, is) => {
    expect(isTarget(path, target)).toBe(is);
  });
});
