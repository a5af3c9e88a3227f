import type { ComparedMethod } from '../method.ts';

/** The paper's method, as `generate` makes it: Zhao et al., "MovieDreamer", 2024. */
export const movieDreamer: ComparedMethod = {
  name: 'moviedreamer',
  paper: 'Zhao et al., MovieDreamer: Hierarchical Generation for Coherent Long Visual Sequences, 2024',
  how: () => 'Tokens from the autoregressor, keyframes from the renderer, and each clip from its keyframe.',
  change: async () => ({}),
};
