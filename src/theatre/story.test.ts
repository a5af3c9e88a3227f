import { expect, describe as suite, test } from 'vitest';
import { parseScript } from '../script/index.ts';
import { beards, clothesForms, glassesForms, hairForms, hatForms } from './describe.ts';
import { words } from './expressions.ts';
import { splitOf } from './identity.ts';
import { patterns } from './patterns/index.ts';
import { propPhrase } from './props.ts';
import { episodeToScript } from './script.ts';
import { generateEpisode } from './story.ts';
import { type Episode, expressions, places, sizes, splits, times, weathers } from './types.ts';

const many: Episode[] = Array.from({ length: 60 }, (_, i) => generateEpisode(3, i, 'train'));
const shots = many.flatMap((episode) => episode.shots);

suite('generateEpisode', () => {
  test('gives the same episode for the same arguments and another for others', () => {
    expect(generateEpisode(3, 5, 'train')).toEqual(many[5]);
    expect(generateEpisode(4, 5, 'train')).not.toEqual(many[5]);
    expect(generateEpisode(3, 5, 'test')).not.toEqual(many[5]);
  });

  test('draws 8 to 128 shots of 2 to 5 people in several places', () => {
    for (const episode of many) {
      expect(episode.shots.length).toBeGreaterThanOrEqual(8);
      expect(episode.shots.length).toBeLessThanOrEqual(128);
      expect(episode.characters.length).toBeGreaterThanOrEqual(2);
      expect(episode.characters.length).toBeLessThanOrEqual(5);
      expect(new Set(episode.shots.map((shot) => shot.place)).size).toBeGreaterThanOrEqual(2);
      expect(new Set(episode.characters.map((c) => c.id)).size).toBe(episode.characters.length);
    }
    expect(generateEpisode(1, 0, 'train', { shots: 256 }).shots).toHaveLength(256);
    expect(() => generateEpisode(1, 0, 'train', { shots: 257 })).toThrow('1 to 256, got 257');
  });

  test('uses every place, time, weather, size, expression and pattern', () => {
    const more = Array.from({ length: 240 }, (_, i) => generateEpisode(9, i, 'train').shots).flat();
    expect(new Set(more.map((s) => s.place))).toEqual(new Set(places));
    expect(new Set(more.map((s) => s.time))).toEqual(new Set(times));
    expect(new Set(more.map((s) => s.weather))).toEqual(new Set(weathers));
    expect(new Set(more.map((s) => s.size))).toEqual(new Set(sizes));
    expect(new Set(more.flatMap((s) => s.characters.map((c) => c.expression)))).toEqual(new Set(expressions));
    expect(new Set(more.map((s) => s.pattern))).toEqual(new Set(patterns.map((p) => p.id)));
  });

  test('no identity is in two splits', () => {
    for (const split of splits) {
      const people = Array.from({ length: 25 }, (_, i) => generateEpisode(3, i, split).characters).flat();
      for (const person of people) expect(splitOf(person.identity)).toBe(split);
    }
  });
});

suite('texts', () => {
  test('there are at least 60 patterns with names of their own', () => {
    expect(patterns.length).toBeGreaterThanOrEqual(60);
    expect(new Set(patterns.map((p) => p.id)).size).toBe(patterns.length);
    expect(new Set(patterns.map((p) => p.text)).size).toBe(patterns.length);
  });

  test('never say left or right, and leave no slot open', () => {
    const all = [
      ...shots.flatMap((s) => [s.plot, ...s.elements]),
      ...many.flatMap((e) => [e.title, ...e.characters.map((c) => c.description)]),
    ];
    for (const text of all) expect(text).not.toMatch(/\b(left|right)\b|[{}]|undefined| {2}|\ba [aeio]/i);
  });

  test('name everyone in the picture and nobody else', () => {
    for (const episode of many) {
      for (const shot of episode.shots) {
        const present = new Set(shot.characters.map((actor) => actor.id));
        const anonymous = /^Tears|^A strange/.test(shot.plot) ? 0 : 1;
        for (const { id, name } of episode.characters) {
          const named = new RegExp(`\\b${name}\\b`).test(shot.plot);
          if (anonymous || named) expect(named, shot.plot).toBe(present.has(id));
        }
      }
    }
  });

  test('agree with the picture: props, expressions, place, size', () => {
    for (const shot of shots) {
      const pattern = patterns.find((p) => p.id === shot.pattern)!;
      const held = shot.characters.filter((actor) => actor.prop);
      expect(held.length).toBeGreaterThanOrEqual(pattern.props ? 1 : 0);
      for (const { prop, action = '' } of held) {
        const text = `${shot.plot} ${action}`;
        const phrase = propPhrase(prop!.name, prop!.colour);
        const isPlots = pattern.props?.includes(prop!.name) && !pattern.text.includes('{prop}');
        if (isPlots) expect(text).toContain(prop!.name);
        else expect(text).toContain(phrase);
      }
      for (const { prop, pose, action } of shot.characters)
        if (action && pose === 'hold') expect(action).toContain(propPhrase(prop!.name, prop!.colour));
      for (const actor of shot.characters)
        if (actor.word) expect(words[actor.expression]).toContain(actor.word);
      expect(shot.characters.length).toBeLessThanOrEqual({ 'close-up': 2, medium: 3, wide: 5 }[shot.size]);
      expect(shot.characters.length).toBeGreaterThanOrEqual(pattern.people[0]);
      expect(shot.characters.length).toBeLessThanOrEqual(pattern.people[1]);
      const sentences =
        2 * shot.characters.length + shot.elements.length + shot.plot.split(/[.?!](?: |$)/).length - 1;
      expect(sentences).toBeLessThanOrEqual(15);
      expect(shot.elements.join(' ')).toMatch(
        { 'close-up': /close/i, medium: /medium/i, wide: /wide|long/i }[shot.size],
      );
      const weather = { rain: /rain/i, snow: /snow/i, fog: /fog|mist/i, clear: /./ }[shot.weather];
      expect(shot.elements.join(' ')).toMatch(weather);
    }
  });
});

