import { readImage } from '../../media/index.ts';
import { Random } from '../../random/index.ts';
import { characterSentences } from '../../script/index.ts';
import {
  actionWords,
  describe,
  type Expression,
  type Identity,
  type Pose,
  words,
} from '../../theatre/index.ts';
import type { Captioner, FrameCaption, PersonCaption, PictureRequest, SeenPerson } from '../types.ts';
import { elementsOf } from './elements.ts';
import { genderOf, heldBy, holding, likeliest, type Reading, type SetReading } from './evidence.ts';
import { type FaceBox, lookAtFace } from './looks.ts';
import { questionNames, questions } from './questions.ts';
import { read } from './readouts.ts';
import { settings } from './scenes.ts';
import { likeness } from './sets.ts';
import { sizeOf } from './sizes.ts';
import type { TheatreModels } from './theatreModels.ts';

/** Captions of drawn films by retrieval: the nearest set, and what the encoder's features say of each person. Offline. */
export function theatreCaptioner(models: TheatreModels): Captioner {
  const { identity } = models;
  return {
    identity,
    frame: async (request): Promise<FrameCaption> => {
      const details = await readSet(models, request);
      const best = details.sets.indexOf(Math.max(...details.sets));
      const elements = elementsOf({ ...(settings[best] as (typeof settings)[number]), size: details.size });
      return { text: `${elements.join(', ')}.`, elements, details };
    },
    person: async ({ picture, person }): Promise<PersonCaption> => {
      if (!person.face)
        return { appearance: 'Somebody whose face is not seen.', expression: '', action: '', details: null };
      const features = await lookAtFace(models.encoder, await readImage(picture), boxOf(person.face.box));
      const reading = Object.fromEntries(
        questionNames.map((name) => [
          name,
          read(models.readouts[name], features[questions[name].crop]).map(rounded),
        ]),
      ) as unknown as Reading;
      return { ...wordsOf(reading), details: reading };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function readSet(
  { encoder, sets }: TheatreModels,
  { picture, people }: PictureRequest,
): Promise<SetReading> {
  const image = await readImage(picture);
  const faces = people.flatMap(({ face }: SeenPerson) => (face ? [boxOf(face.box)] : []));
  const { spatial } = await encoder.encode([image]);
  const alike = likeness(sets, spatial, faces, image);
  const size =
    sizeOf(faces, image.height) ?? (sets.sets[indexOfMost(alike)] as (typeof sets.sets)[number]).size;
  const best = settings.map(() => -1);
  for (const [s, set] of sets.sets.entries()) {
    if (set.size !== size) continue;
    const at = settings.findIndex(
      ({ place, time, weather }) => place === set.place && time === set.time && weather === set.weather,
    );
    best[at] = Math.max(best[at] as number, alike[s] as number);
  }
  return { sets: best.map(rounded), size };
}

/** How somebody looks in one picture, in the script's words. */
export function wordsOf(reading: Reading): Pick<PersonCaption, 'appearance' | 'expression' | 'action'> {
  const mood = likeliest(reading, 'expression') as Expression;
  const pose = likeliest(reading, 'pose') as Pose;
  const prop = heldBy(reading);
  const gender = genderOf(reading);
  const isShown = prop !== undefined || !holding.includes(pose);
  const random = Random.of(0, 'captions', 'action', pose, gender);
  return {
    appearance: describeReading(reading),
    expression: words[mood][0] as string,
    action: (isShown && actionWords(random, gender, pose, prop)) || '',
  };
}

/** What stays the same of somebody, as one sentence. */
export function describeReading(reading: Reading): string {
  const identity = Object.fromEntries(questionNames.map((name) => [name, likeliest(reading, name)]));
  const gender = genderOf(reading);
  const face = gender === 'woman' ? { gender, facialHair: 'none' } : { gender };
  const rest = { skin: '', legs: 'trousers', legsColour: '' };
  const known = { ...rest, ...identity, ...face } as unknown as Identity;
  const sentence = describe(
    known,
    Random.of(0, 'captions', 'describe', ...Object.values(identity).slice(1, 10)),
  );
  return characterSentences(sentence, '')[0] ?? sentence;
}

const boxOf = ([left, top, width, height]: readonly [number, number, number, number]): FaceBox => [
  left,
  top,
  left + width,
  top + height,
];

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4 + 0; // never -0

function indexOfMost(values: Float32Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[at] as number)) at = i;
  return at;
}
