import { characterSentences, splitSentences } from '../script/index.ts';
import {
  type Actor,
  type Character,
  clothings,
  type Episode,
  expressions,
  facialHairs,
  glassesKinds,
  graphics,
  hairColours,
  hatTops,
  palette,
  places,
  poses,
  propNames,
  propPhrase,
  readElement,
  type Shot,
  sizes,
  times,
  tops,
  weathers,
} from '../theatre/index.ts';
import { LabelSpace, type Labels } from './labelSpace.ts';

/** What a sentence may say. */
export type Attribute =
  | 'gender'
  | 'top'
  | 'hairColour'
  | 'hatColour'
  | 'facialHair'
  | 'glasses'
  | 'clothing'
  | 'clothesColour'
  | 'graphic'
  | 'expression'
  | 'hands'
  | 'prop'
  | 'propColour'
  | 'place'
  | 'time'
  | 'weather'
  | 'size';

/** Null: the sentence leaves it unsaid. */
const attributes: Readonly<Record<Attribute, readonly string[]>> = {
  gender: ['woman', 'man'],
  top: tops,
  hairColour: Object.keys(hairColours),
  hatColour: Object.keys(palette),
  facialHair: facialHairs,
  glasses: glassesKinds,
  clothing: clothings,
  clothesColour: Object.keys(palette),
  graphic: graphics,
  expression: expressions,
  hands: poses,
  prop: propNames,
  propColour: Object.keys(palette),
  place: places,
  time: times,
  weather: weathers,
  size: sizes,
};
export const sentenceSpace: LabelSpace<Attribute> = new LabelSpace(attributes);

export interface LabelledSentence {
  readonly text: string;
  /** Attributes that a sentence of its kind could say. */
  readonly labels: Labels<Attribute>;
}

/** The sentences of a shot's script with what they say: about its people, and about scene and plot. */
export function labelledSentences(
  episode: Episode,
  shot: Shot,
): { readonly people: readonly LabelledSentence[]; readonly others: readonly LabelledSentence[] } {
  const people = shot.characters.map((actor) => {
    const character = episode.characters.find((c) => c.id === actor.id) as Character;
    const said = [actor.word, actor.action].filter((word) => word !== undefined).join(', ');
    const text = characterSentences(character.description, said)[0] as string;
    return { text, labels: personLabels(character, actor) };
  });
  const elements = shot.elements.map((text) => ({ text, labels: elementLabels(text) }));
  const plots = splitSentences(shot.plot).map((text, i) => ({
    text,
    labels: i === 0 ? plotLabels(shot) : {},
  }));
  return { people, others: [...elements, ...plots] };
}

function personLabels({ identity }: Character, actor: Actor): Labels<Attribute> {
  const hatted = hatTops.includes(identity.top);
  const hasHair = !hatted && identity.top !== 'none';
  const bearded = identity.facialHair !== 'none';
  const prop = actor.action ? actor.prop : undefined;
  return {
    gender: identity.gender,
    top: identity.top,
    hairColour: hasHair || bearded ? identity.hairColour : null,
    hatColour: hatted ? identity.hatColour : null,
    facialHair: bearded ? identity.facialHair : null,
    glasses: identity.glasses === 'none' ? null : identity.glasses,
    clothing: identity.clothing,
    clothesColour: identity.clothesColour,
    graphic: identity.clothing === 'graphicShirt' ? identity.graphic : null,
    expression: actor.word ? actor.expression : null,
    hands: actor.action ? actor.pose : null,
    ...propLabels(prop),
  };
}

function elementLabels(text: string): Labels<Attribute> {
  return { place: null, time: null, weather: null, size: null, ...readElement(text) };
}

/** The first sentence of a plot is the pattern's: who acts holds what it names. */
function plotLabels(shot: Shot): Labels<Attribute> {
  for (const { prop } of shot.characters) {
    if (!prop) continue;
    if (shot.plot.includes(propPhrase(prop.name, prop.colour))) return propLabels(prop);
    const noun = propPhrase(prop.name, '').split(' ').at(-1) as string;
    if (new RegExp(`\\b${noun}\\b`).test(shot.plot)) return propLabels(undefined, prop);
  }
  return propLabels(undefined);
}

/** `named` without its colour where the sentence leaves that out. */
function propLabels(prop: Actor['prop'], named: Actor['prop'] = prop): Labels<Attribute> {
  const coloured = prop && propPhrase(prop.name, '*').includes('*'); // others have a colour of their own
  return { prop: named?.name ?? null, propColour: coloured ? prop.colour : null };
}
