import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { frameSentences } from './layout.ts';
import { readScript } from './read.ts';

const folder = fileURLToPath(new URL('../../examples', import.meta.url));
const films = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

it('there are three examples, and the demo is one of them', () => {
  expect(films.length).toBeGreaterThanOrEqual(3);
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

  it('is a short film of 12 to 20 shots and about half a minute', async () => {
    const { shots } = await readScript(path);
    expect(shots.length).toBeGreaterThanOrEqual(12);
    expect(shots.length).toBeLessThanOrEqual(20);
    for (const { seconds } of shots) expect(seconds).toSatisfy((s: number) => s >= 1.5 && s <= 3.5);
    const length = shots.reduce((sum, shot) => sum + shot.seconds, 0);
    expect(length).toSatisfy((s: number) => s >= 30 && s <= 45);
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
