import type { Random } from '../random/index.ts';
import { list } from './describe.ts';
import { type Pattern, placePhrases } from './patterns/index.ts';
import { propPhrase, props } from './props.ts';
import type { Character, Place, Prop, PropName } from './types.ts';

/** The pattern's sentence, and one more for those it does not name. */
export function tell(
  r: Random,
  pattern: Pattern,
  lead: Character | undefined,
  roles: readonly Character[],
  place: Place,
  prop: Prop | undefined,
): string {
  const woman = lead?.identity.gender === 'woman';
  const names = roles.map((c) => c.name);
  const phrases = placePhrases[place];
  let text = pattern.text
    .replaceAll('{A}', names[0] ?? '')
    .replaceAll('{B}', names[1] ?? '')
    .replaceAll('{all}', list(names))
    .replaceAll('{rest}', list(names.slice(1)))
    .replaceAll('{prop}', prop ? propPhrase(prop.name, prop.colour) : '')
    .replaceAll('{at}', r.pick(phrases.at))
    .replaceAll('{through}', phrases.through)
    .replaceAll('{she}', woman ? 'she' : 'he')
    .replaceAll('{her}', woman ? 'her' : 'his')
    .replaceAll('{him}', woman ? 'her' : 'him');
  if (!/\{(B|all|rest)\}/.test(pattern.text) && names.length > 1) {
    const rest = list(names.slice(1));
    const many = names.length > 2;
    text += ` ${r.pick(many ? [`${rest} stand beside ${woman ? 'her' : 'him'}.`, `${rest} are there too.`] : [`${rest} stands beside ${woman ? 'her' : 'him'}.`, `${rest} is there too.`])}`;
  }
  return text;
}

export function makeTitle(
  r: Random,
  cast: readonly Character[],
  theme: PropName,
  colours: ReadonlyMap<PropName, string>,
  stage: readonly Place[],
): string {
  const thing = props[theme].noun.replace('{c}', colours.get(theme) as string);
  const place = r.pick(stage);
  const a = cast[0]!.name;
  return r.pick([
    `The ${thing}`,
    `${a} and the ${thing}`,
    `${a} and ${cast[1]!.name}`,
    `The secret ${placePhrases[place].at[0]}`,
    `A night ${placePhrases[place].at[0]}`,
    `What ${a} found`,
  ]);
}
