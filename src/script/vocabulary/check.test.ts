import { describe, expect, it } from 'vitest';
import { parseScript } from '../parse.ts';
import { type Finding, VocabularyCheck } from './check.ts';
import type { Vocabulary } from './schema.ts';
import { basesOf } from './words.ts';

const entry = (say: string, instead = '') => ({
  say: say.split(','),
  instead: instead === '' ? [] : instead.split(','),
});
const vocabulary: Vocabulary = {
  version: 1,
  people: { 'close-up': 1, wide: 2 },
  topics: {
    place: { forest: entry('forest,among the trees', 'jungle'), ship: entry('ship,deck of a ship') },
    time: { night: entry('night', 'midnight'), evening: entry('dusk,evening') },
    weather: { rain: entry('rain,rainy'), snow: entry('snow,snowy') },
    size: { 'close-up': entry('close-up,close shot', 'closeup'), wide: entry('wide shot') },
    expression: { smiling: entry('smiling,happy'), crying: entry('weeping') },
    prop: { map: entry('map') },
    clothes: { hoodie: entry('hoodie') },
  },
  words: {
    scene:
      'among close close-up dusk evening forest happy holds map night rain ship shot smiling snow trees walks weeping wide'.split(
        ' ',
      ),
    description: 'a man woman red hoodie bear'.split(' '),
  },
  names: ['Mara', 'Tom'],
  sentences: { elements: [], plots: [] },
};
const check = new VocabularyCheck(vocabulary);

/** What is found in the first of some shots, given as YAML. */
function shot(text: string): ReturnType<VocabularyCheck['shot']> {
  const people = ['mara', 'tom', 'ida']
    .map((id) => `  ${id}: { face: a.png, description: A man. }\n`)
    .join('');
  const script = parseScript(`characters:\n${people}shots:\n  - ${text}\n`, { file: '/x/script.yaml' });
  return check.shot(script, script.shots[0] as (typeof script.shots)[0]);
}
const elements = (...texts: string[]) => shot(`{ elements: ${JSON.stringify(texts)}, plot: Night. }`);
const plot = (text: string, characters = '[mara]') =>
  shot(`{ characters: ${characters}, plot: ${JSON.stringify(text)} }`).findings;
const unmet = (findings: readonly Finding[]): string[] =>
  findings.flatMap((f) => (f.type === 'unmet' ? f.words.map(({ word }) => word) : []));

describe('what a scene says', () => {
  it.each([
    ['Snowy forest', { place: ['forest'], weather: ['snow'] }],
    ['FOREST IN THE SNOW', { place: ['forest'], weather: ['snow'] }],
    ['Forests', { place: ['forest'] }],
    ['It is night', { time: ['night'] }],
    ['at dusk', { time: ['evening'] }],
    ['Close-up of a map', { size: ['close-up'] }],
    ['close up', { size: ['close-up'] }],
    ['It is raining', { weather: ['rain'] }],
    ['On the deck of a ship', { place: ['ship'] }],
    ['Nighttime', {}],
  ])('%s', (text, expected) => {
    const { time, ...rest } = elements(text).scene;
    // the plot says night where the element does not
    expect({ ...rest, ...('time' in expected ? { time } : {}) }).toEqual(expected);
  });

  it('says what to write where others words were used', () => {
    const { scene, findings } = elements('Jungle', 'Midnight');
    expect(scene).toMatchObject({ place: ['forest'], time: ['night'] });
    expect(findings.flatMap((f) => (f.type === 'unmet' ? f.words : []))).toEqual([
      { word: 'Jungle', kind: 'place', write: 'forest' },
      { word: 'Midnight', write: 'night' },
    ]);
  });

  it('does not take what is denied for what is there', () => {
    const { scene, findings } = elements('Forest without any rain');
    expect(scene.weather).toBeUndefined();
    expect(findings).toEqual([{ type: 'negation', said: 'rain', sentence: 'Forest without any rain' }]);
  });

  it('takes capitals of elements for words, not for names', () => {
    expect(unmet(elements('Neon lights', 'New York').findings)).toEqual(['Neon', 'lights', 'New', 'York']);
  });

  it('says where a shot has two of a kind', () => {
    expect(elements('Forest', 'Ship').findings).toEqual([
      { type: 'conflict', topic: 'place', names: ['forest', 'ship'] },
    ]);
  });
});

