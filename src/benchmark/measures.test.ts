import { describe, expect, it } from 'vitest';
import { newImage } from '../media/index.ts';
import type { Probe } from '../metrics/probe.ts';
import { opticalChange, pickClipShots } from './clipQuality.ts';
import type { TestEpisode, TestShot } from './episodes.ts';
import { clipQualityRows, clipRows, recognised } from './figures.ts';
import { cropHands, type Look, type SeenFace } from './look.ts';
import {
  answeredRight,
  clipSim,
  emptyRight,
  expressionRight,
  heldRight,
  longTerm,
  quarters,
  type SeenEpisode,
  shortTerm,
} from './measures.ts';
import { faceKey } from './people.ts';

const axis = (i: number): Float32Array => new Float32Array(4).map((_, j) => (i === j ? 1 : 0));
const identity = {
  gender: 'man',
  skin: 'light',
  top: 'none',
  hairColour: 'black',
  hatColour: 'red',
  facialHair: 'none',
  glasses: 'none',
  clothing: 'hoodie',
  clothesColour: 'red',
  graphic: 'bat',
  legs: 'trousers',
  legsColour: 'black',
} as const;
const box = [0, 0, 1, 1] as const;

/** Two people, mara (axis 0) and tom (axis 1); each shot says who is there, and whom the detector finds. */
function episode(shots: readonly { readonly there: string[]; readonly found?: number[] }[]): SeenEpisode {
  const face = (i: number): SeenFace => ({ who: axis(i), how: axis(i), hands: axis(i), score: 1 });
  return {
    shots: shots.map(
      ({ there }): TestShot => ({
        picture: '',
        labels: { place: 'forest', time: 'night', weather: 'snow', size: 'wide' },
        people: there.map((id) => ({
          id,
          identity,
          expression: id === 'mara' ? 'sad' : 'angry',
          ...(id === 'tom' ? { held: 'key' as const } : {}),
          box,
        })),
      }),
    ),
    looks: shots.map(
      ({ there, found }, s): Look => ({
        clip: axis(s % 2),
        parts: axis(s % 2),
        known: there.map((id) => face(id === 'mara' ? 0 : 1)),
        ...(found ? { found: found.map(face) } : {}),
      }),
    ),
    portraits: new Map([
      ['mara', axis(0)],
      ['tom', axis(1)],
    ]),
  };
}

/** Says the number of the largest feature. */
const argmax: Probe = { classes: 4, classify: (x) => x.indexOf(Math.max(...x)) };

