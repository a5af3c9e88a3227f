import { expect, it } from 'vitest';
import { bodyBelow } from './boxes.ts';
import { type FoundFace, withFaces } from './peopleSource.ts';

const image = { width: 400, height: 200 };
const face = (left: number, top: number, score = 0.9): FoundFace => ({ box: [left, top, 20, 20], score });

it('gives faces to the bodies in whose upper half they lie', () => {
  const bodies = [
    { box: [10, 20, 80, 180], score: 0.8 },
    { box: [200, 20, 80, 180], score: 0.7 },
  ] as const;
  const people = withFaces(bodies, [face(220, 30), face(30, 30)], image);
  expect(people.map((person) => person.face?.box[0])).toEqual([30, 220]);
  expect(withFaces(bodies, [face(30, 160)], image).map((person) => person.face?.box[1])).toEqual([
    undefined, // at the feet: somebody else's
    undefined,
    160,
  ]);
});

it('makes a person of a face without a body, and gives a body one face', () => {
  const [only] = withFaces([], [face(100, 50)], image);
  expect(only).toEqual({ box: bodyBelow([100, 50, 20, 20], image), score: 0.9, face: face(100, 50) });
  const body = { box: [0, 0, 200, 200], score: 0.8 } as const;
  const two = withFaces([body], [face(20, 20, 0.5), face(100, 20, 0.9)], image);
  expect(two.map((person) => person.face?.score)).toEqual([0.9, 0.5]);
});

it('keeps a body below a face inside of the picture', () => {
  expect(bodyBelow([100, 50, 20, 20], image)).toEqual([84, 40, 52, 90]);
  expect(bodyBelow([0, 0, 20, 20], { width: 30, height: 30 })).toEqual([0, 0, 30, 30]);
});
