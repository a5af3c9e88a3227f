import {
  type KeyframeMaker,
  localKeyframeMaker,
  type MakerVariant,
  type PaintKeyframe,
  paintAlone,
} from '../../film/index.ts';
import type { ComparedMethod } from '../method.ts';

/**
 * Figure 3 of the paper, second row: the renderer sees the compressed tokens only, and neither sentences nor faces. The paper
 * trains its decoder so before the ID-preserving rendering; here the rows are withheld from a renderer that knows them.
 */
export const noIdentityRows: ComparedMethod = {
  name: 'no-identity-rows',
  paper: 'ablation of the paper, figure 3: rendering from the compressed tokens alone',
  how: () =>
    'The renderer sees neither sentences nor faces, only the tokens; withheld when films are made, from a model that was trained with ' +
    'them.',
  why: async ({ preset }) => {
    const { sentences = 15, faces = 5 } = await preset.config('renderer');
    return sentences === 0 && faces === 0 ? "the preset's own renderer sees the tokens alone" : undefined;
  },
  change: async () => ({ makers: { keyframe: withoutRows } }),
};

const paint: PaintKeyframe = ({ renderer, frame }, request, context) => {
  const bare = async (own: typeof request) => {
    const { tokens, random } = await frame(own);
    return { tokens, random, sentences: [], faces: [] };
  };
  return paintAlone({ renderer, frame: bare }, request, context);
};

const withoutRows: MakerVariant<KeyframeMaker> = {
  ...{ id: 'no-identity-rows', version: '1', options: {} },
  over: (models, identity) => localKeyframeMaker(models, identity, paint),
};
