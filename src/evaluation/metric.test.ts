import { describe, expect, it } from 'vitest';
import { clipScore } from '../metrics/clipScore.ts';
import { frechetDistanceOfSets } from '../metrics/frechet.ts';
import { identify } from '../metrics/identities.ts';
import { faceMetrics } from './faceMetrics.ts';
import { measureAll } from './metric.ts';
import type { Observations, ObservedFace, ObservedPicture, ObservedShot } from './observe.ts';
import { pictureMetrics } from './pictureMetrics.ts';
import { scoreShots } from './shotScores.ts';

/** A unit vector at an angle in degrees: cosines are those of the angles between. */
const at = (degrees: number): Float32Array => {
  const a = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(a), Math.sin(a));
};
const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180);
const face = (degrees: number, score = 0.9): ObservedFace => ({
  box: [1, 1, 5, 5],
  score,
  embedding: at(degrees),
});
const seen = (image: number, faces: ObservedFace[], aesthetic: number): ObservedPicture => ({
  ...{ width: 16, height: 8, image: at(image), faces, aesthetic },
});

/** Ann's portrait is at 0 degrees, Bob's at 90. */
const portraits = new Map([
  ['ann', at(0)],
  ['bob', at(90)],
]);
const shot = (
  index: number,
  characters: string[],
  own: ObservedPicture,
  truth: ObservedPicture,
): ObservedShot => ({
  ...{
    shot: index,
    picture: `${index}.png`,
    truth: `t${index}.png`,
    characters,
    seen: own,
    seenTruth: truth,
  },
  sentences: ['one', 'two'],
  texts: [at(0), at(60)],
});
const observations: Observations = {
  portraits,
  shots: [
    shot(0, ['ann', 'bob'], seen(30, [face(10), face(80)], 4), seen(30, [face(20), face(90)], 0)),
    shot(1, ['ann'], seen(90, [face(85)], 5), seen(60, [face(0)], 0)), // it shows bob
    shot(2, ['ann'], seen(60, [face(30), face(40)], 6), seen(60, [face(5)], 0)),
    shot(3, [], seen(210, [], 9), seen(30, [], 0)),
  ],
};
const all = [...pictureMetrics, ...faceMetrics];
const absent = { inception: 'needs an Inception-v3' };
const names = { clip: 'a/clip', face: 'a/face', detector: 'a/detector', aesthetic: 'head' };
const measured = measureAll(all, observations, { faceThreshold: 0.5 }, absent, names);
const metric = (key: string) => measured.metrics.find((m) => m.key === key)!;

