import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseScript, VocabularyCheck, vocabularySchema } from '../script/index.ts';
import { episodeToScript } from './script.ts';
import { generateEpisode } from './story.ts';
import { theatreVocabulary } from './vocabulary.ts';

const file = new URL('../../presets/theatre/vocabulary.json', import.meta.url);

describe("the theatre's vocabulary", () => {
  const made = theatreVocabulary();
  const vocabulary = vocabularySchema.parse(made);
  const check = new VocabularyCheck(vocabulary);

  it('is what the file of the preset says', () => {
    expect(vocabularySchema.parse(JSON.parse(readFileSync(file, 'utf8')))).toEqual(vocabulary);
  });

  it('knows every word and person of held-out scripts', { timeout: 60_000 }, () => {
    const found = Array.from({ length: 15 }, (_, i) => {
      const script = parseScript(JSON.stringify(episodeToScript(generateEpisode(0, i, 'test'))), {
        file: '/x/script.yaml',
      });
      return [
        ...script.characters.flatMap(({ description }) => check.person(description).findings),
        ...script.shots.flatMap((shot) => check.shot(script, shot).findings),
      ];
    });
    expect(found.flat()).toEqual([]);
  });

  it('recognises what held-out shots show', { timeout: 60_000 }, () => {
    for (let i = 0; i < 8; i++) {
      const episode = generateEpisode(1, i, 'test');
      const script = parseScript(JSON.stringify(episodeToScript(episode)), { file: '/x/script.yaml' });
      for (const [n, shot] of episode.shots.entries()) {
        const { scene, people } = check.shot(script, script.shots[n] as (typeof script.shots)[0]);
        const { place, time, size, weather, characters, elements } = shot;
        const said = { place: [place], time: [time], size: [size] };
        expect(scene, elements.join(', ')).toMatchObject(
          weather === 'clear' ? said : { ...said, weather: [weather] },
        );
        for (const [k, { word, expression }] of characters.entries())
          if (word !== undefined) expect(people[k]?.labels.expression).toEqual([expression]);
      }
    }
  });

  it('says of each thing only what scripts say', () => {
    const { topics } = vocabulary;
    for (const topic of ['place', 'time', 'weather', 'size', 'expression', 'prop'] as const)
      for (const [name, { say }] of Object.entries(topics[topic] ?? {}))
        for (const phrase of say) expect(check.knowsWords(phrase), `${topic} ${name}: ${phrase}`).toBe(true);
  });
});
