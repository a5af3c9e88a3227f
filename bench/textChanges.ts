import { mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomically } from '../src/files/index.ts';
import { MovieDreamer, readScript } from '../src/film/index.ts';
import { contactSheet, type Image, resizeImage } from '../src/media/index.ts';
import { type Character, formatScript } from '../src/script/index.ts';
import { keyframes, writeSheet } from './pictures.ts';

/*
 * npx tsx bench/textChanges.ts [--out docs/pictures/changes.png] [--films out/changes] [--seed 7] [--threads 1] [--weights DIR]
 * What a change of the text alone does to a picture. Each row begins with a base shot, and each picture behind it is that
 * shot with one thing written differently: same portraits, same seed, so the same noise. Every picture is the first
 * shot of a film of its own, because a second shot would depend on the first.
 */
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'docs/pictures/changes.png' },
    films: { type: 'string', default: 'out/changes' },
    seed: { type: 'string', default: '7' },
    threads: { type: 'string', default: '1' },
    weights: { type: 'string' },
  },
});

interface Variant {
  readonly label: string;
  readonly characters: Readonly<Record<string, string>>;
  readonly elements: readonly string[];
  readonly plot: string;
}

/** A base and its changes: each states only what it writes differently. */
function row(base: Variant, ...changes: (Partial<Variant> & { readonly label: string })[]): Variant[] {
  return [base, ...changes.map((change) => ({ ...base, ...change }))];
}

const clara: Variant = {
  label: 'Base: Clara, garden, day, medium shot',
  characters: { clara: 'calm' },
  elements: ['Garden', 'Day', 'Medium shot'],
  plot: 'Clara stands in the garden and looks straight ahead.',
};
const friends: Variant = {
  label: 'Base: Mara, Tom, harbour, morning, wide shot',
  characters: { mara: 'smiling', tom: 'smiling' },
  elements: ['Harbour', 'Morning', 'Wide shot'],
  plot: 'Mara and Tom smile together at the harbour.',
};

const rows: readonly Variant[][] = [
  row(
    clara,
    {
      label: 'Place: library',
      elements: ['Library', 'Day', 'Medium shot'],
      plot: 'Clara stands in the library and looks straight ahead.',
    },
    {
      label: 'Place: beach',
      elements: ['Beach', 'Day', 'Medium shot'],
      plot: 'Clara stands on the beach and looks straight ahead.',
    },
    { label: 'Time: night', elements: ['Garden', 'Night', 'Medium shot'] },
    { label: 'Weather: snow', elements: ['Snowy garden', 'Day', 'Medium shot'] },
    { label: 'Size: wide shot', elements: ['Garden', 'Day', 'Wide shot'] },
  ),
  row(
    { ...clara, label: 'The same base' },
    {
      label: 'Person: Leo',
      characters: { leo: 'calm' },
      plot: 'Leo stands in the garden and looks straight ahead.',
    },
    {
      label: 'Person: Hugo',
      characters: { hugo: 'calm' },
      plot: 'Hugo stands in the garden and looks straight ahead.',
    },
    {
      label: 'People: Clara and Nora',
      characters: { clara: 'calm', nora: 'calm' },
      plot: 'Clara talks to Nora in the garden.',
    },
    {
      label: 'Order: Nora and Clara',
      characters: { nora: 'calm', clara: 'calm' },
      plot: 'Nora talks to Clara in the garden.',
    },
    {
      label: 'People: Clara, Nora and Greta',
      characters: { clara: 'calm', nora: 'calm', greta: 'calm' },
      plot: 'Clara, Nora and Greta meet in the garden.',
    },
  ),
  row(
    { ...clara, label: 'The same, as a close-up', elements: ['Garden', 'Day', 'Close-up'] },
    {
      label: 'Mood: laughing',
      characters: { clara: 'laughing' },
      plot: 'Clara laughs out loud in the garden.',
    },
    { label: 'Mood: crying', characters: { clara: 'crying' }, plot: 'Clara cries in the garden.' },
    { label: 'Mood: angry', characters: { clara: 'angry' }, plot: 'Clara is angry and frowns.' },
    {
      label: 'Mood: surprised',
      characters: { clara: 'surprised' },
      plot: 'Clara stares with wide eyes.',
    },
    { label: 'Mood: sleepy', characters: { clara: 'sleepy' }, plot: 'Clara closes her eyes and rests.' },
  ),
  row(
    friends,
    {
      label: 'Place: kitchen',
      elements: ['Kitchen', 'Morning', 'Wide shot'],
      plot: 'Mara and Tom smile together in the kitchen.',
    },
    {
      label: 'Place: mountains',
      elements: ['Mountains', 'Morning', 'Wide shot'],
      plot: 'Mara and Tom smile together in the mountains.',
    },
    { label: 'Time: evening', elements: ['Harbour', 'Evening', 'Wide shot'] },
    { label: 'Weather: fog', elements: ['Foggy harbour', 'Morning', 'Wide shot'] },
    { label: 'Size: close-up', elements: ['Harbour', 'Morning', 'Close-up'] },
  ),
  row(
    {
      ...friends,
      label: 'The same, as a medium shot',
      elements: ['Harbour', 'Morning', 'Medium shot'],
    },
    {
      label: 'Mood: angry',
      characters: { mara: 'angry', tom: 'angry' },
      plot: 'Mara and Tom quarrel at the harbour.',
    },
    {
      label: 'Order: Tom and Mara',
      characters: { tom: 'smiling', mara: 'smiling' },
      plot: 'Tom and Mara smile together at the harbour.',
    },
    {
      label: 'Person: Emil for Tom',
      characters: { mara: 'smiling', emil: 'smiling' },
      plot: 'Mara and Emil smile together at the harbour.',
    },
    {
      label: 'People: Mara',
      characters: { mara: 'smiling' },
      plot: 'Mara smiles at the harbour.',
    },
    {
      label: 'People: Mara, Tom and Ida',
      characters: { mara: 'smiling', tom: 'smiling', ida: 'smiling' },
      plot: 'Mara, Tom and Ida smile at the harbour.',
    },
  ),
];

