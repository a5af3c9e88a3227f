import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Preset } from '../../presets/index.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyDataset } from '../../testing/tinyDataset.ts';
import { writeTinyPreset } from '../../testing/tinyPreset.ts';
import { generateEpisode } from '../../theatre/index.ts';
import type { CaptionedFilm } from '../captioned.ts';
import { readDatasetFilm } from '../dataset.ts';
import { filmScript, filmScriptText } from '../filmScript.ts';
import { captionFilm } from '../pipeline.ts';
import type { Reading } from './evidence.ts';
import { captionFigures } from './figures.ts';
import { questionNames, questions } from './questions.ts';
import { read } from './readouts.ts';
import { settings, settingsOf } from './scenes.ts';
import { rankSentences, sentencesOf, told } from './sentences.ts';
import { sizeOf } from './sizes.ts';
import { solveSymmetric } from './solve.ts';
import { theatreCaptioner } from './theatreCaptioner.ts';
import { openTheatre } from './theatreModels.ts';
import { theatreScripter } from './theatreScripter.ts';

/** Somebody of whom everything is certain. */
function certain(shown: Readonly<Record<string, string>>): Reading {
  return Object.fromEntries(
    questionNames.map((name) => {
      const { answers } = questions[name];
      const right = shown[name] ?? (name === 'prop' ? 'nothing' : answers[0]);
      return [name, answers.map((answer) => Number(answer === right))];
    }),
  ) as unknown as Reading;
}

const set = { place: 'beach', time: 'night', weather: 'clear', size: 'close-up' } as const;
const told3 = (
  people: Parameters<typeof rankSentences>[0],
  where: Parameters<typeof rankSentences>[1] = set,
) =>
  rankSentences(people, where)
    .slice(0, 3)
    .map((candidate) => sentencesOf(candidate, where.place).join(' '));

describe('sentences', () => {
  it('are told of what is seen', () => {
    const crying = [{ label: 'P1', reading: certain({ expression: 'crying', pose: 'stand' }) }];
    expect(told3(crying)).toContain('Tears run down the face of [P1].');
    const thinking = [
      { label: 'P4', reading: certain({ expression: 'thoughtful', pose: 'think', top: 'shortFlat' }) },
    ];
    expect(told3(thinking, { ...set, size: 'wide' })[0]).toBe('[P4] thinks with a hand on his chin.');
  });

  it('give the thing to who holds it, in its colour', () => {
    const people = [
      { label: 'P1', reading: certain({ expression: 'surprised', pose: 'stand' }) },
      {
        label: 'P2',
        reading: certain({ expression: 'smiling', pose: 'hold', prop: 'book', propColour: 'red' }),
      },
    ];
    const [first] = rankSentences(people, { ...set, size: 'medium' });
    expect(first?.prop).toBe('book');
    expect(first?.roles[0]?.label).toBe('P2');
    expect(sentencesOf(first as NonNullable<typeof first>, 'beach').join(' ')).toContain('a red book');
  });

  it('are each told once, of nobody as well', () => {
    const alone = rankSentences([], set);
    expect(alone.length).toBeGreaterThan(3);
    expect(new Set(alone.map(told)).size).toBe(alone.length);
    expect(sentencesOf(alone[0] as (typeof alone)[number], 'beach')[0]).toMatch(/beach|sea|sand/);
  });
});

it('finds settings over a film: one doubtful shot follows its neighbours, a change does not', () => {
  const at = (place: string): number =>
    settings.findIndex((own) => own.place === place && own.time === 'day' && own.weather === 'rain');
  const shot = (place: string, margin: number, other: string): number[] => {
    const own = settings.map(() => 0);
    own[at(place)] = margin;
    own[at(other)] = margin / 2;
    return own;
  };
  const doubtful = shot('cave', 0.02, 'forest');
  const film = [
    shot('forest', 0.3, 'cave'),
    doubtful,
    shot('forest', 0.3, 'cave'),
    shot('ship', 0.3, 'cave'),
  ];
  expect(settingsOf(film).map(({ place }) => place)).toEqual(['forest', 'forest', 'forest', 'ship']);
  expect(settingsOf([])).toEqual([]);
});

