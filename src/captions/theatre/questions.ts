import {
  clothings,
  expressions,
  facialHairs,
  glassesKinds,
  graphics,
  hairColours,
  hatTops,
  type Identity,
  type Pose,
  type Prop,
  palette,
  poses,
  propNames,
  tops,
} from '../../theatre/index.ts';

/** Squares around a face that are looked at: tightly, with hair and hat, and down to the hands. */
export const crops = ['face', 'head', 'hands'] as const;
export type CropName = (typeof crops)[number];

/** What is asked of somebody. */
export type Question =
  | 'expression'
  | 'gender'
  | 'top'
  | 'hairColour'
  | 'hatColour'
  | 'facialHair'
  | 'glasses'
  | 'clothing'
  | 'clothesColour'
  | 'graphic'
  | 'pose'
  | 'prop'
  | 'propColour';

const withNone = (kinds: readonly string[]): readonly string[] => [...new Set(['none', ...kinds])];

/** All answers, and the crop in which they are to be seen. */
export const questions: Readonly<
  Record<Question, { readonly crop: CropName; readonly answers: readonly string[] }>
> = {
  expression: { crop: 'face', answers: expressions },
  gender: { crop: 'head', answers: ['woman', 'man'] },
  top: { crop: 'head', answers: tops },
  hairColour: { crop: 'head', answers: Object.keys(hairColours) },
  hatColour: { crop: 'head', answers: Object.keys(palette) },
  facialHair: { crop: 'head', answers: withNone(facialHairs) },
  glasses: { crop: 'head', answers: withNone(glassesKinds) },
  clothing: { crop: 'hands', answers: clothings },
  clothesColour: { crop: 'hands', answers: Object.keys(palette) },
  graphic: { crop: 'hands', answers: graphics },
  pose: { crop: 'hands', answers: poses },
  prop: { crop: 'hands', answers: [...propNames, 'nothing'] },
  propColour: { crop: 'hands', answers: Object.keys(palette) },
};

export const questionNames: readonly Question[] = Object.keys(questions) as Question[];
export const questionsOf = (crop: CropName): readonly Question[] =>
  questionNames.filter((name) => questions[name].crop === crop);

/** What is true of somebody in a picture; null where it is not to be seen. */
export function answersOf(
  identity: Identity,
  shown: { readonly expression: string; readonly pose: Pose; readonly prop?: Prop },
): Readonly<Record<Question, string | null>> {
  const isHatted = hatTops.includes(identity.top);
  const isBearded = identity.facialHair !== 'none';
  const hasHair = !isHatted && identity.top !== 'none';
  return {
    expression: shown.expression,
    gender: identity.gender,
    top: identity.top,
    hairColour: hasHair || isBearded ? identity.hairColour : null,
    hatColour: isHatted ? identity.hatColour : null,
    facialHair: identity.facialHair,
    glasses: identity.glasses,
    clothing: identity.clothing,
    clothesColour: identity.clothesColour,
    graphic: identity.clothing === 'graphicShirt' ? identity.graphic : null,
    pose: shown.pose,
    prop: shown.prop?.name ?? 'nothing',
    propColour: shown.prop?.colour ?? null,
  };
}
