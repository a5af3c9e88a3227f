import type { Random } from '../random/index.ts';
import { hatTops, type Identity, type Split, sampleIdentity, splitOf } from '../theatre/index.ts';

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
