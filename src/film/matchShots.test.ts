import { describe, expect, it } from 'vitest';
import type { Script } from '../script/index.ts';
import { parseScript } from '../script/index.ts';
import { matchShots } from './matchShots.ts';
import { newShotState, type ShotState } from './run/state.ts';

/** A shot in short: its plot, or `id: plot`. */
const scriptOf = (...shots: string[]): Script => {
  const lines = shots.map((shot) => {
    const [, id, plot] = /^(?:(\w+): )?(.*)$/.exec(shot) ?? [];
    return `  - ${JSON.stringify({ ...(id ? { id } : {}), plot })}\n`;
  });
  return { ...parseScript(`shots:\n${lines.join('')}`, { file: 'x.yaml' }), pictures: new Map() };
};
const begin = (...shots: string[]): ShotState[] => matchShots([], scriptOf(...shots)).shots;
const ids = (known: readonly ShotState[], ...shots: string[]): string =>
  matchShots(known, scriptOf(...shots))
    .shots.map(({ id, name }) => (name ? `${id}=${name}` : id))
    .join(' ');

const a = 'A ship leaves the harbour at dawn.';
const b = 'Mara looks for her brother in the crowd.';
const c = 'Rain falls on the empty market.';
const d = 'Two gulls fight over a fish.';
const known = begin(a, b, c, d);

describe('matchShots', () => {
  it('counts the shots of a new film', () => {
    expect(ids([], a, b, c)).toBe('1 2 3');
    expect(ids([], `pier: ${a}`, b, `sea: ${c}`)).toBe('pier 1 sea');
    // an id of the script is nobody else's
    expect(ids([], a, `1: ${b}`, c)).toBe('2 1 3');
  });

  it('follows shots that are inserted, removed, moved and edited', () => {
    expect(ids(known, a, b, c, d)).toBe('1 2 3 4');
    expect(ids(known, a, 'An eclipse.', b, c, d)).toBe('1 1a 2 3 4');
    expect(ids(known, 'An eclipse.', a, b, c, d)).toBe('0a 1 2 3 4');
    expect(ids(known, a, b, c, d, 'An eclipse.')).toBe('1 2 3 4 5');
    expect(ids(known, a, c, d)).toBe('1 3 4');
    expect(ids(known, d, c, b, a)).toBe('4 3 2 1');
    expect(ids(known, a, 'Mara looks for her sister in the crowd.', c, d)).toBe('1 2 3 4');
    expect(ids(known, a, 'Something quite different!', c, d)).toBe('1 2 3 4'); // rewritten in its place
    expect(ids(known, a, 'An eclipse.', 'Mara looks for her sister in the crowd.', c, d)).toBe('1 1a 2 3 4');
    expect(ids(known, 'Two gulls fight over a herring.', a, b, c)).toBe('4 1 2 3'); // moved and edited
    expect(ids(known, b, 'An eclipse.', 'Rain falls on the crowded market.')).toBe('2 2a 3');
  });

  it('says what is new, gone and moved', () => {
    const { inserted, removed, moved } = matchShots(known, scriptOf(d, a, 'An eclipse.', c));
    expect({ inserted, removed: removed.map(({ id }) => id), moved }).toEqual({
      inserted: [],
      removed: [],
      moved: ['4'],
    }); // b was rewritten in its place
    expect(matchShots(known, scriptOf(a, d)).removed.map(({ id }) => id)).toEqual(['2', '3']);
    expect(matchShots(known, scriptOf(a, b, c, d, d)).inserted).toEqual(['5']);
  });

  it('tells equal shots apart by their order', () => {
    const twice = begin(a, b, a, b);
    expect(ids(twice, a, b, a, b)).toBe('1 2 3 4');
    expect(ids(twice, a, b, c, a, b)).toBe('1 2 2a 3 4');
    expect(ids(twice, b, a, b)).toBe('2 3 4');
  });

  it("puts the script's ids before everything else", () => {
    const named = begin(`x: ${a}`, `y: ${b}`);
    expect(ids(named, `y: ${a}`, `x: ${b}`)).toBe('y x'); // their texts were exchanged
    expect(ids(named, `x: ${a}`, c, `y: ${b}`)).toBe('x 1 y');
    expect(ids(named, a, b)).toBe('x y'); // the ids were removed from the script
    expect(ids(known, a, `pier: ${b}`, c, d)).toBe('1 2=pier 3 4'); // one was named
    const renamed = matchShots(known, scriptOf(a, `pier: ${b}`, c, d)).shots;
    expect(ids(renamed, d, `pier: ${a}`, c)).toBe('4 2=pier 3');
    expect(ids(known, a, `4: ${b}`, c)).toBe('1 4 3');
  });

  it('keeps what is known, and hands out no id twice', () => {
    const state: ShotState = { ...newShotState('2a'), take: 3, settings: { steps: 4 } };
    const own = matchShots(
      [...known, { ...state, script: { key: 'x', text: 'The last of all.' } }],
      scriptOf(a, b, c, d, 'The last of them all.'),
    );
    expect(own.shots[4]).toMatchObject({ id: '2a', take: 3, settings: { steps: 4 } });
    expect(ids(own.shots, a, b, 'An eclipse.', c, d, 'The last of all.')).toBe('1 2 2b 3 4 2a');
  });

  it('holds for long films', () => {
    const many = Array.from({ length: 600 }, (_, i) => `Shot number ${i} of the film.`);
    const film = begin(...many);
    const shots = matchShots(film, scriptOf(...many.slice(0, 300), 'An eclipse.', ...many.slice(300))).shots;
    expect(shots.map(({ id }) => id).slice(299, 302)).toEqual(['300', '300a', '301']);
  });
});
