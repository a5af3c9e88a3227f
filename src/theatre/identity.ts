import type { Random } from '../random/index.ts';
import { hairColours, legColours, palette, skins } from './palette.ts';
import type { Identity, Split } from './types.ts';

/** Hair and hats by the gender they are drawn with. */
export const womensTops: readonly string[] = [
  'bob',
  'bun',
  'curly',
  'curvy',
  'dreads',
  'frida',
  'froBand',
  'longButNotTooLong',
  'miaWallace',
  'straight01',
  'straight02',
  'straightAndStrand',
  'bigHair',
  'hijab',
];
export const mensTops: readonly string[] = [
  'none',
  'sides',
  'turban',
  'dreads01',
  'dreads02',
  'frizzle',
  'shaggy',
  'shaggyMullet',
  'shortCurly',
  'shortFlat',
  'shortRound',
  'shortWaved',
  'theCaesar',
];
/** Worn by both; women wear them without a beard, men with one or the other way round: the beard shows the gender. */
export const sharedTops: readonly string[] = [
  'hat',
  'winterHat1',
  'winterHat02',
  'winterHat03',
  'winterHat04',
  'fro',
];

/** All of them. */
export const tops: readonly string[] = [...womensTops, ...mensTops, ...sharedTops];

export const hatTops: readonly string[] = [
  'hat',
  'hijab',
  'turban',
  'winterHat1',
  'winterHat02',
  'winterHat03',
  'winterHat04',
];

export const facialHairs: readonly string[] = [
  'beardLight',
  'beardMajestic',
  'beardMedium',
  'moustacheFancy',
  'moustacheMagnum',
];
export const glassesKinds: readonly string[] = ['prescription01', 'prescription02', 'round', 'eyepatch'];
export const clothings: readonly string[] = [
  'blazerAndShirt',
  'blazerAndSweater',
  'collarAndSweater',
  'graphicShirt',
  'hoodie',
  'overall',
  'shirtCrewNeck',
  'shirtScoopNeck',
  'shirtVNeck',
];
/** Not for beards. */
const dyed: readonly string[] = ['pink', 'blue'];
export const graphics: readonly string[] = ['bat', 'bear', 'deer', 'diamond', 'pizza', 'skull'];

/** The split an identity belongs to: a hash of its face attributes, so that a change of clothes does not change sides. */
export function splitOf(identity: Identity): Split {
  const hair = hatTops.includes(identity.top) || identity.top === 'none' ? '' : identity.hairColour;
  const beard = identity.facialHair === 'none' ? '' : identity.hairColour;
  const hat = hatTops.includes(identity.top) ? identity.hatColour : '';
  const face = [identity.skin, identity.top, hair, hat, identity.facialHair, beard, identity.glasses].join(
    '|',
  );
  let h = 0x811c9dc5;
  for (let i = 0; i < face.length; i++) h = Math.imul(h ^ face.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  const bucket = ((h ^ (h >>> 16)) >>> 0) % 20;
  return bucket < 16 ? 'train' : bucket < 18 ? 'validation' : 'test';
}

/** A person of `split`, drawn from `random`. */
export function sampleIdentity(random: Random, split: Split): Identity {
  for (;;) {
    const identity = draw(random);
    if (splitOf(identity) === split) return identity;
  }
}

function draw(random: Random): Identity {
  const gender = random.chance(0.5) ? 'woman' : 'man';
  const shared = random.chance(0.22);
  const top = random.pick(shared ? sharedTops : gender === 'woman' ? womensTops : mensTops);
  const bearded = gender === 'man' && (shared || random.chance(0.45));
  const colours = Object.keys(palette);
  const clothing = random.pick(clothings);
  // the graphic is white
  const clothesColour = random.pick(
    clothing === 'graphicShirt' ? colours.filter((name) => name !== 'white') : colours,
  );
  const hair = Object.keys(hairColours).filter((name) => !bearded || !dyed.includes(name));
  return {
    gender,
    skin: random.pick(Object.keys(skins)),
    top,
    hairColour: random.pick(hair),
    hatColour: random.pick(colours),
    facialHair: bearded ? random.pick(facialHairs) : 'none',
    glasses: random.chance(0.3) ? random.pick(glassesKinds) : 'none',
    clothing,
    clothesColour,
    graphic: random.pick(graphics),
    ...legsOf(gender, clothing, clothesColour),
  };
}

/** Legs go with what is worn above: neither a portrait nor a description says more of them. */
function legsOf(
  gender: Identity['gender'],
  clothing: string,
  clothesColour: string,
): Pick<Identity, 'legs' | 'legsColour'> {
  const skirt = gender === 'woman' && clothings.indexOf(clothing) % 2 === 0 && clothing !== 'hoodie';
  const colour = Object.keys(palette).indexOf(clothesColour) % legColours.length;
  return { legs: skirt ? 'skirt' : 'trousers', legsColour: legColours[colour] as string };
}

/** People of one episode: no two with the same hair or hat, and no two in clothes of the same colour. */
export function sampleCast(random: Random, split: Split, count: number): Identity[] {
  const cast: Identity[] = [];
  while (cast.length < count) {
    const next = sampleIdentity(random, split);
    if (cast.every((other) => other.top !== next.top && other.clothesColour !== next.clothesColour))
      cast.push(next);
  }
  return cast;
}
