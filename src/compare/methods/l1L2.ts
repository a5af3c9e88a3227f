import type { ComparedMethod } from '../method.ts';

/**
 * "Ours-noC" of the paper's table 1: an autoregressor that was trained by l1 and l2 alone has no distribution to draw from,
 * and its tokens are means. A model of the preset is another one, so that weights must be given.
 */
export const l1L2: ComparedMethod = {
  name: 'l1-l2',
  paper: 'ablation of the paper, tables 1 and 4: no continuous token supervision',
  how: () =>
    'An autoregressor that was trained by l1 and l2 alone; its tokens are the means that it predicts.',
  why: async ({ weightsFor }) =>
    weightsFor['l1-l2'] === undefined
      ? 'needs an autoregressor that was trained by l1 and l2 alone ("loss": "l1+l2" in autoregressor/config.json), which the preset ' +
        'does not have; --weights-for l1-l2=FOLDER gives one'
      : undefined,
  change: async ({ weightsFor }) => ({
    configs: {
      'autoregressor/config.json': { loss: 'l1+l2' },
      'autoregressor/generation_config.json': { greedy: 'mean' },
    },
    weights: weightsFor['l1-l2'] as string,
  }),
};
