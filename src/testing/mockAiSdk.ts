import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plainFilm, plainPicture } from './fakeServer.ts';

/**
 * Writes a module with an image and a video model of the AI SDK (specification v4), whose orders are kept in a file across
 * processes: `orders.txt`, a line for every job that was made. The same Idempotency-Key is the same job.
 * @returns the module's path
 */
export async function writeMockModels(folder: string): Promise<string> {
  await writeFile(join(folder, 'picture.png'), await plainPicture(64, 64));
  await writeFile(join(folder, 'film.mp4'), await plainFilm(2));
  const path = join(folder, 'models.mjs');
  await writeFile(path, source);
  return path;
}

const source = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const at = (name) => new URL(name, import.meta.url);
const orders = () => (existsSync(at('orders.txt')) ? readFileSync(at('orders.txt'), 'utf8').split('\\n') : []);
const order = (headers) => {
  const key = headers['Idempotency-Key'];
  if (!orders().includes(key)) appendFileSync(at('orders.txt'), key + '\\n');
  return key;
};
const pause = () => new Promise((done) => setTimeout(done, 20));
const model = { specificationVersion: 'v4', provider: 'mock' };
export const pictures = {
  ...model, modelId: 'pictures', maxImagesPerCall: 1,
  async doGenerate({ headers, files, prompt }) {
    order(headers);
    await pause();
    const warnings = files ? [] : [{ type: 'other', message: 'no files' }];
    return { images: [new Uint8Array(readFileSync(at('picture.png')))], warnings, response: {} };
  },
};
let looks = 0;
export const films = {
  ...model, modelId: 'films', maxVideosPerCall: 1,
  async doStart({ headers, image }) {
    if (image?.mediaType !== 'image/png') throw new Error('no first frame');
    const key = order(headers);
    await pause();
    return { operation: { key }, warnings: [{ type: 'unsupported', feature: 'fps', details: 'always 8' }], response: {} };
  },
  async doStatus({ operation }) {
    if (!orders().includes(operation.key)) return { status: 'error', error: 'unknown job' };
    await pause();
    if (looks++ % 2 === 0) return { status: 'pending' };
    const data = new Uint8Array(readFileSync(at('film.mp4')));
    return { status: 'completed', videos: [{ type: 'binary', data, mediaType: 'video/mp4' }], warnings: [], response: {} };
  },
};
`;
