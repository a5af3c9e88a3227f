/*
 * How far sentences lie from what the theatre's text tower was trained on, by the cosine to the nearest sentence of
 * presets/theatre/vocabulary.json: sentences of held-out episodes, which are to be recognised, beside foreign ones.
 *     npx tsx bench/vocabularyDistance.ts
 */
import { readVocabulary } from '../src/film/index.ts';
import { ModelLoader } from '../src/inference/index.ts';
import { Preset } from '../src/presets/index.ts';
import { WorkerHost } from '../src/runtime/index.ts';
import { nearestSentences, type Vocabulary, VocabularyCheck } from '../src/script/index.ts';
import { episodeToScript, generateEpisode } from '../src/theatre/index.ts';

const foreign = [
  'A horse gallops across the meadow.',
  'A red car races down the highway.',
  'A spaceship lands on the moon.',
  'Mara rides a horse through the desert.',
  'Tom drives a car along the street.',
  'Mara plays the piano.',
  'A dog barks at Tom.',
  'Tom swims in the lake.',
  'A dragon burns the castle.',
  'Two knights fight with swords.',
  'Mara cooks soup for Tom.',
  'Tom plays football with Mara.',
  'An aeroplane flies over the city.',
  'Castle',
  'Hospital',
  'Swimming pool',
  'Outer space',
  'Restaurant',
  'Dutch angle',
  'Over-the-shoulder shot',
  'Neon lights',
  'Thunderstorm',
  'Mara dances.',
  'Tom climbs a ladder.',
  'The king sits on his throne.',
  'Mara kisses Tom.',
  'A cat sleeps on the sofa.',
  'Tom repairs the engine.',
  'Mara runs away from a bear.',
  'Ships burn at sea.',
];

const preset = await Preset.open('theatre');
const vocabulary = (await readVocabulary(preset)) as Vocabulary;
const heldOut = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((i) =>
  episodeToScript(generateEpisode(0, i, 'test', { shots: 12 })).shots.flatMap(({ elements, plot }) => [
    ...elements,
    plot,
  ]),
);
const host = await WorkerHost.start({ threads: 1 });
const encoder = await new ModelLoader(preset, host).sentenceEncoder();
const encode = (texts: readonly string[]): Promise<Float32Array> => encoder.encode(texts);
const all = [...vocabulary.sentences.elements, ...vocabulary.sentences.plots];
const known = [...new Set(heldOut)];
const held = await nearestSentences(known, all, vocabulary.names, encode);
const others = await nearestSentences(foreign, all, vocabulary.names, encode);
await encoder.release();
await host.close();

const check = new VocabularyCheck(vocabulary);
const words = (sentences: readonly string[]): number => sentences.filter((s) => !check.knowsWords(s)).length;
const sorted = held.map(({ cosine }) => cosine).sort((a, b) => a - b);
console.log(
  `${known.length} sentences of held-out episodes: words never met in ${words(known)}; cosine to the nearest:`,
);
console.log(`  least ${sorted[0]?.toFixed(3)}, median ${sorted[sorted.length >> 1]?.toFixed(3)}`);
console.log(
  `${foreign.length} foreign sentences: words never met in ${words(foreign)}; cosine to the nearest:`,
);
for (const [i, { cosine, sentence }] of others.entries())
  console.log(`  ${cosine.toFixed(3)}  ${foreign[i]}  ~  ${sentence}`);
for (const threshold of [0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97]) {
  const share = (all: readonly { cosine: number }[]): string =>
    `${((100 * all.filter(({ cosine }) => cosine < threshold).length) / all.length).toFixed(1)} %`;
  console.log(`below ${threshold}: held-out ${share(held)}, foreign ${share(others)}`);
}
