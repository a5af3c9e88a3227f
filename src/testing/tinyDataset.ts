import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../checkpoints/index.ts';
import { f32 } from '../graph/index.ts';
import { newImage, writePng } from '../media/index.ts';

/** Somebody in a keyframe of `writeTinyDataset`. */
const person = (identity: string, embedding: number, left: number) => ({
  ...{ box: [left, 8, 24, 50], score: 0.9, face: { box: [left + 6, 10, 12, 12], score: 0.9 } },
  ...{ embedding, identity },
});

/**
 * A data set as `moviedreamer footage` makes it, with films of three shots, four keyframes of 112 x 64 and two people:
 * `person-01` in the first two shots, `person-02` beside her in the second; nobody is in the third.
 */
export async function writeTinyDataset(
  dataset: string,
  names: readonly (string | null)[] = [],
  films: readonly string[] = ['lighthouse-0123456789ab'],
): Promise<void> {
  for (const film of films) await writeFilm(dataset, film, names);
  await json(join(dataset, 'dataset.json'), { format: 'moviedreamer-footage', version: 1, films });
}

const json = (path: string, value: unknown): Promise<void> => writeFile(path, `${JSON.stringify(value)}\n`);

async function writeFilm(dataset: string, film: string, names: readonly (string | null)[]): Promise<void> {
  const folder = join(dataset, 'films', film);
  await mkdir(join(folder, 'frames'), { recursive: true });
  const people = [
    [person('person-01', 0, 10)],
    [person('person-01', 1, 10)],
    [person('person-01', 2, 8), person('person-02', 3, 60)],
    [],
  ];
  const shots = [0, 0, 1, 2];
  const frames = people.map((own, i) => ({
    ...{ id: `${film}/00000${i + 1}`, film, seconds: i, shot: shots[i] },
    ...{ picture: `films/${film}/frames/00000${i + 1}.png`, people: own },
  }));
  for (const [i, { picture }] of frames.entries())
    await writePng(join(dataset, picture), newImage(112, 64, [40 * i, 100, 150]));
  const head = { format: 'moviedreamer-footage-frames', version: 1 };
  await writeFile(
    join(folder, 'frames.jsonl'),
    [head, ...frames].map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  await json(join(folder, 'film.json'), {
    ...{ version: 1, id: film, source: { name: 'lighthouse.mp4', seconds: 4 } },
    settings: { every: 1, width: 112, height: 64, sameFace: 0.5 },
    ...{ models: [], skipped: {}, counts: {} },
    shots: [
      { from: 0, to: 2 },
      { from: 2, to: 3.25 },
      { from: 3.25, to: 4 },
    ],
  });
  await json(join(folder, 'identities.json'), {
    ...{ version: 1, film, doubtful: [] },
    identities: ['person-01', 'person-02'].map((id, i) => ({ id, name: names[i] ?? id, merged: [] })),
  });
  await writeSafetensors(
    join(folder, 'faces.safetensors'),
    new Map([['embeddings', f32(new Float32Array([1, 0, 0.9, 0.1, 0.3, 0.7, 0, 1]), [4, 2])]]),
  );
}
