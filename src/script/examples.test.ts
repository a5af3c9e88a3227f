import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readScript } from '../film/readScript.ts';
import { frameSentences } from './layout.ts';

const folder = fileURLToPath(new URL('../../examples', import.meta.url));
const films = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** The film that shows that people stay themselves over many shots. */
const long = 'letter';

it('there are four examples, and the demo is one of them', () => {
  expect(films.length).toBeGreaterThanOrEqual(4);
  expect(films).toContain(long);
  expect(films).toContain('lighthouse');
});

describe.each(films)('examples/%s', (film) => {
  const path = `${folder}/${film}/script.yaml`;

  it('reads without problems, pictures too', async () => {
    const script = await readScript(path);
    expect(script.title).toBeTruthy();
    expect(script.pictures.size).toBe(script.characters.length);
    expect((await readFile(path, 'utf8')).split('\n')[0]).toBe(
      '# yaml-language-server: $schema=../../schema/script.schema.json',
    );
  });

  const size = film === long ? '100 shots and about four minutes' : '12 to 20 shots and about half a minute';
  it(`is a film of ${size}`, async () => {
    const { shots } = await readScript(path);
    const [fewest, most, shortest, longest] = film === long ? [100, 100, 220, 260] : [12, 20, 30, 45];
    expect(shots.length).toBeGreaterThanOrEqual(fewest);
    expect(shots.length).toBeLessThanOrEqual(most);
    for (const { seconds } of shots) expect(seconds).toSatisfy((s: number) => s >= 1.5 && s <= 3.5);
    const length = shots.reduce((sum, shot) => sum + shot.seconds, 0);
    expect(length).toBeGreaterThanOrEqual(shortest);
    expect(length).toBeLessThanOrEqual(longest);
  });

  it('brings everybody back, and names in a plot exactly those who are in the shot', async () => {
    const { shots, characters } = await readScript(path);
    for (const { id } of characters) {
      const name = new RegExp(`\\b${id}\\b`, 'i');
      const seen = shots.filter((shot) => shot.characters.some((c) => c.id === id));
      expect(seen.length, id).toBeGreaterThanOrEqual(3);
      expect(shots.filter(({ plot }) => name.test(plot.join(' ')))).toEqual(seen);
    }
  });

  it('says place, time and shot size, has room for its people, and never says left or right', async () => {
    const script = await readScript(path);
    for (const shot of script.shots) {
      const elements = shot.elements.join(', ');
      expect(elements).toMatch(/morning|sunrise|day|evening|dusk|sunset|night/i);
      const size = /close-up|close shot|medium shot|wide shot|long shot/i.exec(elements)?.[0].toLowerCase();
      const room = size?.startsWith('close') ? 2 : size?.startsWith('medium') ? 3 : 5;
      expect(size, elements).toBeDefined();
      expect(shot.characters.length, elements).toBeLessThanOrEqual(room);
      expect(frameSentences(shot, script).join(' ')).not.toMatch(/\b(left|right)\b/i);
    }
  });
});
