import type { OnnxWriter } from '../onnx.ts';

/*
 * Sine and cosine that are good to 1e-6 for arguments up to some ten thousands, such as the time steps of diffusion. A
 * GPU's own need only be good to 2^-11 within -pi .. pi (WGSL, "Floating point accuracy"), and are not good beyond.
 */

/** 2 pi in two parts: the first has few bits, so that whole multiples of it are exact in float32. */
const turn = [6.28125, 0.001935307179586477] as const;

/** Taylor's series as far as float32 reads it within -pi .. pi; coefficients of x^0, x^2, x^4 ... */
function series(first: 0 | 1): number[] {
  const coefficients = [1];
  for (let n = first + 2; n <= first + 20; n += 2)
    coefficients.push(-(coefficients.at(-1) as number) / (n * (n - 1)));
  return coefficients;
}

/** Writes sin(x), or cos(x), of float32 `x` of any shape. */
export function circle(onnx: OnnxWriter, x: string, which: 'sin' | 'cos'): string {
  const op = (type: string, a: string, b: string | number): string =>
    onnx.node(type, [a, typeof b === 'number' ? onnx.float(b) : b])[0] as string;
  const near = op('Add', op('Mul', x, 1 / (2 * Math.PI)), 0.5);
  const turns = onnx.node('Floor', [near])[0] as string;
  const rest = op('Sub', op('Sub', x, op('Mul', turns, turn[0])), op('Mul', turns, turn[1])); // -pi .. pi
  const square = op('Mul', rest, rest);
  const [last, ...others] = series(which === 'sin' ? 1 : 0).reverse() as [number, ...number[]];
  let sum = op('Mul', square, last);
  for (const [i, coefficient] of others.entries()) {
    sum = op('Add', sum, coefficient);
    if (i < others.length - 1) sum = op('Mul', sum, square);
  }
  return which === 'sin' ? op('Mul', sum, rest) : sum;
}
