import { join } from 'node:path';
import { Answers } from './answers.ts';
import { Asker, type AskOptions, type CaptionsEvent } from './asker.ts';
import { characterCall, frameCall, PictureHashes, personCall, sceneCall } from './calls.ts';
import type { CaptionedFilm, CaptionedShot } from './captioned.ts';
import { Ledger, type Prices } from './ledger.ts';
import { scenesOf, shotsOf } from './sceneShots.ts';
import type { Captioner, FrameCaption, PersonCaption, SceneLine, Scripter, SeenFilm } from './types.ts';

export interface CaptionOptions extends AskOptions {
  readonly captioner: Captioner;
  readonly scripter: Scripter;
  /** Where answers and the ledger are kept; several runs and films may share it. */
  readonly cache: string;
  readonly prices?: Prices | undefined;
  /** Most that all requests of this folder may cost. */
  readonly budget?: number | undefined;
}

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
      identities.map((id) => characterCall(scripter, id, byIdentity.get(id) ?? [])),
    );
    return {
      film,
      shots: scenes.flatMap((scene, s) =>
        scene.flatMap((shot, i): CaptionedShot[] => {
          const line = lines[s]?.[i];
          return line ? [{ ...line, ...shot.own, people: shot.labels }] : [];
        }),
      ),
      frames: captionedFrames(film, frames, shown, people),
      characters: new Map(identities.flatMap((id, i) => (descriptions[i] ? [[id, descriptions[i]]] : []))),
      leftOut: asker.leftOut,
      models: { captioner: captioner.identity, scripter: scripter.identity },
    };
  } finally {
    await ledger.close();
  }
}

/** Captions by the frames' ids. */
function captionedFrames(
  film: SeenFilm,
  frames: readonly (FrameCaption | undefined)[],
  shown: readonly { readonly frame: { readonly id: string }; readonly j: number }[],
  people: readonly (PersonCaption | undefined)[],
): CaptionedFilm['frames'] {
  const own = new Map<string, Map<number, PersonCaption>>();
  for (const [n, { frame, j }] of shown.entries()) {
    const caption = people[n];
    if (caption) own.set(frame.id, (own.get(frame.id) ?? new Map()).set(j, caption));
  }
  return new Map(
    film.frames.map(({ id }, i) => [id, { caption: frames[i], people: own.get(id) ?? new Map() }]),
  );
}
