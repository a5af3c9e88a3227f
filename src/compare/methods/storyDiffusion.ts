import {
  type KeyframeMaker,
  type KeyframePainter,
  type KeyframeRequest,
  localKeyframeMaker,
  type MakerContext,
  type MakerVariant,
  paintFrames,
} from '../../film/index.ts';
import type { Image } from '../../media/index.ts';
import { Random } from '../../random/index.ts';
import type { ComparedMethod } from '../method.ts';
import { withoutSelfAttention } from './unet.ts';

/** Keyframes that are painted together, and the share of the others' tokens that each of them reads. */
const options = { window: 4, rate: 0.5 } as const;

/**
 * Consistent self-attention (Zhou et al., 2024, section 3.1): a window of pictures is sampled together, and in every
 * self-attention layer each reads, beside its own tokens, a random half of the tokens of the others. No weights change. The
 * paper conditions on text; here the U-Net has all that the preset's keyframes are rendered from. Windows do not overlap.
 */
export const storyDiffusion: ComparedMethod = {
  name: 'storydiffusion',
  paper:
    'Zhou et al., StoryDiffusion: Consistent Self-Attention for Long-Range Image and Video Generation, 2024',
  how: () =>
    `Keyframes in windows of ${options.window} that are sampled together; self-attention also reads a random ${options.rate * 100} % of ` +
    "the tokens of the window's others. Conditioned as the preset's keyframes are; the motion predictor of its clips is left out.",
  why: withoutSelfAttention,
  change: async () => ({ makers: { keyframe: consistent } }),
};

const consistent: MakerVariant<KeyframeMaker> = {
  ...{ id: 'storydiffusion', version: '1', sees: 'film', options },
  over: (models, identity) => {
    let last: { readonly from: number; readonly images: readonly Image[] } | undefined;
    return localKeyframeMaker(models, identity, async (painter, request, context) => {
      const from = request.index - (request.index % options.window);
      if (last?.from !== from) last = { from, images: await paintWindow(painter, request, from, context) };
      return last.images[request.index - from] as Image;
    });
  },
};

async function paintWindow(
  { renderer, frame }: KeyframePainter,
  request: KeyframeRequest,
  from: number,
  context: MakerContext,
): Promise<Image[]> {
  const requests = request.film?.requests.slice(from, from + options.window) ?? [request];
  const frames = await Promise.all(requests.map(frame));
  const places = [...frames.keys()];
  const sees = places.map((own) => places.filter((place) => place !== own));
  const random = Random.of(request.seed, 'storydiffusion', from);
  return paintFrames(renderer, frames, request, context, {
    attention: { sees, rate: options.rate, random },
  });
}
