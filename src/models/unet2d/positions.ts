import { concatRows, constant, f32, type Tensor } from '../../graph/index.ts';

/**
 * Sines and cosines of where each point of a picture lies, across and down from 0 to 1, with 1, 2, 4 ... half periods:
 * [1, 4 x frequencies, height, width].
 */
export function positions(frequencies: number, height: number, width: number): Tensor {
  const planes: Float32Array[] = [];
  for (let k = 0; k < frequencies; k++) {
    for (const along of ['x', 'y'] as const) {
      for (const wave of [Math.sin, Math.cos]) {
        const angle = (i: number, size: number): number => (2 ** k * Math.PI * (i + 0.5)) / size;
        planes.push(
          Float32Array.from({ length: height * width }, (_, i) =>
            wave(along === 'x' ? angle(i % width, width) : angle(Math.floor(i / width), height)),
          ),
        );
      }
    }
  }
  return constant(f32(concatRows(planes, height * width), [1, planes.length, height, width]));
}
