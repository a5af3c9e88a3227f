import {
  type FilmInTheMaking,
  type KeyframeMaker,
  localKeyframeMaker,
  type MakerVariant,
  type PaintKeyframe,
  paintAlone,
  paintFrames,
} from '../../film/index.ts';
import type { Image } from '../../media/index.ts';
import { Random } from '../../random/index.ts';
import type { ComparedMethod } from '../method.ts';
import { withoutSelfAttention } from './unet.ts';

/** Earlier keyframes that a keyframe is conditioned on. */
const options = { context: 2 } as const;

/**
 * StoryGen (Liu et al., 2023): keyframes one after the other, each conditioned on the diffusion features of the ones before,
 * which the same U-Net computes from their noised latents. The paper trains cross-attention layers of their own for these
 * features; the preset has none, so self-attention reads them.
 */
export const storyGen: ComparedMethod = {
  name: 'storygen',
  paper:
    'Liu et al., Intelligent Grimm: Open-ended Visual Storytelling via Latent Diffusion Models (StoryGen), 2023',
  how: () =>
    `Each keyframe also reads the features of the ${options.context} before it, as the U-Net sees them with the noise of each step. Its own ` +
    'trained layers for that are left out: self-attention reads them.',
  why: withoutSelfAttention,
  change: async () => ({ makers: { keyframe: inContext } }),
};

const paint: PaintKeyframe = async (painter, request, context) => {
  const { film, index, seed, shot } = request;
  const places = Array.from({ length: Math.min(options.context, index) }, (_, i) => index - i - 1).reverse();
  if (places.length === 0) return paintAlone(painter, request, context);
  const { requests, keyframe } = film as FilmInTheMaking;
  const before = await Promise.all(places.map(keyframe));
  const frames = await Promise.all(
    places.map(async (place) => ({
      ...(await painter.frame(requests[place] as typeof request)),
      random: Random.of(seed, 'storygen', shot, place),
    })),
  );
  const { renderer } = painter;
  const sees = [...places.map(() => []), [...places.keys()]];
  const [image] = await paintFrames(renderer, [await painter.frame(request)], request, context, {
    given: { frames, latents: await renderer.codec.encodeImages(before) },
    attention: { sees, rate: 1, random: Random.of(seed, 'storygen', shot) },
  });
  return image as Image;
};

const inContext: MakerVariant<KeyframeMaker> = {
  ...{ id: 'storygen', version: '1', sees: 'film', options },
  over: (models, identity) => localKeyframeMaker(models, identity, paint),
};
