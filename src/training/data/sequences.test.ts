import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../random/index.ts';
import { frameLayout, parseScript } from '../../script/index.ts';
import { drawSequence, frameOf, type SequenceAugmentation, type SequenceSource } from './sequences.ts';

const plain: SequenceAugmentation = { flip: 0, reverse: 0, fewShot: 0, references: 10, randomFaces: false };
let source: SequenceSource;

/** A face of character a is [1, variant], of b [2, variant]; a token is [shot, mirrored]. */
beforeAll(() => {
  const shots = Array.from({ length: 6 }, (_, i) => ({
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
  const faces = (who: number): Float32Array[] => Array.from({ length: 5 }, (_, i) => Float32Array.of(who, i));
  source = {
    encoded: {
      script,
      layouts: script.shots.map((shot) => frameLayout(shot, script)),
      faces: new Map(script.characters.map((c, i) => [c.id, faces(i + 1)])),
    },
    tokens: (shot, mirrored) => [
      Float32Array.of(shot, Number(mirrored)),
      Float32Array.of(shot, Number(mirrored)),
    ],
    sentence: (text) => Float32Array.of(text.length),
  };
});

const shotsOf = (frames: ReturnType<typeof drawSequence>): number[] =>
  frames.map((f) => f.tokens[0]?.[0] as number);
const peopleOf = (frame: ReturnType<typeof frameOf>): number[] => frame.faces.map((f) => f[0] as number);

describe('drawSequence', () => {
  it('gives the shots as they are where nothing is augmented', () => {
    const frames = drawSequence(source, 1, 4, plain, Random.of(1, 'a'));
    expect(shotsOf(frames)).toEqual([1, 2, 3, 4]);
    for (const [i, frame] of frames.entries()) {
      expect(frame.layout).toEqual(source.encoded.layouts[i + 1]);
      expect(peopleOf(frame)).toEqual([1, 2]);
      expect(frame.faces.every((f) => f[1] === 0)).toBe(true); // the portrait
      expect(frame.tokens.every((t) => t[1] === 0)).toBe(true);
      expect(frame.sentences).toHaveLength(frame.layout.filter((s) => s.kind === 'sentence').length);
    }
  });

  it('mirrors a whole sequence: the pictures, and who stands where', () => {
    const frames = drawSequence(source, 0, 3, { ...plain, flip: 1 }, Random.of(1, 'a'));
    for (const frame of frames) {
      expect(frame.tokens.every((t) => t[1] === 1)).toBe(true);
      expect(peopleOf(frame)).toEqual([2, 1]);
    }
    const description = (frame: ReturnType<typeof frameOf>) =>
      frame.layout.flatMap((s) => (s.kind === 'sentence' && /hair|beard/.test(s.text) ? [s.text] : []));
    expect(description(frames[0] as never).join(' ')).toMatch(/beard.*hair/);
  });

  it('reverses the order of the shots', () => {
    expect(shotsOf(drawSequence(source, 1, 4, { ...plain, reverse: 1 }, Random.of(1, 'a')))).toEqual([
      4, 3, 2, 1,
    ]);
  });

  it('puts reference frames of the episode in front, which are not predicted', () => {
    const counts = new Set<number>();
    for (let i = 0; i < 60; i++) {
      const augmentation = { ...plain, fewShot: 1, references: 3, flip: i % 2 };
      const frames = drawSequence(source, 2, 2, augmentation, Random.of(1, 'few', i));
      const references = frames.slice(0, -2);
      counts.add(references.length);
      expect(shotsOf(frames).slice(-2)).toEqual([2, 3]);
      expect(new Set(shotsOf(references)).size).toBe(references.length);
      for (const { predict, sentences, faces, tokens } of references) {
        expect({ predict, sentences, faces }).toEqual({ predict: false, sentences: [], faces: [] });
        expect(tokens.every((t) => t[1] === i % 2)).toBe(true);
      }
      expect(frames.slice(-2).every((f) => f.predict === undefined)).toBe(true);
    }
    expect(counts).toEqual(new Set([1, 2, 3]));
  });

  it('takes faces of the same person from anywhere', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const frame = frameOf(source, 0, false, { randomFaces: true }, Random.of(1, 'faces', i));
      expect(peopleOf(frame)).toEqual([1, 2]);
      for (const face of frame.faces) seen.add([...face].join());
    }
    expect(seen.size).toBe(10);
  });

  it('does each with its probability', () => {
    const half = { ...plain, flip: 0.5, reverse: 0.5, fewShot: 0.5, references: 2 };
    const drawn = Array.from({ length: 400 }, (_, i) =>
      drawSequence(source, 0, 3, half, Random.of(2, 'half', i)),
    );
    const share = (is: (frames: ReturnType<typeof drawSequence>) => boolean) => drawn.filter(is).length / 400;
    expect(share((f) => f.at(-1)?.tokens[0]?.[1] === 1)).toBeCloseTo(0.5, 1);
    expect(share((f) => shotsOf(f).slice(-3)[0] === 2)).toBeCloseTo(0.5, 1);
    expect(share((f) => f.length > 3)).toBeCloseTo(0.5, 1);
  });
});
