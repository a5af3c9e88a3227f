import { describe, expect, it } from 'vitest';
import { identifiers, referenceLayout } from '../../script/layout.ts';
import { frame, pack, reference, tiny, tokenizer } from '../../testing/tinyAutoregressor.ts';
import {
  asRead,
  packItems,
  packSequence,
  rollWindow,
  sequenceShape,
  textTokenizer,
  type WindowState,
  wordListTokenizer,
} from './index.ts';

describe('packSequence', () => {
  it('lays a frame out as script, tokens, end; the position before a token predicts it', () => {
    const f = frame(1);
    const { items, targets, frames, open } = pack([reference(), f]);
    expect(items.map((i) => i.kind).join(' ')).toBe(
      'identifier visual visual identifier ' +
        'identifier identifier identifier face sentence identifier identifier sentence visual visual identifier',
    );
    expect(targets).toEqual([
      { position: 11, embedding: f.tokens[0] },
      { position: 12, embedding: f.tokens[1] },
    ]);
    expect(items[12]).toEqual({ kind: 'visual', embedding: f.tokens[0] });
    expect(frames).toEqual([0, 4]);
    expect(open).toBe(false);
  });

  it('ends before the first missing token, so that each sequence continues the last', () => {
    const f = frame(1);
    const whole = pack([f]).items;
    for (const [known, length] of [
      [0, 8],
      [1, 9],
      [2, 11],
    ] as const) {
      const part = pack([{ ...f, tokens: f.tokens.slice(0, known) }]);
      expect(part.items).toEqual(whole.slice(0, length));
      expect(part.open).toBe(known < 2);
    }
    expect(() => pack([{ ...f, tokens: [] }, f])).toThrow(/frame 0 lacks visual tokens, but frame 1 follows/);
  });

  it('says which frame does not fit its layout', () => {
    expect(() => pack([frame(1), { ...frame(1), faces: [] }])).toThrow(/frame 1 has 1 face segments, got 0/);
  });

  it('opens with the start ids of the tokenizer', () => {
    const { items, frames } = packSequence([frame(0)], { ...tokenizer, start: [1] });
    expect(items[0]).toEqual({ kind: 'identifier', id: 1 });
    expect(frames).toEqual([1]);
  });
});

describe('asRead', () => {
  it('leaves a frame as it is, or takes out its faces and nothing else', () => {
    const f = frame(2);
    expect(asRead(f, { faceTokens: true })).toBe(f);
    const without = asRead(f, { faceTokens: false });
    expect(without).toEqual({ ...f, layout: f.layout.filter((s) => s.kind !== 'face'), faces: [] });
    const kinds = (items: readonly { kind: string }[]): string[] => items.map((i) => i.kind);
    expect(kinds(pack([without]).items)).toEqual(kinds(pack([f]).items).filter((kind) => kind !== 'face'));
    expect(pack([without]).targets.map((t) => t.position)).toEqual(
      pack([f]).targets.map((t) => t.position - 2),
    );
  });
});

describe('packItems', () => {
  it('keeps an embedding that comes again once, and counts rows over all kinds', () => {
    const f = frame(1);
    const items = pack([f, f]).items;
    const shape = sequenceShape([{ items }], tiny);
    expect(shape).toEqual({ batch: 1, length: 22, text: 5, sentences: 2, faces: 1, visual: 2 });
    const { feeds, visualRow } = packItems([items], shape, tiny);
    const index = Array.from(feeds.index.data as BigInt64Array, Number);
    expect(index.slice(0, 11)).toEqual([0, 1, 2, 7, 5, 3, 2, 6, 8, 9, 4]);
    expect(index.slice(11)).toEqual(index.slice(0, 11));
    expect(visualRow(f.tokens[1]!)).toBe(1);
    expect([...(feeds.faces.data as Float32Array)]).toEqual([...f.faces[0]!]);
  });

  it('gives special tokens rows of their own, in front', () => {
    const config = { ...tiny, specialTokens: 2, llama: { ...tiny.llama, vocabSize: 5 } };
    const items = [6, 4, 5].map((id) => ({ kind: 'identifier', id }) as const);
    const shape = sequenceShape([{ items }], config);
    expect(shape.text).toBe(1);
    const { feeds } = packItems([items], shape, config);
    expect(Array.from(feeds.index.data as BigInt64Array, Number)).toEqual([1, 2, 0]);
    expect(() => packItems([[{ kind: 'identifier', id: 7 }]], shape, config)).toThrow(
      /identifier 7 is out of range/,
    );
  });

  it('refuses embeddings of another width', () => {
    const items = [{ kind: 'face', embedding: new Float32Array(3) }] as const;
    expect(() => packItems([items], sequenceShape([{ items }], tiny), tiny)).toThrow(
      /face embedding must have 4 values, got 3/,
    );
  });
});