suite('shots of nobody', () => {
  const empty = shots.filter((shot) => shot.characters.length === 0);

  test('are between a twentieth and a sixth of all', () => {
    expect(empty.length / shots.length).toBeGreaterThan(0.05);
    expect(empty.length / shots.length).toBeLessThan(0.17);
  });

  test('name nobody, and are scripts that can be read', () => {
    for (const shot of empty) {
      for (const { characters } of many)
        for (const { name } of characters) expect(shot.plot).not.toMatch(new RegExp(`\\b${name}\\b`));
    }
    const episode = many.find((e) => e.shots.some((shot) => shot.characters.length === 0))!;
    const text = JSON.stringify(episodeToScript(episode));
    expect(parseScript(text, { file: 'episode' }).shots.map((shot) => shot.characters.length)).toEqual(
      episode.shots.map((shot) => shot.characters.length),
    );
  });
});

test('at least a third of people hold something, and the script says what and who', () => {
  const people = shots.flatMap((shot) => shot.characters);
  expect(people.filter((actor) => actor.prop).length / people.length).toBeGreaterThan(0.33);
  const episode = many.find((e) => e.shots.some((s) => s.characters.some((a) => a.action && a.word)))!;
  const index = episode.shots.findIndex((s) => s.characters.some((a) => a.action && a.word));
  const actor = episode.shots[index]!.characters.find((a) => a.action && a.word)!;
  const said = episodeToScript(episode).shots[index]!.characters as Record<string, string>;
  expect(said[actor.id]).toBe(`${actor.word}, ${actor.action}`);
});

test('no form of words describes two kinds of hair, hats, beards, glasses or clothes', () => {
  for (const forms of [hairForms, hatForms, beards, glassesForms, clothesForms]) {
    const all = Object.values(forms).flat();
    expect(all.filter((form, i) => all.indexOf(form) !== i)).toEqual([]);
  }
});

test('legs follow from what is worn above', () => {
  const worn = new Map<string, string>();
  for (const { identity } of many.flatMap((e) => e.characters)) {
    const key = [identity.gender, identity.clothing, identity.clothesColour].join();
    const legs = `${identity.legs} ${identity.legsColour}`;
    expect(worn.get(key) ?? legs).toBe(legs);
    worn.set(key, legs);
  }
});

test('episodeToScript gives the fields of a script, people in picture order', () => {
  const episode = many[0]!;
  const script = episodeToScript(episode);
  expect(Object.keys(script)).toEqual(['title', 'characters', 'shots']);
  expect(script.shots).toHaveLength(episode.shots.length);
  script.shots.forEach((shot, i) => {
    const ids = episode.shots[i]!.characters.map((actor) => actor.id);
    expect(Array.isArray(shot.characters) ? shot.characters : Object.keys(shot.characters)).toEqual(ids);
    expect(shot.seconds).toBeGreaterThan(0);
    for (const id of ids) expect(script.characters[id]).toBeDefined();
  });
  for (const character of episode.characters)
    expect(script.characters[character.id]!.face).toBe(`${character.id}.png`);
});
