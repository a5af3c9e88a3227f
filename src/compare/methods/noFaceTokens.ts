import type { Base, ComparedMethod } from '../method.ts';

/**
 * Figure 5 of the paper: no faces in the autoregressor's sequence; the renderer has them. The paper trains such a model;
 * `ablate --only figure-5` does as well. Here the tokens are left out of the sequence of a model that knows them, unless
 * weights are given.
 */
export const noFaceTokens: ComparedMethod = {
  name: 'no-face-tokens',
  paper: 'ablation of the paper, figure 5: no face embeddings for the autoregressor',
  how: (base) => `The autoregressor reads no faces, only sentences; ${trained(base)}`,
  why: async ({ preset }) =>
    (await preset.config('autoregressor')).faceTokens === false
      ? "the preset's own autoregressor reads no faces"
      : undefined,
  change: async ({ weightsFor }) => {
    const weights = weightsFor['no-face-tokens'];
    return {
      configs: { 'autoregressor/config.json': { faceTokens: false } },
      ...(weights === undefined ? {} : { weights }),
    };
  },
};

const trained = ({ weightsFor }: Base): string =>
  weightsFor['no-face-tokens'] === undefined
    ? 'withheld when films are made, from a model that was trained with them.'
    : 'the model of --weights-for, which was trained so.';
