import { describe, expect, it } from 'vitest';
import type { Probe } from '../metrics/probe.ts';
import type { TestShot } from './episodes.ts';
import { clipRows, recognised } from './figures.ts';
import type { Look, SeenFace } from './look.ts';
import {
  answeredRight,
  clipSim,
  expressionRight,
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
  const face = (i: number): SeenFace => ({ who: axis(i), how: axis(i), score: 1 });
  return {
    shots: shots.map(
      ({ there }): TestShot => ({
        picture: '',
        labels: { place: 'forest', time: 'night', weather: 'snow', size: 'wide' },
        people: there.map((id) => ({ id, identity, expression: id === 'mara' ? 'sad' : 'angry', box })),
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
    const [anchored, last, detail] = clipRows({ keyframe: 0.92, lastFrame: 0.88, detail: 0.91 }, 4, {
      VAE: 1,
    });
    expect([anchored?.met, last?.met, detail?.met]).toEqual([true, false, true]);
  });
});