describe('what the benchmark measures', () => {
  const film = episode([
    { there: ['mara'], found: [0] },
    { there: ['mara', 'tom'], found: [0] },
    { there: ['tom'], found: [0, 1] },
    { there: ['tom'], found: [] },
  ]);
  const blind = episode([{ there: ['mara'] }, { there: ['mara'] }]);

  it('CLIP-sim and ST', () => {
    expect(clipSim([film], [film])).toBe(1);
    expect(shortTerm([film])).toBe(0); // pictures change every time
    expect(shortTerm([episode([{ there: ['mara'] }])])).toBeUndefined();
  });

  it('LT, precision and F1 over all frames, and LT by quarters', () => {
    expect(longTerm([film], 0.5)).toMatchObject({ recall: 3 / 5, precision: 3 / 4 });
    expect(quarters(film, 0.5)).toEqual({ first: 1, last: 0 });
    expect(longTerm([film, blind], 0.5)).toBeUndefined();
    expect(quarters(blind, 0.5)).toBeUndefined();
  });

  it('what probes see of pictures and of faces', () => {
    expect(answeredRight([film], 'place', ['forest', 'beach'], argmax)).toBe(0.5);
    const answers = ['sad', 'angry'];
    expect(expressionRight([film], 'known', answers, argmax)).toBe(1);
    expect(expressionRight([film], 'found', answers, argmax)).toBe(3 / 5);
    expect(expressionRight([blind], 'found', answers, argmax)).toBeUndefined();
  });

  it('what the probe sees in the hands of those who hold something', () => {
    expect(heldRight([film], 'known', ['map', 'key'], argmax)).toBe(1);
    expect(heldRight([film], 'known', ['key', 'map'], argmax)).toBe(0);
    expect(heldRight([film], 'found', ['map', 'key'], argmax)).toBe(1 / 3); // tom is found in one of three shots
    const nothing = episode([{ there: ['mara'], found: [0] }]);
    expect(heldRight([nothing], 'found', ['map', 'key'], argmax)).toBeUndefined();
    expect(heldRight([blind], 'found', ['map', 'key'], argmax)).toBeUndefined();
  });

  it('in which shots without people nobody is found', () => {
    const places = [
      { there: [], found: [] },
      { there: [], found: [1] },
      { there: ['mara'], found: [] },
    ];
    expect(emptyRight([episode(places)])).toBe(0.5);
    expect(emptyRight([film])).toBeUndefined();
    expect(emptyRight([episode([{ there: [] }])])).toBeUndefined(); // no detector
  });

  it('cuts the square that hands reach, below the face and centred on it', () => {
    const picture = {
      width: 100,
      height: 100,
      data: new Uint8Array(30000).map((_, i) => Math.floor(i / 300)),
    };
    const square = cropHands(picture, [45, 20, 55, 30]);
    expect([square.width, square.height]).toEqual([29, 29]);
    expect([square.data[0], square.data[28 * 29 * 3]]).toEqual([18, 46]); // rows about 25 + 7
  });

  it('who is recognised among others', () => {
    const own = { face: faceKey(identity), portrait: axis(2) }; // the right person's own face does not compete
    const far = { face: 'x', portrait: axis(3) };
    const asMara = { face: 'y', portrait: axis(0) };
    expect(recognised([film], [own, far, asMara], 2)).toBe(1);
    expect(recognised([film], [own, far, asMara], 3)).toBe(3 / 5);
  });

  it('knows a face by what is to be seen of it', () => {
    expect(faceKey({ ...identity, hairColour: 'blond', clothing: 'overall' })).toBe(faceKey(identity));
    expect(faceKey({ ...identity, glasses: 'round' })).not.toBe(faceKey(identity));
  });

  it('judges clips against each other', () => {
    const [anchored, last] = clipRows({ keyframe: 0.92, lastFrame: 0.88 }, 4, {
      VAE: 1,
    });
    expect([anchored?.met, last?.met]).toEqual([true, false]);
  });

  it('judges the ends of clips, and what moves in them against the true clips', () => {
    const made = { identity: 0.96, detail: 0.85, change: 2 };
    const truth = { identity: 0.98, detail: 1.01, change: 2.5 };
    const rows = clipQualityRows({ made, truth });
    expect(rows.map(({ figure, met }) => [figure, met])).toEqual([
      [0.96, true],
      [0.85, false],
      [0.8, true],
    ]);
    expect(rows[0]?.ceilings).toEqual({ truth: 0.98 });
    const [nobody] = clipQualityRows({ made: { ...made, identity: undefined }, truth });
    expect(nobody?.reason).toBe('nobody is seen');
  });

  it('measures the change of pictures in levels of 255', () => {
    const picture = (value: number) => ({ ...newImage(2, 1), data: new Uint8Array(6).fill(value) });
    const other = { ...picture(10), data: Uint8Array.of(10, 10, 10, 10, 10, 16) };
    expect(opticalChange(picture(10), other)).toBe(1);
    expect(opticalChange(other, picture(10))).toBe(1);
    expect(() => opticalChange(other, newImage(1, 2))).toThrow('got 2x1 and 1x2');
  });

  it('moves shots with people, the first of each episode before the second', () => {
    const episode = (...people: number[]) =>
      ({ shots: people.map((n) => ({ people: new Array(n).fill({}) })) }) as unknown as TestEpisode;
    const [a, b] = [episode(1, 0, 2), episode(0, 1)];
    const names = new Map([
      [a, 'a'],
      [b, 'b'],
    ]);
    const picked = (count: number) =>
      pickClipShots([a, b], count).map((c) => `${names.get(c.episode)}${c.shot}`);
    expect(picked(9)).toEqual(['a0', 'b1', 'a2']);
    expect(picked(2)).toEqual(['a0', 'b1']);
  });
});
