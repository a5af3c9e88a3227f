import { cropFace } from '../inference/index.ts';
import { type Image, resizeImage } from '../media/index.ts';
import { Random } from '../random/index.ts';
import { type Identity, Stage } from '../theatre/index.ts';
import { faceAttributes, twinOf } from './faceAttributes.ts';
import { frameImage } from './frameImages.ts';
import type { FrameSet } from './theatreFrames.ts';

/** People who were never trained on: a neutral portrait of each, and other pictures to recognise them in. */
export interface FaceTest {
  readonly gallery: readonly Image[];
  /** Who they are. */
  readonly identities: readonly Identity[];
  readonly probes: readonly {
    readonly image: Image;
    /** Number in the gallery. */
    readonly person: number;
    readonly kind: 'crop' | 'portrait';
    /** Numbers of the cast of its episode. */
    readonly cast: readonly number[];
  }[];
}

/** Look-alikes a person, who stand in the gallery as well. */
const twins = 3;

/** The test of a data set: its people and their look-alikes, in all their faces and two jittered portraits each. */
export async function faceTest(set: FrameSet, seed: number): Promise<FaceTest> {
  const random = Random.of(seed, 'face', 'test');
  const stage = await Stage.create();
  const numbers = new Map<string, number>();
  const identities: Identity[] = [];
  const number = (identity: Identity): number => {
    const key = faceAttributes(identity).join('|');
    const known = numbers.get(key) ?? identities.push(identity) - 1;
    numbers.set(key, known);
    return known;
  };
  const probes: FaceTest['probes'][number][] = [];
  for (const { episode, frames } of set.episodes) {
    const people = new Map(episode.characters.map((c) => [c.id, number(c.identity)]));
    const cast = [...people.values()];
    for (const frame of frames) {
      const image = await frameImage(set, frame.row);
      for (const { character, box } of frame.faces) {
        const face = resizeImage(cropFace(image, box), 64, 64);
        probes.push({ image: face, person: people.get(character) as number, kind: 'crop', cast });
      }
    }
  }
  const main = identities.length;
  for (const identity of identities.slice(0, main)) {
    for (let i = 0; i < twins; i++) number(twinOf(identity, random, set.options.split));
  }
  const gallery: Image[] = [];
  for (const [person, identity] of identities.entries()) {
    gallery.push(await stage.drawPortrait(identity));
    for (let i = 0; i < 2; i++) {
      const image = await stage.drawPortrait(identity, { jitter: random });
      probes.push({ image, person, kind: 'portrait', cast: [] });
    }
  }
  return { gallery, identities, probes };
}
