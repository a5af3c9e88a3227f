import { join } from 'node:path';
import { Answers } from './answers.ts';
import { type Call, characterCall, frameCall, PictureHashes, personCall, sceneCall } from './calls.ts';
import { Ledger, priceOf } from './ledger.ts';
import type { CaptionOptions } from './pipeline.ts';
import { scenesOf, shotsOf } from './sceneShots.ts';
import type { CallKind, FrameCaption, PersonCaption, SceneLine, SeenFilm } from './types.ts';

/** What captioning a film is expected to need. */
export interface CaptionEstimate {
  readonly calls: Readonly<Record<CallKind, { readonly all: number; readonly answered: number }>>;
  /** Tokens of the calls that are not answered yet. */
  readonly input: number;
  readonly output: number;
  /** Undefined without prices. */
  readonly price: number | undefined;
  /** By the time that earlier calls needed; undefined where there were none, as for calls that cost nothing. */
  readonly seconds: number | undefined;
}

/** Stand-ins for captions that are not there yet, of a usual length. */
const usual: { readonly frame: FrameCaption; readonly person: PersonCaption } = {
  frame: { text: 'a'.repeat(320), elements: ['Some place', 'Some time', 'Medium shot'] },
  person: { appearance: 'a'.repeat(90), expression: 'expression', action: 'something in hands' },
};

/** Counts calls, tokens, price and time of a film before anything is asked; what is answered already costs nothing. */
export async function estimateFilm(
  film: SeenFilm,
  options: Pick<CaptionOptions, 'captioner' | 'scripter' | 'cache' | 'prices' | 'parallel'>,
): Promise<CaptionEstimate> {
  const { captioner, scripter, cache, prices, parallel = 4 } = options;
  const answers = new Answers(join(cache, 'answers'));
  const ledger = await Ledger.open(join(cache, 'ledger.jsonl'), { prices, budget: undefined });
  const calls = { ...counts() };
  let [input, output, seconds] = [0, 0, 0];
  let isTimed = false;
  const count = async <T>(kind: CallKind, call: Call<T>, isKnown = true): Promise<T | undefined> => {
    calls[kind].all += 1;
    const kept = isKnown ? await answers.get<T>(await call.key()) : undefined;
    if (kept) {
      calls[kind].answered += 1;
      return 'answer' in kept ? kept.answer : undefined;
    }
    const expected = await call.expected?.();
    if (!expected) return undefined;
    const measured = ledger.measured(kind);
    input += measured?.input ?? expected.input;
    output += measured?.output ?? expected.output;
    seconds += measured?.seconds ?? 0;
    isTimed ||= measured !== undefined;
    return undefined;
  };
  try {
    const hashes = new PictureHashes();
    const missing = new Set<unknown>([usual.frame, usual.person]);
    const frames: FrameCaption[] = [];
    const shown = [];
    for (const frame of film.frames) {
      frames.push((await count('frame', frameCall(captioner, frame, hashes))) ?? usual.frame);
      for (const [j, person] of frame.people.entries()) {
        if (person.identity === null) continue;
        const caption = await count('person', personCall(captioner, frame, person, j, hashes));
        shown.push({ frame, person, caption: caption ?? usual.person });
      }
    }
    for (const scene of scenesOf(shotsOf(film, frames, shown), scripter.sceneLength)) {
      const isKnown = scene.every(({ request }) =>
        [...request.frames, ...request.people.flatMap(({ captions }) => captions)].every(
          (own) => !missing.has(own),
        ),
      );
      await count<readonly SceneLine[]>('scene', sceneCall(scripter, scene), isKnown);
    }
    for (const identity of new Set(shown.map(({ person }) => person.identity as string))) {
      const own = shown.filter(({ person }) => person.identity === identity).map(({ caption }) => caption);
      const isKnown = own.every((caption) => !missing.has(caption));
      await count('character', characterCall(scripter, identity, own), isKnown);
    }
    return {
      calls,
      input: Math.round(input),
      output: Math.round(output),
      price: prices && priceOf({ input, output }, prices),
      seconds: isTimed ? seconds / parallel : undefined,
    };
  } finally {
    await ledger.close();
  }
}

const counts = (): Record<CallKind, { all: number; answered: number }> => ({
  frame: { all: 0, answered: 0 },
  person: { all: 0, answered: 0 },
  scene: { all: 0, answered: 0 },
  character: { all: 0, answered: 0 },
});
