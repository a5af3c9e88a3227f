import type { Topic, Vocabulary } from '../film/index.ts';

const rows: readonly { readonly title: string; readonly topic: Topic; readonly most: number }[] = [
  { title: 'Place', topic: 'place', most: 2 },
  { title: 'Time of day', topic: 'time', most: 3 },
  { title: 'Weather', topic: 'weather', most: 2 },
  { title: 'Shot size', topic: 'size', most: 2 },
  { title: 'Expression', topic: 'expression', most: 3 },
  { title: 'Hands', topic: 'action', most: 1 },
  { title: 'In a hand', topic: 'prop', most: 1 },
  { title: 'Clothes', topic: 'clothes', most: 1 },
  { title: 'Hats', topic: 'hat', most: 1 },
  { title: 'Hair', topic: 'hair', most: 1 },
  { title: 'Beards', topic: 'beard', most: 1 },
  { title: 'Glasses', topic: 'glasses', most: 1 },
  { title: 'Colours', topic: 'colour', most: 1 },
];

/** What can be written, as a table in Markdown: a row a topic, things by commas, ways to say one by slashes. */
export function vocabularyTable({ topics, people }: Vocabulary): string {
  const lines = rows.flatMap(({ title, topic, most }) => {
    const things = Object.values(topics[topic] ?? {}).map(({ say }) => say.slice(0, most).join(' / '));
    return things.length === 0 ? [] : [`| ${title} | ${things.join(', ')} |`];
  });
  const sizes = Object.entries(people).map(
    ([size, most]) => `${most} in ${topics.size?.[size]?.say[0] ?? size}`,
  );
  return [
    '| What | How to write it |',
    '|---|---|',
    ...lines,
    `| People | at most ${sizes.join(', ')} |`,
  ].join('\n');
}