describe('the metrics of a film', () => {
  it('are those of the paper, of ViStoryBench and of VBench', () => {
    const mean = (...values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    // the mean sentence lies at 30 degrees; ann is in shots 0, 1, 2; no pair is opposite
    const expected: Record<string, number> = {
      'clip-score': 100 * mean(1, cos(60), cos(30), 0),
      'clip-sim': mean(1, cos(30), 1, -1),
      aesthetic: 6,
      st: mean(cos(60), cos(30)),
      lt: 3 / 4, // ann in 0 and 2, bob in 0; in shot 1 the face is bob's
      'lt-precision': 3 / 5, // bob in shot 1; of the two faces of shot 2, at 30 and 40, the other is bob's: cos 50 > 0.5
      'lt-f1': 2 / (4 / 3 + 5 / 3),
      'cids-cross': mean(cos(10), cos(10), cos(85), cos(30)),
      'cids-self': mean(cos(75), cos(20), cos(55)), // ann at 10, 85, 30; bob once
      occm: 100 * mean(1, 1, Math.exp(-1 / (1 + 1e-6)), 1),
      // other pictures: ann at 20, bob at 90 like the portrait; ann's faces lie at 10, 85 and 30 degrees
      'copy-paste': mean(0.5, 0.5, 0, 1 / (1 + Math.exp((cos(10) - cos(30)) / 0.01))),
      'subject-consistency': mean(cos(75), (cos(55) + cos(20)) / 2),
    };
    for (const [key, value] of Object.entries(expected)) expect(metric(key).value, key).toBeCloseTo(value, 4);
    expect(metric('lt').sweep?.map((s) => s.threshold)).toEqual(Array.from({ length: 20 }, (_, i) => i / 20));
    expect(metric('lt').sweep?.find((s) => s.threshold === 0.9)?.recall).toBe(2 / 4);
  });

  it('name their encoders, direction, range and source', () => {
    expect(metric('lt')).toMatchObject({
      encoders: ['a/detector', 'a/face'],
      better: 'higher',
      range: '0 .. 1',
    });
    expect(metric('occm').encoders).toEqual(['a/detector']);
    expect(metric('aesthetic').encoders).toEqual(['a/clip', 'head']);
    for (const m of measured.metrics) expect(m.source).not.toBe('');
    expect(new Set(all.map((d) => d.key)).size).toBe(all.length);
  });

  it('never call the distance of CLIP features FID, and say that few samples are few', () => {
    const frechet = metric('frechet-clip');
    expect(frechet.name).toBe('Frechet distance (CLIP)');
    expect(frechet.warning).toMatch(/from 4 samples, below 2048/);
    expect(frechet.value).toBeGreaterThan(0.01);
    const same = observations.shots.map((s) => ({ ...s, seen: s.seenTruth! }));
    const again = measureAll(all, { ...observations, shots: same }, { faceThreshold: 0.5 }, absent, names);
    expect(again.metrics.find((m) => m.key === 'frechet-clip')?.value).toBeLessThan(1e-6);
    expect(again.metrics.find((m) => m.key === 'clip-sim')?.value).toBeCloseTo(1, 6);
    expect(measured.leftOut.map((m) => [m.name, m.reason])).toEqual([
      ['FID', 'needs an Inception-v3'],
      ['Inception score', 'needs an Inception-v3'],
    ]);
  });

  it('are FID and the Inception score where an Inception-v3 looked, with what one must know', () => {
    const sight = (classes: number, image: number, top: number) => ({
      features: at(image),
      logits: Float32Array.from({ length: classes }, (_, i) => (i === top ? 500 : 0)),
    });
    const seenBy = (classes: number, inception?: Observations['inception']): Observations => ({
      ...observations,
      shots: observations.shots.map((s, i) => ({
        ...s,
        seen: { ...s.seen, inception: sight(classes, 20 * i, i % 2) },
        seenTruth: { ...s.seenTruth!, inception: sight(classes, 20 * i + 30, 0) },
      })),
      ...(inception ? { inception } : {}),
    });
    const measure = (own: Observations) => {
      const { metrics, leftOut } = measureAll(
        all,
        own,
        { faceThreshold: 0.5 },
        {},
        { ...names, inception: 'a network' },
      );
      expect(leftOut).toEqual([]);
      return ['fid', 'inception-score'].map((key) => metrics.find((m) => m.key === key)!);
    };
    const [fid, score] = measure(seenBy(1008, 'fid'));
    const [own, truth] = [[0, 20, 40, 60].map(at), [30, 50, 70, 90].map(at)];
    expect(fid).toMatchObject({ encoders: ['a network'], from: '4 pairs' });
    expect(fid?.value).toBeCloseTo(frechetDistanceOfSets(own, truth).distance, 9);
    expect(fid?.value).toBeGreaterThan(0.1);
    expect(fid?.warning).toBe('from 4 samples, below 2048: compare it with the same number only');
    expect(score).toMatchObject({ encoders: ['a network'], from: '4 frames', warning: fid?.warning });
    expect(score?.value).toBeCloseTo(2, 9); // two classes, each as often, each for sure
    for (const { warning } of measure(seenBy(1000, 'torchvision')))
      expect(warning).toMatch(/^from 4 samples.*; with torchvision's weights: .* do not compare$/);
  });

  it('are left out one by one, each with what it lacks', () => {
    const lacking = { ...absent, detector: 'no detector', truth: 'no truth', aesthetic: 'no head' };
    const { metrics, leftOut } = measureAll(all, observations, { faceThreshold: 0.5 }, lacking, names);
    expect(metrics.map((m) => m.key)).toEqual(['clip-score', 'st']);
    expect(Object.fromEntries(leftOut.map((m) => [m.key, m.reason]))).toMatchObject({
      ...{ 'clip-sim': 'no truth', aesthetic: 'no head', lt: 'no detector', occm: 'no detector' },
      ...{ 'copy-paste': 'no detector', fid: 'needs an Inception-v3' },
    });
    expect(metrics.length + leftOut.length).toBe(all.length);
  });

  it('say why there is nothing to measure', () => {
    const empty = { ...observations, shots: observations.shots.slice(3) };
    const { metrics, leftOut } = measureAll(all, empty, { faceThreshold: 0.5 }, absent, names);
    const reasons = Object.fromEntries(leftOut.map((m) => [m.key, m.reason]));
    expect(reasons).toMatchObject({
      st: 'no character is in two shots',
      lt: 'the script has no character in any of the shots',
      'cids-cross': 'no face was found in a shot with characters',
      'cids-self': 'nobody was found in two frames',
      'frechet-clip': 'needs at least two pictures',
    });
    expect(metrics.map((m) => m.key)).toEqual(['clip-score', 'clip-sim', 'aesthetic', 'occm']);
  });
});

describe('a shot on its own', () => {
  it('has its scores, its faces with their people, who is missing and who is too much', () => {
    const scores = scoreShots(observations, { faceThreshold: 0.5 });
    expect(scores[0]).toMatchObject({
      ...{ shot: 1, picture: '0.png', width: 16, height: 8, aesthetic: 4, countMatching: 100, strangers: [] },
      characters: [
        { id: 'ann', isFound: true },
        { id: 'bob', isFound: true },
      ],
    });
    expect(scores[0]?.clipScore).toBeCloseTo(100, 4);
    expect(scores[0]?.sentences.map((s) => [s.text, s.cosine?.toFixed(3)])).toEqual([
      ['one', '0.866'],
      ['two', '0.866'],
    ]);
    expect(scores[0]?.faces?.map((f) => [f.character, f.cosine?.toFixed(3)])).toEqual([
      ['ann', '0.985'],
      ['bob', '0.985'],
    ]);
    expect(scores[1]).toMatchObject({
      characters: [{ id: 'ann', isFound: false }],
      strangers: ['bob'],
      identity: 0,
    });
    expect(scores[3]?.identity).toBeUndefined(); // nobody should be there
  });
});

describe('clipScore', () => {
  it('takes the mean direction of the sentences, and no opposite', () => {
    expect(clipScore(at(0), [at(-30), at(60)])).toBeCloseTo(100 * cos(15), 4);
    expect(clipScore(at(0), [at(180)])).toBe(0);
    expect(clipScore(at(0), [])).toBeUndefined();
  });
});

describe('identify', () => {
  it('gives a face to one person only, whoever else it is like', () => {
    const twins = new Map([
      ['ann', at(0)],
      ['eve', at(10)],
    ]);
    expect(identify([face(2) as never], twins).map((i) => i.character)).toEqual(['ann']);
    const both = identify([face(12), face(4)] as never, twins);
    expect(both.map((i) => [i.face, i.character])).toEqual([
      [0, 'eve'],
      [1, 'ann'],
    ]);
  });

  it('looks at the surest of very many faces', () => {
    const many = Array.from({ length: 40 }, (_, i) => face(50, 0.5 + i / 1000));
    const found = identify([face(0, 0.51), ...many] as never, portraits);
    expect(found).toHaveLength(2);
    expect(found.every((i) => i.face > 12)).toBe(true);
    expect(identify([], portraits)).toEqual([]);
  });
});
