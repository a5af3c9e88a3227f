import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rollWindow } from './window.ts';

const film = fc.record({
  capacity: fc.integer({ min: 40, max: 400 }),
  maxFrames: fc.integer({ min: 2, max: 20 }),
  prefix: fc.integer({ min: 0, max: 10 }),
  frames: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 }),
});

it('the window always holds the next frame, within its positions and frames, and never goes back', () => {
  fc.assert(
    fc.property(film, ({ capacity, maxFrames, prefix, frames }) => {
      let first = 0;
      for (const [i, next] of frames.entries()) {
        const before = frames.slice(0, i);
        const rolled = rollWindow({ capacity, maxFrames, prefix, frames: before, first, next });
        expect(rolled).toBeGreaterThanOrEqual(first);
        const held = before.slice(rolled).reduce((a, b) => a + b, 0);
        expect(prefix + held + next).toBeLessThanOrEqual(capacity);
        expect(before.length - rolled).toBeLessThan(maxFrames);
        first = rolled;
      }
    }),
  );
});

it('a film that is resumed at any frame goes on with the same window', () => {
  fc.assert(
    fc.property(film, fc.nat(), ({ capacity, maxFrames, prefix, frames }, at) => {
      const walk = (from: number, to: number, start: number): number =>
        frames.slice(from, to).reduce((first, next, i) => {
          return rollWindow({ capacity, maxFrames, prefix, frames: frames.slice(0, from + i), first, next });
        }, start);
      const middle = at % frames.length;
      expect(walk(middle, frames.length, walk(0, middle, 0))).toBe(walk(0, frames.length, 0));
    }),
  );
});
