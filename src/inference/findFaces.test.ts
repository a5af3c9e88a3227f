import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../checkpoints/index.ts';
import { cropImage, type Image, newImage } from '../media/index.ts';
import { faceDetectorConfig } from '../models/faceDetector/index.ts';
import { checkpointSource } from '../presets/index.ts';
import { Random } from '../random/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import { FaceDetector } from './faceDetector.ts';
import { cropFaces, detectionThreshold, findFaces } from './findFaces.ts';

let folder: string;
let host: WorkerHost;
let detector: FaceDetector;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faces-'));
  await writeTinyDetector(folder, folder);
  host = await WorkerHost.start({ threads: 1 });
  const config = faceDetectorConfig.parse(await readConfig(join(folder, 'detector')));
  detector = new FaceDetector(await checkpointSource(host, join(folder, 'detector')), config);
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

const random = Random.of(2, 'faces');
const picture: Image = {
  ...newImage(48, 32),
  data: Uint8Array.from({ length: 48 * 32 * 3 }, () => random.int(256)),
};

it('finds what the detector finds where its cells divide the picture', async () => {
  const faces = await findFaces(detector, picture);
  expect(faces).toEqual(await detector.detect(picture, { threshold: detectionThreshold }));
  expect(faces.length).toBeGreaterThan(1);
  expect(faces.every((f) => f.score >= detectionThreshold)).toBe(true);
  const crops = cropFaces(picture, faces);
  expect(crops.map((c) => c.width === c.height)).toEqual(faces.map(() => true));
});

it('takes pictures of every size, and no box leaves them', async () => {
  for (const [width, height] of [
    [43, 29],
    [41, 8],
    [3, 3],
  ] as const) {
    for (const { box } of await findFaces(detector, cropImage(picture, 0, 0, width, height))) {
      const [x0, y0, x1, y1] = box;
      expect(x0 >= 0 && y0 >= 0 && x1 <= width && y1 <= height && x1 - x0 >= 1 && y1 - y0 >= 1).toBe(true);
    }
  }
});