const width = 224;
const cast = new Map<string, Character>();
for (const film of ['lighthouse', 'letter']) {
  const { characters } = await readScript(join('examples', film, 'script.yaml'));
  for (const character of characters) cast.set(character.id, character);
}
const dreamer = await MovieDreamer.load('theatre', {
  threads: Number(values.threads),
  ...(values.weights ? { weights: values.weights } : {}),
});
const start = performance.now();
const tiles: Image[] = [];
const labels: string[] = [];
for (const [index, variants] of rows.entries()) {
  for (const [place, variant] of variants.entries()) {
    const folder = join(values.films, `${index + 1}-${place + 1}`);
    const [picture] = await keyframes(dreamer, await written(variant, folder), folder, Number(values.seed));
    tiles.push(resizeImage(picture!, width, Math.round((width * picture!.height) / picture!.width)));
    labels.push(variant.label);
  }
}
await dreamer.close();
await mkdir(dirname(values.out), { recursive: true });
const sheet = contactSheet(tiles, { columns: rows[0]!.length, labels, textScale: 2 });
const bytes = await writeSheet(values.out, sheet);
const seconds = (performance.now() - start) / 1000;
console.log(
  `${values.out}: ${tiles.length} pictures, ${(bytes / 1000).toFixed(0)} kB, seed ${values.seed}, ${seconds.toFixed(1)} s`,
);

/** The variant as a script file of one shot, read back. */
async function written(variant: Variant, folder: string): Promise<Awaited<ReturnType<typeof readScript>>> {
  const path = join(folder, 'script.yaml');
  const people = Object.keys(variant.characters).map((id) => {
    const character = cast.get(id);
    if (!character) throw new Error(`no example film has a character "${id}"`);
    const { description } = character;
    return [id, { face: relative(folder, character.face), description }] as const;
  });
  const { characters, elements, plot } = variant;
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(
    path,
    formatScript({
      characters: Object.fromEntries(people),
      shots: [{ characters: { ...characters }, elements: [...elements], plot }],
    }),
  );
  return readScript(path);
}