describe('rollWindow', () => {
  const state: WindowState = { capacity: 100, maxFrames: 128, prefix: 20, frames: [], first: 0, next: 15 };

  it('keeps growing while the next frame fits', () => {
    expect(rollWindow({ ...state, frames: [15, 15, 15, 15] })).toBe(0); // 75 of 80
    expect(rollWindow({ ...state, frames: [90, 15, 15, 15, 15], first: 1 })).toBe(1);
  });

  it('keeps the latest half when it does not', () => {
    const frames = [15, 15, 15, 15, 15];
    const first = rollWindow({ ...state, frames });
    expect(first).toBe(3); // 30 of the 80 positions; 45 would be more than half
    expect(rollWindow({ ...state, frames, first })).toBe(3);
  });

  it('always leaves room for the next frame, even of its whole size', () => {
    expect(rollWindow({ ...state, frames: [15, 15], next: 80 })).toBe(2);
    expect(() => rollWindow({ ...state, next: 81 })).toThrow(/takes 81 positions.*only 80 of 100/);
  });

  it('counts frames as well as positions', () => {
    const frames = new Array<number>(8).fill(1);
    expect(rollWindow({ ...state, next: 1, frames, maxFrames: 9 })).toBe(0);
    expect(rollWindow({ ...state, next: 1, frames, maxFrames: 8 })).toBe(4);
  });
});

describe('tokenizers', () => {
  it('word list: one id a word, and a message that lists the words', () => {
    expect(tokenizer.encode('Characters:')).toEqual([3]);
    expect(tokenizer.size).toBe(7);
    expect(() => tokenizer.encode('Weather:')).toThrow(/"Weather:"; the model knows .*"Plots:"/);
    expect(() => wordListTokenizer(['a', 'a'])).toThrow(/twice/);
  });

  it('word list: knows every identifier of the script', () => {
    expect(identifiers.flatMap((text) => tokenizer.encode(text))).toEqual([0, 3, 4, 5, 6, 1]);
    const { items } = pack([{ ...reference(), layout: referenceLayout() }]);
    expect(items.map((i) => i.kind)).toEqual(['identifier', 'visual', 'visual', 'identifier']);
  });

  it("language model: the model's own pieces, special identifiers behind its table", () => {
    const vocab = Object.fromEntries(
      ['<unk>', '<s>', '</s>', '▁', 'P', 'l', 'o', 't', ':', '▁P', 'lo', '▁Plo'].map((w, i) => [w, i]),
    );
    const json = {
      version: '1.0',
      added_tokens: [],
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Prepend', prepend: '▁' },
          { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        ],
      },
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      model: {
        type: 'BPE',
        unk_token: '<unk>',
        fuse_unk: true,
        byte_fallback: false,
        vocab,
        merges: ['▁ P', 'l o', '▁P lo'],
      },
    };
    const t = textTokenizer({
      tokenizer: json,
      config: { tokenizer_class: 'LlamaTokenizer' },
      vocabSize: 12,
      start: [1],
    });
    expect(t.encode('Plot:')).toEqual([11, 7, 8]);
    expect(t.encode('[START_OF_FRAME]')).toEqual([12]);
    expect(t.encode('[END_OF_FRAME]')).toEqual([13]);
    expect(t.size).toBe(14);
    const small = textTokenizer({ tokenizer: json, config: {}, vocabSize: 10 });
    expect(() => small.encode('Plot')).toThrow(/token 11, but the model's table ends at 9/);
  });
});