it('solves symmetric systems', () => {
  const k = Float64Array.from([4, 2, 2, 3]);
  const y = Float64Array.from([2, 1, 5, 2]); // two right sides: [2, 5] and [1, 2]
  solveSymmetric(k, y, 2, 2, 1); // [5, 2; 2, 4]
  expect([...y].map((v) => Number(v.toFixed(6)) + 0)).toEqual([-0.125, 0, 1.3125, 0.5]);
  expect(() => solveSymmetric(Float64Array.from([0, 0, 0, 0]), y, 2, 2, 0)).toThrow('not positive definite');
});

it('reads probabilities', () => {
  const readout = { weights: Float32Array.from([1, 0, 0, 1]), offsets: Float32Array.from([0, 0]) };
  const [a = 0, b = 0] = read(readout, Float32Array.from([1, 0]));
  expect(a + b).toBeCloseTo(1, 12);
  expect(a).toBeCloseTo(1 / (1 + Math.exp(-8)), 6);
});

it('tells the size of a shot by its largest face', () => {
  expect(sizeOf([], 256)).toBeUndefined();
  expect(sizeOf([[0, 0, 50, 55]], 256)).toBe('wide');
  expect(
    sizeOf(
      [
        [0, 0, 50, 55],
        [0, 0, 70, 80],
      ],
      256,
    ),
  ).toBe('medium');
  expect(sizeOf([[0, 0, 90, 130]], 256)).toBe('close-up');
});

describe('the theatre’s own models', () => {
  let folder: string;
  let host: WorkerHost;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moviedreamer-theatre-'));
    host = await WorkerHost.start({ threads: 1 });
  });
  afterAll(async () => {
    await host.close();
    await rm(folder, { recursive: true });
  });

  it('make a valid script of any film, and learn to read only once', async () => {
    const tiny = await writeTinyPreset(folder);
    const preset = await Preset.open(tiny.preset, { weights: tiny.weights });
    const dataset = join(folder, 'dataset');
    await writeTinyDataset(dataset);
    const { film, names } = await readDatasetFilm(dataset, 'lighthouse-0123456789ab');
    const said: string[] = [];
    const options = { cache: join(folder, 'cache'), faces: 12, say: (text: string) => void said.push(text) };
    const caption = async (): Promise<CaptionedFilm> => {
      await using models = await openTheatre(host, preset, options);
      const own = {
        captioner: theatreCaptioner(models),
        scripter: theatreScripter(models),
        cache: join(folder, 'answers'),
      };
      const work = captionFilm(film, own);
      let step = await work.next();
      while (!step.done) step = await work.next();
      return step.value;
    };
    const captioned = await caption();
    expect(captioned.shots.map(({ frames }) => frames.length)).toEqual([2, 1, 1]);
    for (const { elements, nearest = [], plot } of captioned.shots) {
      expect(elements.length).toBeGreaterThanOrEqual(3);
      expect(nearest[0]).toBe(plot[0]);
    }
    const script = filmScript(captioned, { names, portraitOf: (id) => `${id}.png` });
    expect(filmScriptText(captioned, script, 'script.yaml')).toContain('person-01');
    expect((await caption()).shots).toEqual(captioned.shots);
    expect(said.filter((text) => text.startsWith('learning'))).toHaveLength(1);
  }, 120_000);
});

it('counts what is right of a drawn film, whatever place’s phrase and colour a sentence takes', () => {
  const episode = generateEpisode(3, 0, 'test', { shots: 4 });
  const nameOf = (id: string): string | undefined => episode.characters.find((own) => own.id === id)?.name;
  const captioned = {
    shots: episode.shots.map((own, shot) => ({
      shot,
      elements: ['Nowhere', 'Never'],
      plot: ['Nothing.'],
      nearest: ['Nothing.', own.plot.split('. ')[0]?.replace(/\.?$/, '.') as string],
      people: new Map(),
      expressions: {},
    })),
  } as unknown as CaptionedFilm;
  const figures = captionFigures(captioned, {
    episode,
    shotOf: (shot) => (shot === 3 ? undefined : shot),
    nameOf,
  });
  expect(figures).toMatchObject({ shots: 3, place: 0, time: 0, size: 0, plotFirst: 0, plotFive: 3 });
});
