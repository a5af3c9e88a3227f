import { concat, type Scope, type Tensor } from '../../graph/index.ts';
import { averagePool2d, maxPool2d } from '../../nn/index.ts';
import { convolution } from './convolution.ts';

/*
 * The blocks of the network (Szegedy et al., 2016, figures 5 to 7 and section 5): branches that look at neighbourhoods of
 * different sizes, beside one another. Names and order of the branches are torchvision's. h and w stay, or halve.
 */

const square = { kernel: [3, 3], padding: [1, 1] } as const;
const halving = { kernel: [3, 3], stride: 2 } as const;
const row = (n: number) => ({ kernel: [1, n], padding: [0, (n - 1) / 2] }) as const;
const column = (n: number) => ({ kernel: [n, 1], padding: [(n - 1) / 2, 0] }) as const;

/** How a block sees the neighbourhood that its pooling branch passes on: [b, c, h, w] -> the same. */
export type Pool = (x: Tensor) => Tensor;

/** torch's average: the zeros of the padding count as pixels. */
export const paddedAverage: Pool = (x) => averagePool2d(x, { kernel: 3, padding: 1 });
/** TensorFlow's average, of those pixels that there are. */
export const ownAverage: Pool = (x) => averagePool2d(x, { kernel: 3, padding: 1, countPadding: false });
export const maximal: Pool = (x) => maxPool2d(x, { kernel: 3, padding: 1 });
/** Halves height and width. */
export const halvingMaximal: Pool = (x) => maxPool2d(x, { kernel: 3, stride: 2 });

/** torchvision's `InceptionA`: [b, c, h, w] -> [b, 224 + poolFeatures, h, w]. */
export function smallKernels(p: Scope, x: Tensor, pool: Pool, poolFeatures: number): Tensor {
  const one = convolution(p.at('branch1x1'), x, 64);
  let five = convolution(p.at('branch5x5_1'), x, 48);
  five = convolution(p.at('branch5x5_2'), five, 64, { kernel: [5, 5], padding: [2, 2] });
  let double = convolution(p.at('branch3x3dbl_1'), x, 64);
  double = convolution(p.at('branch3x3dbl_2'), double, 96, square);
  double = convolution(p.at('branch3x3dbl_3'), double, 96, square);
  const pooled = convolution(p.at('branch_pool'), pool(x), poolFeatures);
  return concat([one, five, double, pooled], 1);
}

/** torchvision's `InceptionB`: [b, c, h, w] -> [b, 480 + c, h / 2, w / 2]. */
export function firstReduction(p: Scope, x: Tensor): Tensor {
  const three = convolution(p.at('branch3x3'), x, 384, halving);
  let double = convolution(p.at('branch3x3dbl_1'), x, 64);
  double = convolution(p.at('branch3x3dbl_2'), double, 96, square);
  double = convolution(p.at('branch3x3dbl_3'), double, 96, halving);
  return concat([three, double, halvingMaximal(x)], 1);
}

/** torchvision's `InceptionC`, kernels of 7 x 7 as a row and a column: [b, c, h, w] -> [b, 768, h, w]. */
export function factorizedKernels(p: Scope, x: Tensor, pool: Pool, width: number): Tensor {
  const one = convolution(p.at('branch1x1'), x, 192);
  let seven = convolution(p.at('branch7x7_1'), x, width);
  seven = convolution(p.at('branch7x7_2'), seven, width, row(7));
  seven = convolution(p.at('branch7x7_3'), seven, 192, column(7));
  let double = convolution(p.at('branch7x7dbl_1'), x, width);
  double = convolution(p.at('branch7x7dbl_2'), double, width, column(7));
  double = convolution(p.at('branch7x7dbl_3'), double, width, row(7));
  double = convolution(p.at('branch7x7dbl_4'), double, width, column(7));
  double = convolution(p.at('branch7x7dbl_5'), double, 192, row(7));
  const pooled = convolution(p.at('branch_pool'), pool(x), 192);
  return concat([one, seven, double, pooled], 1);
}

/** torchvision's `InceptionD`: [b, c, h, w] -> [b, 512 + c, h / 2, w / 2]. */
export function secondReduction(p: Scope, x: Tensor): Tensor {
  let three = convolution(p.at('branch3x3_1'), x, 192);
  three = convolution(p.at('branch3x3_2'), three, 320, halving);
  let seven = convolution(p.at('branch7x7x3_1'), x, 192);
  seven = convolution(p.at('branch7x7x3_2'), seven, 192, row(7));
  seven = convolution(p.at('branch7x7x3_3'), seven, 192, column(7));
  seven = convolution(p.at('branch7x7x3_4'), seven, 192, halving);
  return concat([three, seven, halvingMaximal(x)], 1);
}

/** torchvision's `InceptionE`, rows and columns beside each other: [b, c, h, w] -> [b, 2048, h, w]. */
export function wideKernels(p: Scope, x: Tensor, pool: Pool): Tensor {
  const one = convolution(p.at('branch1x1'), x, 320);
  const three = convolution(p.at('branch3x3_1'), x, 384);
  let double = convolution(p.at('branch3x3dbl_1'), x, 448);
  double = convolution(p.at('branch3x3dbl_2'), double, 384, square);
  const branches = [
    one,
    convolution(p.at('branch3x3_2a'), three, 384, row(3)),
    convolution(p.at('branch3x3_2b'), three, 384, column(3)),
    convolution(p.at('branch3x3dbl_3a'), double, 384, row(3)),
    convolution(p.at('branch3x3dbl_3b'), double, 384, column(3)),
    convolution(p.at('branch_pool'), pool(x), 192),
  ];
  return concat(branches, 1);
}
