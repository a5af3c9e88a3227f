import type { ComparedMethod, MethodName } from '../method.ts';
import { freeNoise } from './freeNoise.ts';
import { l1L2 } from './l1L2.ts';
import { lastFrame } from './lastFrame.ts';
import { movieDreamer } from './movieDreamer.ts';
import { noFaceTokens } from './noFaceTokens.ts';
import { noIdentityRows } from './noIdentityRows.ts';
import { seine, streamingT2v } from './notOfThisAnimator.ts';
import { storyDiffusion } from './storyDiffusion.ts';
import { storyGen } from './storyGen.ts';

/** All methods. Another one is a file here, its name in `methodNames`, and its line. */
export const methods: Readonly<Record<MethodName, ComparedMethod>> = {
  moviedreamer: movieDreamer,
  'last-frame': lastFrame,
  'l1-l2': l1L2,
  'no-face-tokens': noFaceTokens,
  'no-identity-rows': noIdentityRows,
  storydiffusion: storyDiffusion,
  storygen: storyGen,
  freenoise: freeNoise,
  streamingt2v: streamingT2v,
  seine,
};
