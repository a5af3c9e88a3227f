import { describe, expect, it } from 'vitest';
import { expressions, generateEpisode, readElement } from '../theatre/index.ts';
import { LabelSpace } from './labelSpace.ts';
import { scriptSentences, sentencesByExpression } from './scriptSentences.ts';
import { labelledSentences, sentenceSpace } from './sentenceLabels.ts';

const all = Array.from({ length: 60 }, (_, i) => generateEpisode(4, i, 'train', { shots: 6 })).flatMap(
  (episode) => episode.shots.map((shot) => ({ episode, shot, ...labelledSentences(episode, shot) })),
);

describe('readElement', () => {
  it('reads places, weathers, times and sizes', () => {
    expect(readElement('Foggy forest')).toEqual({ place: 'forest', weather: 'fog' });
    expect(readElement('Deck of a ship in the snow')).toEqual({ place: 'ship', weather: 'snow' });
    expect(readElement('Late at night')).toEqual({ time: 'night' });
    expect(readElement('Living room, rain outside')).toEqual({ place: 'room', weather: 'rain' });
    expect(readElement('Long shot')).toEqual({ size: 'wide' });
    expect(readElement('A quiet corner')).toEqual({});
  });
});

describe('labelledSentences', () => {
  it('says of elements together what the shot is', () => {
    for (const { shot, others } of all) {
      const said = Object.assign(
        {},
        ...others.slice(0, shot.elements.length).map(({ labels }) => withoutNulls(labels)),
      );
      expect(said).toMatchObject({ place: shot.place, time: shot.time, size: shot.size });
      if (shot.weather !== 'clear') expect(said.weather).toBe(shot.weather);
    }
  });

  it('says of people what their sentence says: expression and hands only where they are written', () => {
    const people = all.flatMap(({ episode, shot, people }) =>
      people.map((sentence, i) => ({
        ...sentence,
        actor: shot.characters[i]!,
        identity: episode.characters.find((c) => c.id === shot.characters[i]!.id)!.identity,
      })),
    );
    for (const { text, labels, actor, identity } of people) {
      expect(labels.expression).toBe(actor.word ? actor.expression : null);
      expect(labels.prop).toBe(actor.action && actor.prop ? actor.prop.name : null);
      if (labels.propColour) expect(text).toContain(labels.propColour);
      if (labels.hatColour) expect(text).toContain(labels.hatColour);
      if (labels.hairColour) expect(text).toContain(labels.hairColour);
      expect(text).toContain(labels.clothesColour);
      expect(labels.glasses).toBe(identity.glasses === 'none' ? null : identity.glasses);
      expect(Object.hasOwn(labels, 'place')).toBe(false);
    }
    expect(people.some(({ labels }) => labels.prop)).toBe(true);
  });

  it('reads the thing of a plot, with its colour where that is written', () => {
    const plots = all.flatMap(({ shot, others }) =>
      others.slice(shot.elements.length, shot.elements.length + 1),
    );
    const told = plots.filter(({ labels }) => labels.prop);
    expect(told.length).toBeGreaterThan(40);
    for (const { text, labels } of told) if (labels.propColour) expect(text).toContain(labels.propColour);
    expect(told.some(({ labels }) => labels.prop === 'lamp' && labels.propColour)).toBe(true);
  });
});

describe('scriptSentences', () => {
  const counts = { people: 20, others: 30 };
  it('are the same for the same arguments, people first', () => {
    const list = scriptSentences('train', 7, 100, counts);
    expect(scriptSentences('train', 7, 100, counts)).toEqual(list);
    expect(scriptSentences('train', 7, 200, counts)).not.toEqual(list);
    expect(list.map(({ labels }) => Object.hasOwn(labels, 'top'))).toEqual([
      ...Array(20).fill(true),
      ...Array(30).fill(false),
    ]);
  });
});

describe('sentencesByExpression', () => {
  it('gives each person one sentence an expression, which differ in nothing else', () => {
    const [first = [], ...others] = sentencesByExpression('validation', 2, 7, 3);
    expect(others).toHaveLength(2);
    expect(new Set(first).size).toBe(expressions.length);
    const description = generateEpisode(2, 7, 'validation', { shots: 1 }).characters[0]?.description ?? '';
    for (const text of first) expect(text.startsWith(description.slice(0, -1))).toBe(true);
  });
});

describe('LabelSpace', () => {
  const space = new LabelSpace({ hat: ['cap', 'fez'], tone: ['dark'] });

  it('lays classes in a row, null first', () => {
    expect(space.ranges).toEqual({ hat: [0, 3], tone: [3, 2] });
    const { classes, asked } = space.targets([{ hat: 'fez' }, { hat: null, tone: 'dark' }]);
    expect([...classes]).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 0, 1]);
    expect([...asked]).toEqual([1, 0, 1, 1]);
    expect(() => space.targets([{ hat: 'bowler' }])).toThrow("hat has no value 'bowler'");
  });

  it('counts right answers of what was asked for', () => {
    const logits = [Float32Array.of(0, 1, 3, 2, 0), Float32Array.of(0, 1, 0, 0, 1)];
    const labels = [{ hat: 'fez', tone: null }, { hat: 'fez', tone: 'dark' }, ...[]];
    expect(space.accuracy(logits, labels, () => true)).toEqual({ hat: 0.5, tone: 1 });
    expect(space.accuracy(logits, labels, (value) => value === null)).toEqual({ hat: Number.NaN, tone: 1 });
  });

  it('has a class for each value of the theatre', () => {
    expect(sentenceSpace.classOf('expression', null)).toBe(0);
    expect(sentenceSpace.classOf('size', 'wide')).toBe(3);
  });
});

const withoutNulls = (labels: object): object =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== null));
