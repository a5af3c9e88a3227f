import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Image } from '../media/index.ts';
import type { Box4 } from './boxes.ts';
import { FootageError } from './footageError.ts';
import {
  type FaceEmbedder,
  type FoundFace,
  type FoundPerson,
  type PeopleFinder,
  type PeopleSource,
  withFaces,
} from './peopleSource.ts';

/*
 * People and faces of photographed films by the package @vladmandic/human (MIT, its weights come with it; each has terms of its
 * own): CenterNet finds people, BlazeFace and a face mesh find and straighten faces, faceres embeds them. It runs on
 * TensorFlow.js in WebAssembly, which the user installs beside it; nothing is fetched.
 */

/** The packages, and why they are not ours: 130 MB that only this needs. */
const packages = [
  '@vladmandic/human',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-converter',
  '@tensorflow/tfjs-backend-wasm',
] as const;
const install =
  'npm install --ignore-scripts @vladmandic/human@3.3.6 @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-converter@4.22.0 ' +
  '@tensorflow/tfjs-backend-wasm@4.22.0';

/** Least scores of people and faces that count. */
const least = { person: 0.3, face: 0.3 };
/** Least mean cosine of one person's faceres embeddings; see docs/footage.md. */
const sameFace = 0.75;

/** The parts of Human that are used. */
interface Human {
  load(): Promise<void>;
  detect(tensor: unknown): Promise<HumanResult>;
  readonly tf: {
    tensor3d(data: Uint8Array, shape: readonly number[], dtype: 'int32'): unknown;
    dispose(tensor: unknown): void;
  };
}

interface HumanResult {
  readonly error?: string | null;
  readonly object: readonly { readonly label: string; readonly score: number; readonly box: Box4 }[];
  readonly face: readonly {
    readonly score: number;
    readonly box: Box4;
    readonly embedding?: readonly number[];
  }[];
}

const off = { enabled: false } as const;

/** Loads the packages and their models. @throws {FootageError} that says what to install where they are missing. */
export async function humanPeople(): Promise<PeopleSource & { release(): Promise<void> }> {
  const { human, version } = await load();
  const known = new WeakMap<FoundFace, Float32Array>();
  const release = async (): Promise<void> => {};
  const finder: PeopleFinder = {
    models: [
      { role: 'people', name: '@vladmandic/human centernet', fingerprint: version },
      { role: 'faces', name: '@vladmandic/human blazeface', fingerprint: version },
    ],
    find: async (image) => {
      const { width, height, data } = image;
      const tensor = human.tf.tensor3d(data, [height, width, 3], 'int32');
      try {
        const result = await human.detect(tensor);
        if (result.error) throw new Error(`@vladmandic/human: ${result.error}`);
        return peopleOf(result, image, known);
      } finally {
        human.tf.dispose(tensor);
      }
    },
    release,
  };
  const embedder: FaceEmbedder = {
    models: [{ role: 'face embedding', name: '@vladmandic/human faceres', fingerprint: version }],
    sameFace,
    embed: async (_image, faces) => faces.map((face) => known.get(face) as Float32Array),
    release,
  };
  return { finder, embedder, release };
}

async function load(): Promise<{ human: Human; version: string }> {
  const require = createRequire(import.meta.url);
  const found = new Map<string, string>();
  for (const name of packages) {
    try {
      found.set(name, require.resolve(name));
    } catch (cause) {
      throw new FootageError(
        `footage: --people human needs the package ${name}, which is not installed; ${install}`,
        {
          cause,
        },
      );
    }
  }
  const folder = dirname(found.get('@vladmandic/human') as string);
  const wasm = dirname(found.get('@tensorflow/tfjs-backend-wasm') as string);
  const { version } = JSON.parse(await readFile(join(folder, '../package.json'), 'utf8')) as {
    version: string;
  };
  const { setThreadsCount } = require('@tensorflow/tfjs-backend-wasm') as {
    setThreadsCount(n: number): void;
  };
  setThreadsCount(1); // the same results on any machine, and no threads that spin
  const { Human } = require(join(folder, 'human.node-wasm.js')) as { Human: new (config: object) => Human };
  const human = new Human({
    ...{ backend: 'wasm', wasmPath: `${pathToFileURL(wasm).href}/`, debug: false, async: false },
    ...{ modelBasePath: `${pathToFileURL(join(folder, '../models')).href}/`, cacheSensitivity: 0 },
    ...{ filter: off, gesture: off, hand: off, body: off, segmentation: off },
    object: { enabled: true, modelPath: 'centernet.json', minConfidence: least.person, maxDetected: 50 },
    face: {
      ...{ enabled: true, iris: off, emotion: off, attention: off, mesh: { enabled: true } },
      detector: { rotation: true, maxDetected: 50, minConfidence: least.face },
      description: { enabled: true, minConfidence: 0 },
    },
  });
  await withFileFetch(join(folder, '../models'), () => human.load());
  return { human, version };
}

/** Human reads its models by `fetch`, which in Node takes no files: meanwhile it does, of this folder. */
async function withFileFetch<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const { fetch } = globalThis;
  const prefix = pathToFileURL(folder).href;
  globalThis.fetch = async (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    if (!url.startsWith(prefix)) return fetch(input, init);
    return new Response(await readFile(fileURLToPath(url)));
  };
  try {
    return await work();
  } finally {
    globalThis.fetch = fetch;
  }
}

/** Faces go to the people in whose boxes they lie; a face without a body is a person, too. */
function peopleOf(
  { object, face }: HumanResult,
  image: Image,
  known: WeakMap<FoundFace, Float32Array>,
): FoundPerson[] {
  const faces = face.flatMap(({ score, box, embedding }) => {
    const within = cutOff(box, image);
    if (!embedding || !within) return [];
    const found: FoundFace = { box: within, score: Math.min(1, score) };
    known.set(found, unit(embedding));
    return [found];
  });
  const bodies = object.flatMap(({ label, score, box }) => {
    const within = cutOff(box, image);
    return label === 'person' && within ? [{ box: within, score: Math.min(1, score) }] : [];
  });
  return withFaces(bodies, faces, image);
}

/** The part of a box inside of the picture; undefined where there is none. */
function cutOff([left, top, width, height]: Box4, image: Image): Box4 | undefined {
  const [x0, y0] = [Math.max(0, left), Math.max(0, top)];
  const [x1, y1] = [Math.min(image.width, left + width), Math.min(image.height, top + height)];
  return x1 - x0 >= 1 && y1 - y0 >= 1 ? [x0, y0, x1 - x0, y1 - y0] : undefined;
}

function unit(values: readonly number[]): Float32Array {
  const length = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0)) || 1;
  return Float32Array.from(values, (v) => v / length);
}
