import { add, relu, type Scope, type Tensor, zeros } from '../../graph/index.ts';
import { conv2d } from '../../nn/index.ts';

/**
 * Two convolutions at the picture's own resolution behind a decoder whose last layer writes squares of pixels: that layer
 * cannot see what it writes next to a square's border. 5 x 5 to `channels`, ReLU, 3 x 3 back, added to the picture; the
 * last layer begins at zero, so a decoder that gets a tail decodes as before until it is trained.
 * @param p the VAE's scope; parameters `decoder.tail.conv_in` and `decoder.tail.conv_out`
 * @param image [b, c, h, w], of the same shape as what is returned
 */
export function tail(p: Scope, image: Tensor, channels: number): Tensor {
  const at = p.at('decoder', 'tail');
  const h = relu(conv2d(at.at('conv_in'), image, channels, { kernel: 5 }));
  return add(image, conv2d(at.at('conv_out'), h, image.dim(1), { kernel: 3, init: zeros }));
}
