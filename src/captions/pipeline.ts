import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { keyOf } from '../files/index.ts';
import { ProviderError } from '../http/index.ts';
import { readPicture } from '../media/index.ts';
import { Answers, type Kept } from './answers.ts';
import { NoAnswerError } from './captionsError.ts';
import { RefusedError } from './chat.ts';
import { inParallel } from './inParallel.ts';
import { Ledger, type Prices } from './ledger.ts';
import type {
  CallContext,
  Captioner,
  Expected,
  FrameCaption,
  ModelIdentity,
  PersonCaption,
  SceneLine,
  SceneRequest,
  Scripter,
  SeenFilm,
  SeenFrame,
  SeenPerson,
  Usage,
} from './types.ts';

export interface CaptionOptions {
  readonly captioner: Captioner;
  readonly scripter: Scripter;
  /** Where answers and the ledger are kept; several runs and films may share it. */
  readonly cache: string;
  /** Requests at a time. Default 4. */
  readonly parallel?: number | undefined;
  readonly prices?: Prices | undefined;
  /** Most that all requests of this folder may cost. */
  readonly budget?: number | undefined;
  /** Goes on where a model gives no usable answer to a request, and leaves that one out. Default: an error. */
  readonly leaveOut?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type CallKind = 'frame' | 'person' | 'scene' | 'character';

/** Something that has no caption or line, and why. */
export interface LeftOut {
  readonly kind: CallKind;
  /** The frame's id, with the person's number from 1; `shots 3-8` of a scene; the identity. */
  readonly what: string;
  readonly reason: string;
}

/** A shot of the script that came out. */
export interface CaptionedShot extends SceneLine {
  /** Index into the film's shots. */
  readonly shot: number;
  /** The identity of each label in `plot` and `expressions`. */
  readonly people: ReadonlyMap<string, string>;
  /** The frame that stands for the shot: the one with the most people, of those the middle one. */
  readonly frame: SeenFrame;
  readonly frames: readonly SeenFrame[];
  /** Captions of the frames, in their order; undefined for one that was left out. */
  readonly captions: readonly (FrameCaption | undefined)[];
}

/** A film with captions, lines and descriptions. */
export interface CaptionedFilm {
  readonly film: SeenFilm;
  /** Shots without a keyframe have no line. */
  readonly shots: readonly CaptionedShot[];
  /** Descriptions by identity; of those only who is in a shot. */
  readonly characters: ReadonlyMap<string, string>;
  readonly leftOut: readonly LeftOut[];
  /** Who made captions and lines. */
  readonly models: { readonly captioner: ModelIdentity; readonly scripter: ModelIdentity };
}

export interface CaptionsEvent {
  readonly type: 'captions';
  readonly film: string;
  readonly kind: CallKind;
  readonly done: number;
  readonly total: number;
  /** Of `done`, those whose answer was there already. */
  readonly reused: number;
}

/** Most people of a line (`limits.charactersPerShot`); the others are not labelled. */
const mostPeople = 5;
/** Most captions that a description is made from. */
const mostCaptions = 12;

/**
 * Captions every frame and every known person of a film, then makes the lines of its script and the descriptions of its
 * people (paper, appendix C). Whatever was answered once is not asked again, by any process that uses the same folder.
 * @throws BudgetError, ProviderError or NoAnswerError; what was finished is kept
 */
export async function* captionFilm(
  film: SeenFilm,
  options: CaptionOptions,
): AsyncGenerator<CaptionsEvent, CaptionedFilm, void> {
  const { captioner, scripter, cache, prices, budget } = options;
  const ledger = await Ledger.open(join(cache, 'ledger.jsonl'), { prices, budget });
  try {
    const asker = new Asker(options, ledger, new Answers(join(cache, 'answers')));
    const hashes = new PictureHashes();
    const seen = film.frames;
    const frames = yield* asker.all<FrameCaption>(
      film.id,
      'frame',
      seen.map((frame) => frameCall(captioner, frame, hashes)),
    );
    const shown = seen.flatMap((frame) =>
      frame.people.flatMap((person, j) => (person.identity === null ? [] : [{ frame, person, j }])),
    );
    const people = yield* asker.all<PersonCaption>(
      film.id,
      'person',
      shown.map(({ frame, person, j }) => personCall(captioner, frame, person, j, hashes)),
    );
    const shots = shotsOf(
      film,
      frames,
      shown.map((entry, n) => ({ ...entry, caption: people[n] })),
    );
    const scenes = scenesOf(shots, scripter.sceneLength);
    const lines = yield* asker.all<readonly SceneLine[]>(
      film.id,
      'scene',
      scenes.map((scene) => sceneCall(scripter, scene)),
    );
    const byIdentity = new Map<string, PersonCaption[]>();
    for (const [n, { person }] of shown.entries()) {
      const caption = people[n];
      const id = person.identity as string;
      if (caption) byIdentity.set(id, [...(byIdentity.get(id) ?? []), caption]);
    }
    const identities = [...byIdentity.keys()].sort();
    const descriptions = yield* asker.all<string>(
      film.id,
      'character',
      identities.map((id) => characterCall(scripter, id, spread(byIdentity.get(id) ?? [], mostCaptions))),
    );
    return {
      film,
      shots: scenes.flatMap((scene, s) =>
        scene.flatMap((shot, i): CaptionedShot[] => {
          const line = lines[s]?.[i];
          return line ? [{ ...line, ...shot.own, people: shot.labels }] : [];
        }),
      ),
      characters: new Map(identities.flatMap((id, i) => (descriptions[i] ? [[id, descriptions[i]]] : []))),
      leftOut: asker.leftOut,
      models: { captioner: captioner.identity, scripter: scripter.identity },
    };
  } finally {
    await ledger.close();
  }
}

/** One request that is to be made, unless its answer is there. */
export interface Call<T> {
  readonly what: string;
  /** Hash of all that the answer is made from. */
  key(): Promise<string>;
  /** Undefined: it costs nothing. */
  readonly expected: (() => Promise<Expected> | Expected) | undefined;
  make(context: CallContext): Promise<T>;
}

function frameCall(captioner: Captioner, frame: SeenFrame, hashes: PictureHashes): Call<FrameCaption> {
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

function personCall(
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

function sceneCall(scripter: Scripter, scene: readonly LabelledShot[]): Call<readonly SceneLine[]> {
  const request: SceneRequest = { shots: scene.map(({ request: own }) => own) };
  const [first, last] = [scene[0], scene.at(-1)] as [LabelledShot, LabelledShot];
  return {
    what: `shots ${first.own.shot + 1}-${last.own.shot + 1}`,
    key: async () => keyOf('scene', scripter.identity, scripter.prompts?.scene, request),
    expected: scripter.expects && (() => scripter.expects?.scene(request) as Expected),
    make: (context) => scripter.scene(request, context),
  };
}

function characterCall(scripter: Scripter, id: string, captions: readonly PersonCaption[]): Call<string> {
  return {
    what: id,
    key: async () => keyOf('character', scripter.identity, scripter.prompts?.character, captions),
    expected: scripter.expects && (() => scripter.expects?.character(captions) as Expected),
    make: (context) => scripter.character(captions, context),
  };
}

/** Asks models for what is not there yet, within the budget. */
class Asker {
  readonly leftOut: LeftOut[] = [];
  private readonly options: CaptionOptions;
  private readonly ledger: Ledger;
  private readonly answers: Answers;

  constructor(options: CaptionOptions, ledger: Ledger, answers: Answers) {
    this.options = options;
    this.ledger = ledger;
    this.answers = answers;
  }

  /** The answers to all calls, in their order; undefined for what was left out. */
  async *all<T>(
    film: string,
    kind: CallKind,
    calls: readonly Call<T>[],
  ): AsyncGenerator<CaptionsEvent, (T | undefined)[], void> {
    const { parallel = 4, signal } = this.options;
    const results: (T | undefined)[] = [];
    const left: (LeftOut | undefined)[] = [];
    let [done, reused] = [0, 0];
    const under = new Map<string, Promise<Kept<T>>>();
    const work = async (call: Call<T>, i: number, own: AbortSignal): Promise<void> => {
      const key = await call.key();
      const known = await this.answers.get<T>(key);
      const shared = known === undefined ? under.get(key) : undefined; // two pictures of the same bytes
      const asked = known ?? (await (shared ?? this.share(under, kind, call, key, own)));
      if (known !== undefined || shared !== undefined) reused += 1;
      if ('answer' in asked) results[i] = asked.answer;
      else left[i] = { kind, what: call.what, reason: asked.refused };
      done += 1;
    };
    for await (const _ of inParallel(calls, parallel, work, signal))
      yield { type: 'captions', film, kind, done, total: calls.length, reused };
    this.leftOut.push(...left.filter((entry) => entry !== undefined));
    return Array.from(calls, (_, i) => results[i]);
  }

  private share<T>(
    under: Map<string, Promise<Kept<T>>>,
    kind: CallKind,
    call: Call<T>,
    key: string,
    signal: AbortSignal,
  ): Promise<Kept<T>> {
    const asked = this.ask(kind, call, key, signal);
    under.set(key, asked);
    return asked;
  }

  private async ask<T>(kind: CallKind, call: Call<T>, key: string, signal: AbortSignal): Promise<Kept<T>> {
    const expected = await call.expected?.();
    const noted = expected && (await this.ledger.begin(kind, key, this.refined(kind, expected)));
    let usage: Usage = { input: 0, output: 0 };
    let isSettled = false;
    const began = performance.now();
    const settle = async (): Promise<void> => {
      if (noted && isSettled) await this.ledger.end(noted, kind, usage, (performance.now() - began) / 1000);
    };
    const context: CallContext = {
      ...{ signal, key },
      onUsage: ({ input, output }) => {
        usage = { input: usage.input + input, output: usage.output + output };
        isSettled = true;
      },
    };
    try {
      const kept: Kept<T> = { answer: await call.make(context) };
      await this.answers.keep(key, kept);
      await settle();
      return kept;
    } catch (error) {
      // a server that answered with an error took nothing; one whose answer is lost may have
      isSettled ||= ProviderError.isInstance(error) && error.status !== undefined;
      await settle();
      if (error instanceof RefusedError) {
        const kept: Kept<T> = { refused: error.message };
        await this.answers.keep(key, kept);
        return kept;
      }
      if (NoAnswerError.isInstance(error) && this.options.leaveOut) return { refused: error.message };
      throw error;
    }
  }

  /** What a call is expected to need, by what earlier ones of its kind needed where that is more. */
  private refined(kind: CallKind, expected: Expected): Expected {
    const measured = this.ledger.measured(kind);
    if (!measured) return expected;
    return {
      input: Math.max(expected.input, Math.ceil(measured.input)),
      output: Math.max(expected.output, Math.ceil(measured.output)),
    };
  }
}

/** SHA-256 of picture files, each read once. */
class PictureHashes {
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

interface LabelledShot {
  readonly own: Omit<CaptionedShot, keyof SceneLine | 'people'>;
  readonly request: SceneRequest['shots'][number];
  readonly labels: ReadonlyMap<string, string>;
}

interface ShownShot {
  readonly own: LabelledShot['own'];
  readonly people: readonly { readonly identity: string; readonly captions: readonly PersonCaption[] }[];
}

interface ShownPerson {
  readonly frame: SeenFrame;
  readonly person: SeenPerson;
  readonly caption: PersonCaption | undefined;
}

/** The shots that have frames, with their people: the ones seen most often first, at most five. */
function shotsOf(
  film: SeenFilm,
  captions: readonly (FrameCaption | undefined)[],
  shown: readonly ShownPerson[],
): ShownShot[] {
  const byShot = new Map<number, number[]>();
  for (const [i, { shot }] of film.frames.entries()) byShot.set(shot, [...(byShot.get(shot) ?? []), i]);
  const people = new Map<number, ShownPerson[]>();
  for (const own of shown) people.set(own.frame.shot, [...(people.get(own.frame.shot) ?? []), own]);
  return film.shots.flatMap((_, shot): ShownShot[] => {
    const at = byShot.get(shot) ?? [];
    const frames = at.map((i) => film.frames[i] as SeenFrame);
    const frame = bestFrame(frames);
    if (!frame) return [];
    const identities = peopleOf(frames);
    return [
      {
        own: { shot, frame, frames, captions: at.map((i) => captions[i]) },
        people: identities.map((identity) => ({
          identity,
          captions: (people.get(shot) ?? []).flatMap(({ person, caption }) =>
            person.identity === identity && caption ? [caption] : [],
          ),
        })),
      },
    ];
  });
}

/** Labels of the people of a scene, in the order in which they come: names, and people of other scenes, change none. */
function labelled(scene: readonly ShownShot[]): LabelledShot[] {
  const labels = new Map<string, string>();
  for (const { people } of scene)
    for (const { identity } of people) if (!labels.has(identity)) labels.set(identity, `P${labels.size + 1}`);
  return scene.map(({ own, people }) => ({
    own,
    labels: new Map(people.map(({ identity }) => [labels.get(identity) as string, identity])),
    request: {
      frames: own.captions.filter((caption) => caption !== undefined),
      people: people.map(({ identity, captions }) => ({ label: labels.get(identity) as string, captions })),
    },
  }));
}

/** Identities of a shot: the five that are in the most frames, in the order in which they stand. */
function peopleOf(frames: readonly SeenFrame[]): string[] {
  const seen = new Map<string, { count: number; x: number }>();
  for (const { people } of frames)
    for (const { identity, box } of people) {
      if (identity === null) continue;
      const { count, x } = seen.get(identity) ?? { count: 0, x: 0 };
      seen.set(identity, { count: count + 1, x: x + box[0] + box[2] / 2 });
    }
  const order = [...seen].sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1));
  const kept = order.slice(0, mostPeople).map(([id, { count, x }]) => ({ id, x: x / count }));
  return kept.sort((a, b) => a.x - b.x || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
}

/** The frame with the most known people; of equals the one nearest to the middle. */
function bestFrame(frames: readonly SeenFrame[]): SeenFrame | undefined {
  const known = ({ people }: SeenFrame): number => people.filter(({ identity }) => identity !== null).length;
  const most = Math.max(0, ...frames.map(known));
  const fit = frames.filter((frame) => known(frame) === most);
  return fit[(fit.length - 1) >> 1];
}

/** Runs of shots, as long as the scripter takes. Shots without any caption stay out. */
function scenesOf(shots: readonly ShownShot[], length: number): LabelledShot[][] {
  const told = shots.filter(({ own }) => own.captions.some((caption) => caption !== undefined));
  const scenes: LabelledShot[][] = [];
  for (let from = 0; from < told.length; from += length)
    scenes.push(labelled(told.slice(from, from + length)));
  return scenes;
}

/** At most `count` items, evenly spread. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor(((i + 0.5) * items.length) / count)] as T);
}