describe('what a plot asks', () => {
  it('names words that were never met, with their kind', () => {
    expect(plot('Mara holds a horse.')).toEqual([
      {
        type: 'unmet',
        where: 'plot',
        sentence: 'Mara holds a horse.',
        words: [{ word: 'horse', kind: 'animal' }],
      },
    ]);
  });

  it.each([
    ['Wolves!', ['Wolves']],
    ['Mara is holding two maps.', ['two']],
    ['Mara’s map', []],
    ['A bear walks among the trees.', ['bear']],
    ['森の中を馬が走る。', ['森の中を馬が走る']],
    ['Un caballo corre.', ['Un', 'caballo', 'corre']],
  ])('%s', (text, words) => {
    expect(unmet(plot(text))).toEqual(words);
  });

  it('names people who are not in the shot, or not in the script', () => {
    const found = plot('Mara holds Tom. Xaver walks. Mara holds Anke.').map((f) =>
      f.type === 'absent' ? `${f.name} ${f.of}` : f.type,
    );
    expect(found).toEqual(['Tom shot', 'Xaver script', 'Anke script']);
  });

  it('knows people by their names in every form', () => {
    expect(plot('MARA walks. Mara’s map.')).toEqual([]);
  });

  it('counts people', () => {
    const people = (n: number, size: string) =>
      shot(
        `{ characters: [${['mara', 'tom', 'ida'].slice(0, n).join(', ')}], elements: [${size}], plot: Night. }`,
      ).findings;
    expect(people(1, 'Close-up')).toEqual([]);
    expect(people(2, 'Close-up')).toEqual([{ type: 'crowd', people: 2, most: 1, size: 'close-up' }]);
    expect(people(2, 'Night')).toEqual([]);
    expect(people(3, 'Night')).toEqual([{ type: 'crowd', people: 3, most: 2, size: null }]);
  });

  it('reads expressions', () => {
    const { people, findings } = shot('{ characters: { mara: Happy, tom: furious }, plot: Night. }');
    expect(people[0]).toEqual({ id: 'mara', labels: { expression: ['smiling'] } });
    expect(unmet(findings)).toEqual(['furious']);
  });
});

it('finds looks with a colour between their words', () => {
  const topics = { hair: { long: entry('long hair') }, colour: { red: entry('red') } };
  const { person } = {
    person: (text: string) => new VocabularyCheck({ ...vocabulary, topics }).person(text).labels,
  };
  expect(person('A woman with long red hair.')).toEqual({ hair: ['long'], colour: ['red'] });
  expect(person('A woman with long grey hair.')).toEqual({});
});

it('counts nobody where no number is known', () => {
  const script = parseScript('shots:\n  - { plot: Night. }\n', { file: '/x/script.yaml' });
  const none = new VocabularyCheck({ ...vocabulary, people: {} });
  expect(none.shot(script, script.shots[0] as (typeof script.shots)[0]).findings).toEqual([]);
});

it('tells what a description says, with the words that descriptions have', () => {
  expect(check.person('A woman in a red hoodie.')).toEqual({ labels: { clothes: ['hoodie'] }, findings: [] });
  expect(unmet(check.person('A man with a map.').findings)).toEqual(['map']);
});

it.each([
  ['wolves', 'wolf'],
  ['Stories', 'story'],
  ['stopped', 'stop'],
  ['raining', 'rain'],
  ['smiling', 'smile'],
  ['boxes', 'box'],
  ['Cafés', 'cafe'],
  ['held', 'hold'],
])('%s is a form of %s', (word, base) => {
  expect(basesOf(word)).toContain(base);
});
