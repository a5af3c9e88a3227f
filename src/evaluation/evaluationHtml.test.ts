import { describe, expect, it } from 'vitest';
import { type Evaluation, evaluationFormat, valueText } from './evaluation.ts';
import { evaluationHtml } from './evaluationHtml.ts';
import type { ShotScores } from './shotScores.ts';
import { worstFirst } from './worstFirst.ts';

const shot = (number: number, more: Partial<ShotScores> = {}): ShotScores => ({
  ...{ shot: number, picture: `keyframes/000${number}.png`, width: 100, height: 50 },
  ...{ sentences: [], characters: [] },
  ...more,
});
const order = (shots: ShotScores[]): number[] => worstFirst(shots).map((s) => s.shot);

describe('worstFirst', () => {
  it('goes by the mean place among all figures, whatever their units', () => {
    const shots = [
      shot(1, { clipScore: 50, clipSimilarity: 0.9 }),
      shot(2, { clipScore: 10, clipSimilarity: 0.8 }),
      shot(3, { clipScore: 30, clipSimilarity: 0.1 }),
    ];
    expect(order(shots)).toEqual([2, 3, 1]); // places 1 1, 0 0.5, 0.5 0
  });

  it('measures a shot without people by the rest, and shares equal places', () => {
    const shots = [
      shot(1, { clipScore: 40 }),
      shot(2, { clipScore: 40, identity: 0.9 }),
      shot(3, { clipScore: 40, identity: 0.2 }),
      shot(4, { clipScore: 45, identity: 0.5 }),
    ];
    expect(order(shots)).toEqual([3, 1, 2, 4]);
  });

  it('keeps the order where there is nothing to go by', () => {
    expect(order([shot(2), shot(1)])).toEqual([2, 1]);
  });
});

describe('the page of an evaluation', () => {
  const info = { source: 'a paper', range: '0 .. 1', better: 'higher' } as const;
  const evil = '<script>alert("x")</script>';
  const evaluation: Evaluation = {
    format: evaluationFormat,
    title: evil,
    script: 'script.yaml',
    counts: { shots: 3, frames: 2, trueFrames: 0, characters: 1, faces: 2 },
    thresholds: { face: 0.5, detection: 0.5 },
    encoders: [{ role: 'clip', name: 'a<b', path: '/x', fingerprint: 'abcdef0123456789' }],
    metrics: [
      {
        ...info,
        key: 'lt',
        name: 'LT',
        value: 0.123456,
        encoders: ['a<b'],
        from: '2 & more',
        warning: 'few',
      },
    ],
    leftOut: [{ ...info, key: 'fid', name: 'FID', reason: `because ${evil}` }],
    notices: [`only ${evil}`],
    shots: [
      shot(1, {
        ...{ clipScore: 40, picture: 'keyframes/a b#1.png', truth: '../true/1.png', strangers: ['eve'] },
        sentences: [{ text: `She says ${evil}`, cosine: 0.25 }],
        characters: [{ id: 'mara', isFound: true }],
        faces: [{ box: [25, 5, 50, 30], score: 0.9, character: 'mara', cosine: 0.75 }],
      }),
      shot(2, {
        ...{ clipScore: 20, characters: [{ id: 'tom', isFound: false }] },
        faces: [{ box: [0, 0, 10, 10], score: 0.6, character: null, cosine: null }],
      }),
    ],
  };
  const html = evaluationHtml(evaluation, '/films/one');

  it('trusts no text', () => {
    expect(html).not.toContain('<script');
    expect(html.match(/&lt;script&gt;/g)).toHaveLength(5); // two titles, a reason, a notice and a sentence
    expect(html).toContain('src="keyframes/a%20b%231.png"');
    expect(html).toContain('src="../true/1.png" alt="Shot 1, true"');
    expect(html.match(/figcaption>true/g)).toHaveLength(1);
  });

  it('shows the figures, and why others are left out', () => {
    expect(html).toContain(
      '<td>LT</td><td>0.1235</td><td>higher is better</td><td>0 .. 1</td><td>a&lt;b</td>',
    );
    expect(html).toContain('a paper; few');
    expect(html).toMatch(/<td>FID<\/td><td>because /);
    expect(html).toContain('clip: a&lt;b (abcdef01)');
    expect(html).toContain('2 of 3 shots');
  });

  it('has the worst shot first, with its faces, lines and people', () => {
    expect(html.indexOf('id="shot-2"')).toBeLessThan(html.indexOf('id="shot-1"'));
    expect(html).toContain(
      'style="left:25.00%;top:10.00%;width:25.00%;height:50.00%"><span>mara 0.75</span>',
    );
    expect(html).toMatch(/class="face unsure high"[^>]*><span>nobody<\/span>/);
    expect(html).toContain('<i>0.250</i>');
    expect(html).toContain('tom missing');
    expect(html).toContain('mara found');
    expect(html).toContain('eve not in the script');
  });

  it('writes numbers with four digits', () => {
    expect([0.123456, 41.68099, 12345.6, 0, -0.00012345].map(valueText)).toEqual([
      '0.1235',
      '41.68',
      '12350',
      '0',
      '-0.0001234',
    ]);
  });
});
