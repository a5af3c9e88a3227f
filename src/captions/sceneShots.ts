import type { CaptionedShot } from './captioned.ts';
import type {
  FrameCaption,
  PersonCaption,
  SceneLine,
  SceneRequest,
  SeenFilm,
  SeenFrame,
  SeenPerson,
} from './types.ts';

/** Most people of a line (`limits.charactersPerShot`); the others are not labelled. */
const mostPeople = 5;

export interface LabelledShot {
  readonly own: Omit<CaptionedShot, keyof SceneLine | 'people'>;
  readonly request: SceneRequest['shots'][number];
  readonly labels: ReadonlyMap<string, string>;
}

export interface ShownShot {
  readonly own: LabelledShot['own'];
  readonly people: readonly { readonly identity: string; readonly captions: readonly PersonCaption[] }[];
}

export interface ShownPerson {
  readonly frame: SeenFrame;
  readonly person: SeenPerson;
  readonly caption: PersonCaption | undefined;
}

/** The shots that have frames, with their people: the ones seen most often first, at most five. */
export function shotsOf(
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
export function bestFrame<T extends { readonly people: readonly { readonly identity: string | null }[] }>(
  frames: readonly T[],
): T | undefined {
  const known = ({ people }: T): number => people.filter(({ identity }) => identity !== null).length;
  const most = Math.max(0, ...frames.map(known));
  const fit = frames.filter((frame) => known(frame) === most);
  return fit[(fit.length - 1) >> 1];
}

/** Runs of shots, as long as the scripter takes. Shots without any caption stay out. */
export function scenesOf(shots: readonly ShownShot[], length: number): LabelledShot[][] {
  const told = shots.filter(({ own }) => own.captions.some((caption) => caption !== undefined));
  const scenes: LabelledShot[][] = [];
  for (let from = 0; from < told.length; from += length)
    scenes.push(labelled(told.slice(from, from + length)));
  return scenes;
}
