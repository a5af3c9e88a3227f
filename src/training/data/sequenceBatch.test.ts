import { describe, expect, it } from 'vitest';
import {
  type AutoregressorConfig,
  trainingFeeds,
  trainingShape,
  wordListTokenizer,
} from '../../models/autoregressor/index.ts';
import { Random } from '../../random/index.ts';
import { frameLayout, parseScript } from '../../script/index.ts';
import { tiny } from '../../testing/tinyAutoregressor.ts';
import { drawWithin, fitted, plainSequences, roomFor } from './sequenceBatch.ts';
import type { SequenceSource } from './sequences.ts';

const shots = Array.from({ length: 8 }, (_, i) => ({
  characters: { ann: 'smiling', bob: 'sad' },
  elements: ['Forest'],
  plot: `They meet ${i}.`,
}));
const script = parseScript(
  JSON.stringify({
    title: 'Test',
    characters: {
      ann: { face: 'ann.png', description: 'Red hair.' },
      bob: { face: 'bob.png', description: 'A beard.' },
    },
    shots,
  }),
  { file: 'test' },
);
const random = Random.of(4, 'sequence batch');
const vector = (n: number): Float32Array => random.normals(n);
const tokens = shots.map(() => [vector(tiny.tokenDim), vector(tiny.tokenDim)]);
const source: SequenceSource = {
  encoded: {
    script,
    layouts: script.shots.map((shot) => frameLayout(shot, script)),
    faces: new Map(script.characters.map((c) => [c.id, [vector(tiny.faceDim)]])),
  },
  tokens: (shot) => tokens[shot] as Float32Array[],
  sentence: () => vector(tiny.sentenceDim),
};

describe('the training sequences of an episode', () => {
  const faceless: AutoregressorConfig = { ...tiny, faceTokens: false };
  const draw = (config: AutoregressorConfig, length: number) =>
    drawWithin(
      source,
      { config, identifiers: wordListTokenizer(), length, augmentation: plainSequences },
      Random.of(1, 'draw'),
    );

  it('hold as many shots as fit', () => {
    const one = draw(tiny, 40);
    expect(one.items.length).toBeLessThanOrEqual(40);
    expect(draw(tiny, 400).frames.length).toBeGreaterThan(one.frames.length);
    expect(() => draw(tiny, 8)).toThrow(/one shot needs more than the 8 positions/);
  });

  it('have no face where the model reads none, and feed it none', () => {
    const [own, other] = [draw(tiny, 400), draw(faceless, 400)];
    const people = own.items.filter((i) => i.kind === 'face').length;
    expect(people).toBe(2 * own.frames.length);
    expect(other.items.some((i) => i.kind === 'face')).toBe(false);
    expect(other.items.length).toBe(own.items.length - people);
    expect(other.targets.map((t) => t.embedding)).toEqual(own.targets.map((t) => t.embedding));
    const feeds = trainingFeeds([other], faceless, trainingShape([other], faceless), {
      dropout: false,
      tokenMasking: false,
    });
    expect((feeds.faces!.data as Float32Array).every((v) => v === 0)).toBe(true);
  });

  it('are cut back until a batch fits its room', () => {
    const batch = [draw(tiny, 400), draw(tiny, 400)];
    const small = roomFor(() => [draw(tiny, 60), draw(tiny, 60)], tiny, 400);
    const fits = fitted(batch, tiny, small);
    expect(trainingShape(fits, tiny).targets).toBeLessThanOrEqual(small.targets);
    expect(fits.every((s) => s.targets.every((t) => t.position < s.items.length))).toBe(true);
  });
});
