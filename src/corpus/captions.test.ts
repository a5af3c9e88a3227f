import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { generateEpisode, words } from '../theatre/index.ts';
import { frameTexts, joined, wrongExpression } from './captions.ts';
import type { FrameSet } from './theatreFrames.ts';

const episode = generateEpisode(3, 0, 'train', { shots: 6 });
const frames = episode.shots.map((shot, i) => ({
  row: 5 - i,
  shot: i,
  faces: shot.characters.map(({ id }) => ({ character: id, box: [0, 0, 10, 10] as const })),
}));

describe('frameTexts', () => {
  const texts = frameTexts({ episodes: [{ episode, frames }] } as unknown as FrameSet);

  it('gives each row its sentences and each person the sentence about them', () => {
    for (const [i, shot] of episode.shots.entries()) {
      const { sentences, people } = texts[5 - i] ?? { sentences: [], people: [] };
      for (const element of shot.elements) expect(sentences).toContain(element);
      expect(people).toHaveLength(shot.characters.length);
      for (const [k, person] of people.entries()) {
        const actor = shot.characters[k];
        expect(sentences).toContain(person.text);
        expect(person.expression).toBe(actor?.expression);
        expect(person.description).toBe(episode.characters.find((c) => c.id === actor?.id)?.description);
      }
    }
  });

  it('makes sentences about the same person with an expression that is not theirs', () => {
    const random = Random.of(1, 'x');
    for (const { people } of texts) {
      for (const person of people) {
        const wrong = wrongExpression(person, random);
        expect(wrong.startsWith(person.description.slice(0, -1))).toBe(true);
        for (const word of words[person.expression]) expect(wrong.endsWith(`, ${word}.`)).toBe(false);
      }
    }
  });

  it('joins sentences', () => {
    expect(joined(['Night', 'Tom runs.', 'Where?'])).toBe('Night. Tom runs. Where?');
  });
});
