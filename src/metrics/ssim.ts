import { checkSameSize, type Grey } from './grey.ts';

/** Side of the window, its standard deviation in pixels, and the two constants for grey levels of 0 .. 255. */
const side = 11;
const sigma = 1.5;
const c1 = (0.01 * 255) ** 2;
const c2 = (0.03 * 255) ** 2;

const weights = ((): Float64Array => {
  const values = Float64Array.from({ length: side }, (_, i) =>
    Math.exp(-((i - (side - 1) / 2) ** 2) / (2 * sigma ** 2)),
  );
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((v) => v / sum);
})();

/**
 * Structural similarity of two pictures (Wang et al., 2004, "Image Quality Assessment: From Error Visibility to Structural
 * Similarity"): the mean over all places of an 11 x 11 Gaussian window (1.5 pixels) that lies within the picture. -1 .. 1;
 * 1 for equal pictures.
 * @throws RangeError where sizes differ, or a side is below 11 pixels
 */
export function structuralSimilarity(a: Grey, b: Grey): number {
  checkSameSize('structuralSimilarity', a, b);
  const { width, height } = a;
  if (width < side || height < side)
    throw new RangeError(
      `structuralSimilarity: a picture needs ${side} pixels a side, got ${width}x${height}`,
    );
  const product = (x: Grey, y: Grey): Float32Array => x.data.map((v, i) => v * y.data[i]!);
  const blur = (plane: Float32Array): Float64Array => blurred(plane, width, height);
  const [meanA, meanB] = [blur(a.data), blur(b.data)];
  const [squareA, squareB, both] = [blur(product(a, a)), blur(product(b, b)), blur(product(a, b))];
  let sum = 0;
  const count = meanA.length;
  for (let i = 0; i < count; i++) {
    const [ma, mb] = [meanA[i]!, meanB[i]!];
    const [va, vb, covariance] = [squareA[i]! - ma * ma, squareB[i]! - mb * mb, both[i]! - ma * mb];
    const similarity =
      ((2 * ma * mb + c1) * (2 * covariance + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    sum += similarity;
  }
  return sum / count;
}

/** Gaussian means at the places where the window lies within the picture. */
function blurred(plane: Float32Array, width: number, height: number): Float64Array {
  const [w, h] = [width - side + 1, height - side + 1];
  const across = new Float64Array(w * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let i = 0; i < side; i++) sum += weights[i]! * plane[y * width + x + i]!;
      across[y * w + x] = sum;
    }
  }
  const out = new Float64Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let i = 0; i < side; i++) {
      const [weight, row] = [weights[i]!, (y + i) * w];
      for (let x = 0; x < w; x++) out[y * w + x]! += weight * across[row + x]!;
    }
  }
  return out;
}
