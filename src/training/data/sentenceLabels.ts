import { characterSentences, splitSentences } from '../../script/index.ts';
import { clothings, facialHairs, glassesKinds, graphics, tops } from '../../theatre/identity.ts';
import {
  type Actor,
  type Character,
  type Episode,
  expressions,
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
  weathers,
} from '../../theatre/index.ts';

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

/** The values of each attribute; it may also be left unsaid, which is class 0. */
export const attributes: Readonly<Record<Attribute, readonly string[]>> = {
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
export const attributeNames: readonly Attribute[] = Object.keys(attributes) as Attribute[];

/** Of each attribute that a sentence of its kind could name: its value, or null where it does not. */
export type SentenceLabels = { readonly [A in Attribute]?: string | null };

export interface LabelledSentence {
  readonly text: string;
  readonly labels: SentenceLabels;
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

function personLabels({ identity }: Character, actor: Actor): SentenceLabels {
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

function elementLabels(text: string): SentenceLabels {
  return { place: null, time: null, weather: null, size: null, ...readElement(text) };
}

/** The first sentence of a plot is the pattern's: who acts holds what it names. */
function plotLabels(shot: Shot): SentenceLabels {
  for (const { prop } of shot.characters) {
    if (!prop) continue;
    if (shot.plot.includes(propPhrase(prop.name, prop.colour))) return propLabels(prop);
    const noun = propPhrase(prop.name, '').split(' ').at(-1) as string;
    if (new RegExp(`\\b${noun}\\b`).test(shot.plot)) return propLabels(undefined, prop);
  }
  return propLabels(undefined);
}

/** `named` without its colour where the sentence leaves that out. */
function propLabels(prop: Actor['prop'], named: Actor['prop'] = prop): SentenceLabels {
  const coloured = prop && propPhrase(prop.name, '*').includes('*'); // others have a colour of their own
  return { prop: named?.name ?? null, propColour: coloured ? prop.colour : null };
}

/** Where each attribute's classes begin in a row of all, and how long the row is. */
export const classRanges: { readonly [A in Attribute]: readonly [from: number, count: number] } = (() => {
  let from = 0;
  return Object.fromEntries(
    attributeNames.map((name) => {
      const range = [from, attributes[name].length + 1] as const;
      from += range[1];
      return [name, range];
    }),
  ) as Record<Attribute, readonly [number, number]>;
})();
export const classCount: number = Object.values(classRanges).reduce((sum, [, count]) => sum + count, 0);

/** The class of a value of an attribute: 0 where it is unsaid. */
export function classOf(attribute: Attribute, value: string | null): number {
  if (value === null) return 0;
  const index = attributes[attribute].indexOf(value);
  if (index < 0) throw new RangeError(`sentenceLabels: ${attribute} has no value '${value}'`);
  return index + 1;
}

/**
 * Targets of some sentences: `classes` [n, classCount] has a one for each value, `asked` [n, attributes] a one where the
 * sentence could name the attribute.
 */
export function labelTargets(sentences: readonly LabelledSentence[]): {
  readonly classes: Float32Array;
  readonly asked: Float32Array;
} {
  const n = sentences.length;
  const classes = new Float32Array(n * classCount);
  const asked = new Float32Array(n * attributeNames.length);
  sentences.forEach(({ labels }, i) => {
    attributeNames.forEach((name, a) => {
      const value = labels[name];
      if (value === undefined) return;
      asked[i * attributeNames.length + a] = 1;
      classes[i * classCount + classRanges[name][0] + classOf(name, value)] = 1;
    });
  });
  return { classes, asked };
}
