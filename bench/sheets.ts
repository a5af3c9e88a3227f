import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MovieDreamer, readScript } from '../src/film/index.ts';
import { contactSheet, type Image, readImage, resizeImage } from '../src/media/index.ts';
import { keyframes, writeSheet } from './pictures.ts';

/*
 * npx tsx bench/sheets.ts [--only letter,key] [--seed 7] [--threads 1] [--weights DIR] [--out out/sheets] [--into docs/pictures]
 * Makes the keyframes of every example film and writes one sheet of each, docs/pictures/NAME.png: its shots, and last the
 * portraits that it was given. Films stay in --out; after a change of weights or scripts only what depends on it is made.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string', default: '7' },
    threads: { type: 'string', default: '1' },
    weights: { type: 'string' },
    out: { type: 'string', default: 'out/sheets' },
    into: { type: 'string', default: 'docs/pictures' },
  },
});

/** Pictures a row, and their width in pixels. The numbers of shots and people together fill the rows or nearly. */
const layouts: Readonly<Record<string, { readonly columns: number; readonly width: number }>> = {
  lighthouse: { columns: 6, width: 224 },
  basket: { columns: 6, width: 224 },
  key: { columns: 5, width: 224 },
  letter: { columns: 10, width: 160 },
};

const names = values.only?.split(',') ?? Object.keys(layouts);
const unknown = names.find((name) => !layouts[name]);
if (unknown !== undefined)
  throw new RangeError(`--only: expected some of ${Object.keys(layouts).join(', ')}, got ${unknown}`);
const dreamer = await MovieDreamer.load('theatre', {
  threads: Number(values.threads),
  ...(values.weights ? { weights: values.weights } : {}),
});
await mkdir(values.into, { recursive: true });
for (const name of names) {
  const start = performance.now();
  const { columns, width } = layouts[name]!;
  const script = await readScript(join('examples', name, 'script.yaml'));
  const shots = await keyframes(dreamer, script, join(values.out, name), Number(values.seed));
  const height = Math.round((width * shots[0]!.height) / shots[0]!.width);
  const portraits = await Promise.all(script.characters.map(({ face }) => readImage(face)));
  const tiles: Image[] = [
    ...shots.map((shot) => resizeImage(shot, width, height)),
    ...portraits.map((face) => resizeImage(face, height, height)),
  ];
  const path = join(values.into, `${name}.png`);
  const bytes = await writeSheet(path, contactSheet(tiles, { columns }));
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${path}: ${shots.length} shots, ${(bytes / 1000).toFixed(0)} kB, seed ${values.seed}, ${seconds.toFixed(1)} s`,
  );
}
await dreamer.close();
