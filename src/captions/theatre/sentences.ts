import { Random } from '../../random/index.ts';
import { splitSentences } from '../../script/index.ts';
import {
  type Character,
  companions,
  type Expression,
  indoorPlaces,
  type Pattern,
  type Place,
  type Pose,
  type PropName,
  patterns,
  propNames,
  tell,
} from '../../theatre/index.ts';
import { chance, genderOf, likeliest, type Reading } from './evidence.ts';
import type { DrawnSet } from './sets.ts';

/** Somebody in a shot. */
export interface ReadPerson {
  readonly label: string;
  readonly reading: Reading;
}

/** A sentence that could be told of a shot. */
export interface Candidate {
  readonly pattern: Pattern;
  /** Who acts first, then the others. */
  readonly roles: readonly ReadPerson[];
  readonly prop: PropName | undefined;
  /** Natural logarithm of the likelihood of what is seen, if this were told. */
  readonly score: number;
}

/** Whether a pattern's sentence can be told in a set of that many people. */
function fits(pattern: Pattern, people: number, { place, time, weather, size }: DrawnSet): boolean {
  const [least, most] = pattern.people;
  if (people < least || people > most) return false;
  if (!(pattern.sizes?.includes(size) ?? true)) return false;
  if (!(pattern.times?.includes(time) ?? true)) return false;
  if (!(pattern.weathers?.includes(weather) ?? true)) return false;
  if (pattern.where === undefined) return true;
  const isIndoor = indoorPlaces.includes(place);
  if (pattern.where === 'indoor') return isIndoor;
  return pattern.where === 'outdoor' ? !isIndoor : pattern.where.includes(place);
}

/**
 * All sentences that can be told of the people of a shot, the likeliest first. Those that differ only in words that no
 * picture tells apart (`in the forest`, `among the trees`) are one.
 */
export function rankSentences(people: readonly ReadPerson[], set: DrawnSet): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const pattern of patterns) {
    if (!fits(pattern, people.length, set)) continue;
    for (const roles of castings(people)) {
      const mood = moodLikelihood(pattern, roles);
      for (const prop of propsOf(pattern, set)) {
        const score = Math.log(mood * handsLikelihood(pattern, roles, prop) + 1e-12);
        const candidate = { pattern, roles, prop, score };
        const name = told(candidate);
        const known = found.get(name);
        if (!known || known.score < score) found.set(name, candidate);
      }
    }
  }
  return [...found.values()].sort((a, b) => b.score - a.score);
}

/** What makes two candidates one sentence. */
export function told({ pattern, roles, prop }: Candidate): string {
  const named = ['{A}', '{B}'].map((slot, i) => (pattern.text.includes(slot) ? roles[i]?.label : ''));
  return [pattern.id, ...named, prop ?? ''].join(' ');
}

/** Everybody first once, with everybody else in each place of the second. */
function castings(people: readonly ReadPerson[]): (readonly ReadPerson[])[] {
  if (people.length === 0) return [[]];
  return people.flatMap((lead) => {
    const others = people.filter((person) => person !== lead);
    if (others.length < 2) return [[lead, ...others]];
    return others.map((second) => [lead, second, ...others.filter((person) => person !== second)]);
  });
}

/** A suitcase hangs too low for a close-up. */
const propsOf = ({ props }: Pattern, { size }: DrawnSet): readonly (PropName | undefined)[] =>
  props ? props.filter((name) => size !== 'close-up' || name !== 'suitcase') : [undefined];

function moodLikelihood(pattern: Pattern, [lead, ...others]: readonly ReadPerson[]): number {
  if (!lead) return 1;
  const shows = ({ reading }: ReadPerson, mood: string): number => chance(reading, 'expression', mood);
  const mean = (person: ReadPerson, moods: readonly Expression[]): number =>
    moods.reduce((sum, mood) => sum + shows(person, mood), 0) / moods.length;
  return (
    pattern.a.reduce((sum, mood) => {
      const rest = others.map((person) =>
        pattern.together ? shows(person, mood) : mean(person, pattern.b ?? companions[mood]),
      );
      return sum + shows(lead, mood) * rest.reduce((all, own) => all * own, 1);
    }, 0) / pattern.a.length
  );
}

/** How often somebody of whose hands the sentence says nothing holds something (`theatre/story.ts`). */
const carrying = 0.2;

function handsLikelihood(
  { pose = 'stand', others: rest = 'stand', props }: Pattern,
  [lead, ...others]: readonly ReadPerson[],
  prop: PropName | undefined,
): number {
  if (!lead) return 1;
  const own =
    prop && props
      ? (chance(lead.reading, 'prop', prop) * chance(lead.reading, 'pose', pose)) / props.length
      : posed(lead, pose);
  return others.reduce((all, person) => all * posed(person, rest), own);
}

function posed({ reading }: ReadPerson, pose: Pose): number {
  if (pose !== 'stand') return chance(reading, 'pose', pose);
  const any = propNames.reduce((sum, name) => sum + chance(reading, 'prop', name), 0) / propNames.length;
  const isFree = chance(reading, 'prop', 'nothing') * chance(reading, 'pose', 'stand');
  return (1 - carrying) * isFree + carrying * any * chance(reading, 'pose', 'hold');
}

/** The sentences of a candidate; people are called by their labels in brackets. */
export function sentencesOf({ pattern, roles, prop }: Candidate, place: Place): string[] {
  const characters = roles.map(({ label, reading }) => asCharacter(label, genderOf(reading)));
  const [lead] = roles;
  const held = prop && lead ? { name: prop, colour: likeliest(lead.reading, 'propColour') } : undefined;
  const random = Random.of(0, 'captions', pattern.id, place, ...roles.map(({ label }) => label));
  return splitSentences(tell(random, pattern, characters[0], characters, place, held));
}

const asCharacter = (label: string, gender: string): Character =>
  ({ id: label, name: `[${label}]`, identity: { gender }, description: '' }) as unknown as Character;
