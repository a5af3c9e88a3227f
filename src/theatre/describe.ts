import type { Random } from '../random/index.ts';
import { hatTops } from './identity.ts';
import type { Identity } from './types.ts';

// Each form belongs to one kind: a script that says 'a blue jacket' has to mean one picture.
export const hairForms: Readonly<Record<string, readonly string[]>> = {
  bob: ['{c} hair in a bob', 'chin-length {c} hair', 'a {c} bob'],
  bun: ['{c} hair in a bun', 'a {c} bun', 'a {c} topknot'],
  curly: ['big {c} curls', 'curly {c} hair', 'thick {c} curls'],
  curvy: ['long wavy {c} hair', 'wavy {c} hair', 'long {c} waves'],
  dreads: ['long {c} dreadlocks', '{c} dreadlocks down to the chest'],
  frida: ['flowers in {her} {c} hair', 'a wreath of flowers on {her} {c} hair'],
  fro: ['a big {c} afro', 'a round {c} afro'],
  froBand: ['a {c} afro and a hair band', 'a big {c} afro held by a pale blue band'],
  longButNotTooLong: ['shoulder-length {c} hair', 'straight {c} hair to the shoulders'],
  miaWallace: ['a {c} bob with a straight fringe', '{c} hair with a fringe'],
  straight01: ['very long straight {c} hair', 'long straight {c} hair'],
  straight02: ['long {c} hair', 'long smooth {c} hair'],
  straightAndStrand: ['long {c} hair with a parted fringe', '{c} hair with a parted fringe'],
  bigHair: ['very long wavy {c} hair', 'big long {c} hair'],
  none: ['a bald head'],
  sides: ['a bald crown and {c} hair at the sides', 'a ring of {c} hair'],
  dreads01: ['short {c} dreadlocks', 'short {c} twists'],
  dreads02: ['wild {c} hair', 'wild spiky {c} hair'],
  frizzle: ['a {c} quiff', 'a {c} tuft of hair'],
  shaggy: ['shaggy {c} hair', 'untidy {c} hair'],
  shaggyMullet: ['a shaggy {c} mullet', 'a {c} mullet'],
  shortCurly: ['short curly {c} hair', 'short {c} curls'],
  shortFlat: ['short {c} hair', 'neat short {c} hair'],
  shortRound: ['short rounded {c} hair', 'rounded {c} hair'],
  shortWaved: ['short wavy {c} hair', '{c} hair in a wave'],
  theCaesar: ['cropped {c} hair', 'very short {c} hair'],
};

export const hatForms: Readonly<Record<string, readonly string[]>> = {
  hat: ['a {c} wide-brimmed hat', 'a big {c} hat', 'a {c} sun hat'],
  hijab: ['a {c} headscarf', 'a {c} hijab'],
  turban: ['a {c} turban'],
  winterHat1: ['a {c} winter hat with fur flaps', 'a {c} fur-lined cap'],
  winterHat02: ['a {c} knitted hat with ear flaps', 'a {c} patterned woollen hat'],
  winterHat03: ['a {c} bobble hat', 'a {c} hat with a white bobble'],
  winterHat04: ['a {c} hat with cat ears', 'a {c} cat-eared hat'],
};

export const beards: Readonly<Record<string, readonly string[]>> = {
  beardLight: ['a short {c} beard', 'a trimmed {c} beard'],
  beardMajestic: ['a big {c} beard', 'a long bushy {c} beard', 'a full {c} beard'],
  beardMedium: ['a {c} beard', 'a thick {c} beard'],
  moustacheFancy: ['a curled {c} moustache', 'a fancy {c} moustache'],
  moustacheMagnum: ['a {c} moustache', 'a thick {c} moustache'],
};

export const glassesForms: Readonly<Record<string, readonly string[]>> = {
  prescription01: ['glasses', 'dark-rimmed glasses'],
  prescription02: ['square glasses', 'large square glasses'],
  round: ['round glasses', 'small round glasses'],
  eyepatch: ['an eyepatch', 'a black eyepatch'],
};

const graphicNames: Readonly<Record<string, string>> = {
  bat: 'a bat',
  bear: 'a bear',
  deer: 'a deer',
  diamond: 'a diamond',
  pizza: 'a slice of pizza',
  skull: 'a skull',
};

export const clothesForms: Readonly<Record<string, readonly string[]>> = {
  blazerAndShirt: ['a {c} jacket over a white shirt', 'a {c} blazer', 'a {c} jacket'],
  blazerAndSweater: ['a {c} jacket over a pale sweater', 'a {c} blazer over a pale sweater'],
  collarAndSweater: ['a {c} sweater with a collar', 'a {c} jumper over a collared shirt', 'a {c} sweater'],
  graphicShirt: ['a {c} T-shirt with {g} on it', 'a {c} shirt showing {g}'],
  hoodie: ['a {c} hoodie', 'a hooded {c} sweatshirt'],
  overall: ['{c} overalls', '{c} dungarees'],
  shirtCrewNeck: ['a {c} T-shirt', 'a plain {c} shirt', 'a {c} shirt'],
  shirtScoopNeck: ['a {c} top with a wide neckline', 'a {c} top'],
  shirtVNeck: ['a {c} V-neck shirt', 'a {c} shirt with a V-neck'],
};

/** One plain sentence that names what one sees: hair or hat, beard, glasses, clothes. */
export function describe(identity: Identity, random: Random): string {
  const { gender, hairColour, clothesColour } = identity;
  const her = gender === 'woman' ? 'her' : 'his';
  const hatted = hatTops.includes(identity.top);
  const fill = (text: string, colour: string): string =>
    text
      .replace('{c}', colour)
      .replace('{her}', her)
      .replace('{g}', graphicNames[identity.graphic] ?? '');
  const hair = hatted
    ? fill(random.pick(hatForms[identity.top] as readonly string[]), identity.hatColour)
    : fill(random.pick(hairForms[identity.top] as readonly string[]), hairColour);
  const beard =
    identity.facialHair === 'none'
      ? null
      : fill(random.pick(beards[identity.facialHair] as readonly string[]), hairColour);
  const glasses =
    identity.glasses === 'none' ? null : random.pick(glassesForms[identity.glasses] as readonly string[]);
  const clothes = fill(random.pick(clothesForms[identity.clothing] as readonly string[]), clothesColour);
  const bald = identity.top === 'none';
  const noun = `${article(bald ? 'bald' : gender)} ${bald ? `bald ${gender}` : gender}`;
  const head = hatted || bald ? [beard, glasses] : [hair, beard, glasses];
  const worn = hatted ? [hair, clothes] : [clothes];
  return sentence(noun, present(head), worn, random);
}

function sentence(noun: string, head: string[], worn: string[], random: Random): string {
  const wearing = random.pick(['wearing', 'in', 'dressed in']);
  if (head.length === 0)
    return tidy(random.chance(0.5) ? `${noun} ${wearing} ${list(worn)}` : `${noun} with ${list(worn)}`);
  const form = random.int(4);
  if (form === 0) return tidy(`${noun} with ${list([...head, ...worn])}`);
  if (form === 1) return tidy(`${noun} ${wearing} ${list(worn)}, with ${list(head)}`);
  return tidy(`${noun} with ${list(head)}, ${wearing} ${list(worn)}`);
}

const present = (items: (string | null)[]): string[] => items.filter((item) => item !== null);

/** 'a', 'a and b', 'a, b and c'. */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

const article = (word: string): string => (/^[aeiou]/i.test(word) ? 'An' : 'A');

function tidy(text: string): string {
  return `${text.replace(/\ba (?=(auburn|orange))/g, 'an ')}.`;
}
