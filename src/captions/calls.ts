import { createHash } from 'node:crypto';
import { keyOf } from '../files/index.ts';
import { readPicture } from '../media/index.ts';
import type { LabelledShot } from './sceneShots.ts';
import type {
  CallContext,
  Captioner,
  Expected,
  FrameCaption,
  PersonCaption,
  SceneLine,
  SceneRequest,
  Scripter,
  SeenFrame,
  SeenPerson,
} from './types.ts';

/** One request that is to be made, unless its answer is there. */
export interface Call<T> {
  readonly what: string;
  /** Hash of all that the answer is made from. */
  key(): Promise<string>;
  /** Undefined: it costs nothing. */
  readonly expected: (() => Promise<Expected> | Expected) | undefined;
  make(context: CallContext): Promise<T>;
}

export function frameCall(captioner: Captioner, frame: SeenFrame, hashes: PictureHashes): Call<FrameCaption> {
  const { picture, people } = frame;
  const request = { picture, people };
  // a model that looks at the picture alone gives the same caption wherever people are found
  const boxes = captioner.expects ? [] : people.map(({ box, face }) => [box, face?.box ?? null]);
  return {
    what: frame.id,
    key: async () =>
      keyOf('frame', captioner.identity, captioner.prompts?.frame, await hashes.of(picture), boxes),
    expected: captioner.expects && (() => captioner.expects?.frame(request) as Promise<Expected>),
    make: (context) => captioner.frame(request, context),
  };
}

export function personCall(
  captioner: Captioner,
  { id, picture }: SeenFrame,
  person: SeenPerson,
  index: number,
  hashes: PictureHashes,
): Call<PersonCaption> {
  const request = { picture, person };
  const boxes = [person.box, captioner.expects ? null : (person.face?.box ?? null)];
  return {
    what: `${id}, person ${index + 1}`,
    key: async () =>
      keyOf('person', captioner.identity, captioner.prompts?.person, await hashes.of(picture), boxes),
    expected: captioner.expects && (() => captioner.expects?.person(request) as Promise<Expected>),
    make: (context) => captioner.person(request, context),
  };
}

export function sceneCall(scripter: Scripter, scene: readonly LabelledShot[]): Call<readonly SceneLine[]> {
  const request: SceneRequest = { shots: scene.map(({ request: own }) => own) };
  const [first, last] = [scene[0], scene.at(-1)] as [LabelledShot, LabelledShot];
  return {
    what: `shots ${first.own.shot + 1}-${last.own.shot + 1}`,
    key: async () => keyOf('scene', scripter.identity, scripter.prompts?.scene, request),
    expected: scripter.expects && (() => scripter.expects?.scene(request) as Expected),
    make: (context) => scripter.scene(request, context),
  };
}

export function characterCall(scripter: Scripter, id: string, all: readonly PersonCaption[]): Call<string> {
  const captions = spread(all, mostCaptions);
  return {
    what: id,
    key: async () => keyOf('character', scripter.identity, scripter.prompts?.character, captions),
    expected: scripter.expects && (() => scripter.expects?.character(captions) as Expected),
    make: (context) => scripter.character(captions, context),
  };
}

/** SHA-256 of picture files, each read once. */
export class PictureHashes {
  private readonly known = new Map<string, Promise<string>>();

  of(path: string): Promise<string> {
    const known = this.known.get(path) ?? hashOf(path);
    this.known.set(path, known);
    return known;
  }
}

const hashOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readPicture(path))
    .digest('hex');

/** Most captions that a description is made from. */
const mostCaptions = 12;

/** At most `count` items, evenly spread. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor(((i + 0.5) * items.length) / count)] as T);
}
