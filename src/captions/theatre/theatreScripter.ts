import type { Size } from '../../theatre/index.ts';
import type { PersonCaption, SceneLine, SceneShot, Scripter } from '../types.ts';
import { elementsOf } from './elements.ts';
import { meanReading, type Reading, type SetReading } from './evidence.ts';
import { settings, settingsOf } from './scenes.ts';
import { rankSentences, sentencesOf } from './sentences.ts';
import { describeReading, wordsOf } from './theatreCaptioner.ts';
import type { TheatreModels } from './theatreModels.ts';

/** Sentences that are kept beside the chosen one. */
const KEPT = 5;

/** Lines of drawn films by retrieval: of all sentences that the theatre can tell of a shot's people, the likeliest. Offline. */
export function theatreScripter({ identity }: Pick<TheatreModels, 'identity'>): Scripter {
  return {
    identity,
    sceneLength: Number.POSITIVE_INFINITY, // settings are found over the whole film
    scene: async ({ shots }) => {
      const read = shots.map(readShot);
      const where = settingsOf(read.map(({ sets }) => sets));
      return shots.map((shot, i): SceneLine => {
        const { size, people } = read[i] as ReadShot;
        const setting = where[i] as (typeof where)[number];
        const known = people.flatMap(({ label, reading }) => (reading ? [{ label, reading }] : []));
        const ranked = rankSentences(known, { ...setting, size });
        const told = ranked.slice(0, KEPT).map((candidate) => sentencesOf(candidate, setting.place));
        return {
          elements: elementsOf({ ...setting, size }),
          plot: told[0] ?? ['Something happens.'],
          nearest: told.map((sentences) => sentences[0] as string),
          expressions: Object.fromEntries(
            shot.people.map(({ label }, p) => [
              label,
              moodOf((people[p] as ReadShot['people'][number]).reading),
            ]),
          ),
        };
      });
    },
    character: async (captions) => {
      const readings = readingsOf(captions);
      return readings.length > 0
        ? describeReading(meanReading(readings))
        : 'Somebody whose face is not seen.';
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

interface ReadShot {
  /** Mean likeness to each setting. */
  readonly sets: readonly number[];
  readonly size: Size;
  readonly people: readonly { readonly label: string; readonly reading: Reading | undefined }[];
}

function readShot({ frames, people }: SceneShot): ReadShot {
  const seen = frames.map(({ details }) => details as SetReading);
  const counts = new Map<string, number>();
  for (const { size } of seen) counts.set(size, (counts.get(size) ?? 0) + 1);
  const [size] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? ['medium'];
  return {
    sets: settings.map((_, s) => seen.reduce((sum, own) => sum + (own.sets[s] as number), 0) / seen.length),
    size: size as Size,
    people: people.map(({ label, captions }) => {
      const readings = readingsOf(captions);
      return { label, reading: readings.length > 0 ? meanReading(readings) : undefined };
    }),
  };
}

const readingsOf = (captions: readonly PersonCaption[]): Reading[] =>
  captions.flatMap(({ details }) => (details ? [details as Reading] : []));

function moodOf(reading: Reading | undefined): string {
  if (!reading) return '';
  const { expression, action } = wordsOf(reading);
  return [expression, action].filter((text) => text !== '').join(', ');
}
