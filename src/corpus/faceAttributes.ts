import type { Random } from '../random/index.ts';
import {
  facialHairs,
  glassesKinds,
  hairColours,
  hatTops,
  type Identity,
  palette,
  type Split,
  sampleIdentity,
  skins,
  splitOf,
  tops,
} from '../theatre/index.ts';
import { LabelSpace, type Labels } from './labelSpace.ts';

/** What a face looks like, clothes apart: skin, hair or hat, its colour, beard, its colour, glasses. */
export function faceAttributes(identity: Identity): string[] {
  const { skin, top, hairColour, hatColour, facialHair, glasses } = identity;
  const colour = hatTops.includes(top) ? hatColour : top === 'none' ? '' : hairColour;
  return [skin, top, colour, facialHair, facialHair === 'none' ? '' : hairColour, glasses];
}

/** Somebody else of the same split who differs in one thing only. */
export function twinOf(identity: Identity, random: Random, split: Split): Identity {
  const before = faceAttributes(identity).join('|');
  for (;;) {
    const other = sampleIdentity(random, split);
    const { skin, top, hairColour, hatColour, facialHair, glasses } = other;
    const changes: Partial<Identity>[] = [{ skin }, { hairColour }, { hatColour }, { glasses }];
    if (other.gender === identity.gender) changes.push({ top }, { facialHair });
    const twin = { ...identity, ...random.pick(changes) };
    if (splitOf(twin) === split && faceAttributes(twin).join('|') !== before) return twin;
  }
}

/** The same person, dressed differently. */
export function inOtherClothes(identity: Identity, random: Random): Identity {
  const { clothing, clothesColour, graphic } = sampleIdentity(random, splitOf(identity));
  return { ...identity, clothing, clothesColour, graphic };
}

/** What a face shows; null where there is none of it to be seen. */
export type FaceAttribute = 'skin' | 'top' | 'hairColour' | 'hatColour' | 'facialHair' | 'glasses';

export const faceSpace: LabelSpace<FaceAttribute> = new LabelSpace({
  skin: Object.keys(skins),
  top: tops,
  hairColour: Object.keys(hairColours),
  hatColour: Object.keys(palette),
  facialHair: facialHairs,
  glasses: glassesKinds,
});

export function faceLabels(identity: Identity): Labels<FaceAttribute> {
  const { skin, top, hairColour, hatColour, facialHair, glasses } = identity;
  const hatted = hatTops.includes(top);
  const bearded = facialHair !== 'none';
  return {
    skin,
    top,
    hairColour: bearded || (!hatted && top !== 'none') ? hairColour : null,
    hatColour: hatted ? hatColour : null,
    facialHair: bearded ? facialHair : null,
    glasses: glasses === 'none' ? null : glasses,
  };
}
