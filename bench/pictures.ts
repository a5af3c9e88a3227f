import { join } from 'node:path';
import sharp from 'sharp';
import { writeFileAtomically } from '../src/files/index.ts';
import type { MovieDreamer } from '../src/film/index.ts';
import { type Image, readImage } from '../src/media/index.ts';
import type { Script } from '../src/script/index.ts';

/** A film's keyframes in the order of its shots; those that are up to date in `out` are not made again. */
export async function keyframes(
  dreamer: MovieDreamer,
  script: Script,
  out: string,
  seed: number,
): Promise<Image[]> {
  const paths: string[] = [];
  for await (const event of dreamer.dream(script, { out, seed, stage: 'keyframes', force: true }))
    if (event.type === 'keyframe') paths[event.shot - 1] = event.path;
  if (paths.filter(Boolean).length !== script.shots.length)
    throw new Error(`${join(out, 'keyframes')}: expected ${script.shots.length} pictures`);
  return Promise.all(paths.map(readImage));
}

/** Writes a picture for the docs: a PNG of 256 colours, a third the size of one of all. Returns its bytes. */
export async function writeSheet(path: string, { width, height, data }: Image): Promise<number> {
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ palette: true, colours: 256, dither: 0.5, effort: 10, compressionLevel: 9 })
    .toBuffer();
  await writeFileAtomically(path, png);
  return png.length;
}
