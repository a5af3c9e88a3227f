import { cropFace } from '../inference/index.ts';
import { type Image, resizeImage } from '../media/index.ts';
import type { Random } from '../random/index.ts';
import {
  type Actor,
  type Episode,
  expressions,
  glassesKinds,
  type Identity,
  type Pose,
  places,
  type Shot,
  type Size,
  type Split,
  Stage,
  sampleIdentity,
  times,
  tops,
  weathers,
} from '../theatre/index.ts';
import { inOtherClothes, twinOf } from './faceAttributes.ts';

/** Side of a picture of a face. */
export const faceSide = 80;
/** Faces cut from frames have this much more around them, so that views can shift and shrink. */
export const faceMargin = 1.25;

export interface FaceView {
  readonly image: Image;
  /** Cut from a frame, or a portrait. */
  readonly isCrop: boolean;
}

/** Somebody with two different pictures. */
export interface SeenPerson {
  readonly identity: Identity;
  readonly views: readonly [FaceView, FaceView];
}

/** Draws people whom nobody has seen before, for one batch each. */
export class FaceArtist {
  private readonly stage: Stage;
  private readonly split: Split;

  private constructor(stage: Stage, split: Split) {
    this.stage = stage;
    this.split = split;
  }

  /** For frames of the size that the preset trains with. */
  static async create(options: {
    readonly width: number;
    readonly height: number;
    readonly split: Split;
  }): Promise<FaceArtist> {
    return new FaceArtist(await Stage.create(options), options.split);
  }

  /**
   * `n` different people: each in a frame, and in a portrait or another frame. Half of them are pairs that differ in one
   * thing only; hair, hats and glasses that are rare among people are drawn as often as others for half of them.
   */
  async draw(n: number, random: Random): Promise<SeenPerson[]> {
    const people = choosePeople(n, this.split, random);
    const first = await this.crops(people, random);
    const again = random.shuffle(people.map((_, i) => i)).slice(0, Math.floor(n / 2));
    const second = await this.crops(
      again.map((i) => people[i] as Identity),
      random,
    );
    const seen: SeenPerson[] = [];
    for (const [i, identity] of people.entries()) {
      const portrait = async (): Promise<FaceView> => ({
        image: await this.portrait(identity, random),
        isCrop: false,
      });
      const views = [first[i] ?? (await portrait()), second[again.indexOf(i)] ?? (await portrait())] as const;
      seen.push({ identity, views });
    }
    return seen;
  }

  private async portrait(identity: Identity, random: Random): Promise<Image> {
    const dressed = random.chance(0.5) ? identity : inOtherClothes(identity, random);
    const image = await this.stage.drawPortrait(dressed, { jitter: random });
    return resizeImage(image, faceSide, faceSide);
  }

  /** A face of each from a frame; undefined where a border cuts it. */
  private async crops(people: readonly Identity[], random: Random): Promise<(FaceView | undefined)[]> {
    const settings = Array.from({ length: 3 }, () => ({
      place: random.pick(places),
      time: random.pick(times),
      weather: random.pick(weathers),
    }));
    const views: (FaceView | undefined)[] = [];
    while (views.length < people.length) {
      const size = random.pick(Object.keys(crowd) as Size[]);
      const cast = people.slice(views.length, views.length + crowd[size]);
      const frame = await this.stage.drawKeyframe(episodeOf(cast, size, random.pick(settings), random), 0);
      for (const { box } of frame.faces)
        views.push(
          isWhole(box)
            ? { image: resizeImage(cropFace(frame, box, faceMargin), faceSide, faceSide), isCrop: true }
            : undefined,
        );
    }
    return views;
  }
}

/** People in a frame. */
const crowd: Readonly<Record<Size, number>> = { 'close-up': 2, medium: 3, wide: 4 };
/** What hands do: the last two often hide a part of a face. */
const hands: readonly Pose[] = ['stand', 'stand', 'wave', 'cheer', 'think'];

function episodeOf(
  cast: readonly Identity[],
  size: Size,
  setting: Pick<Shot, 'place' | 'time' | 'weather'>,
  random: Random,
): Episode {
  const characters = cast.map((identity, i) => ({ id: `p${i}`, name: '', identity, description: '' }));
  const actors = characters.map(
    ({ id }): Actor => ({
      id,
      expression: random.pick(expressions),
      pose: random.pick(hands),
      arm: random.pick([-1, 1] as const),
      talking: false,
    }),
  );
  const texts = { elements: [], plot: '', seconds: 2, pattern: '', scene: 0 };
  const shot: Shot = { ...setting, ...texts, size, seed: random.uint32(), characters: actors };
  return { title: '', seed: 0, index: 0, split: 'train', characters, shots: [shot] };
}

function choosePeople(n: number, split: Split, random: Random): Identity[] {
  const people: Identity[] = [];
  while (people.length < n) {
    const base = random.chance(0.5) ? sampleIdentity(random, split) : balanced(split, random);
    people.push(base);
    if (people.length % 4 === 1 && people.length < n) people.push(twinOf(base, random, split));
  }
  return people;
}

/** Somebody with any hair or hat and any glasses, each as likely as the others. */
function balanced(split: Split, random: Random): Identity {
  const top = random.pick(tops);
  const glasses = random.pick(['none', ...glassesKinds]);
  for (;;) {
    const identity = sampleIdentity(random, split);
    if (identity.top === top && identity.glasses === glasses) return identity;
  }
}

/** Whether no border of the frame cuts the box of a face. */
function isWhole([x0, y0, x1, y1]: readonly [number, number, number, number]): boolean {
  const aspect = (x1 - x0) / (y1 - y0);
  return y1 - y0 > 20 && aspect > 0.8 && aspect < 1.02;
}
