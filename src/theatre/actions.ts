import type { Random } from '../random/index.ts';
import { propPhrase } from './props.ts';
import type { Pose, Prop } from './types.ts';

/** What a script may say of somebody's hands beside the expression; `{prop}` is 'a red cup'. */
const actions: Readonly<Partial<Record<Pose, readonly string[]>>> = {
  wave: ['waving', 'with one hand raised', 'waving with one hand'],
  hold: ['holding {prop}', 'with {prop} in {her} hand', 'with {prop}'],
  raise: ['lifting {prop}', 'holding up {prop}', 'raising {prop}'],
  hips: ['with hands on hips', 'hands on {her} hips'],
  think: ['with a hand on {her} chin', 'a hand on {her} chin'],
  cheer: ['with both arms in the air', 'cheering', 'with raised arms'],
  shelter: ['under {prop}', 'holding {prop} overhead'],
  walk: ['walking'],
};

/** The words for a pose with what is held in it; undefined for one that there are no words for. */
export function actionWords(
  random: Random,
  gender: 'woman' | 'man',
  pose: Pose,
  prop?: Prop,
): string | undefined {
  const forms = actions[pose]?.filter((text) => prop || !text.includes('{prop}')) ?? [];
  if (forms.length === 0) return undefined;
  return random
    .pick(forms)
    .replace('{prop}', prop ? propPhrase(prop.name, prop.colour) : '')
    .replace('{her}', gender === 'woman' ? 'her' : 'his');
}
