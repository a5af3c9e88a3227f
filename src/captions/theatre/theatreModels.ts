import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyOf, writeFileAtomically } from '../../files/index.ts';
import { type ImageEncoder, ModelLoader } from '../../inference/index.ts';
import type { Preset } from '../../presets/index.ts';
import type { WorkerHost } from '../../runtime/index.ts';
import { theatreVersion } from '../../theatre/index.ts';
import type { ModelIdentity } from '../types.ts';
import { type Question, questionNames, questions } from './questions.ts';
import { learnReadouts, type Readout, type ReadoutOptions, type Readouts } from './readouts.ts';
import { encodeSets, type Sets } from './sets.ts';

/** Version of all that is read from pictures; part of every key. */
const VERSION = '1';

/** A theatre preset's CLIP with what is needed to read pictures by it. */
export interface TheatreModels extends AsyncDisposable {
  readonly identity: ModelIdentity;
  readonly encoder: ImageEncoder;
  readonly sets: Sets;
  readonly readouts: Readouts;
}

export interface TheatreOptions extends ReadoutOptions {
  /** Folder in which readouts are kept for the next time. */
  readonly cache: string;
  /** Told what is under way, in words. */
  readonly say?: ((text: string) => void) | undefined;
}

/**
 * Opens a theatre preset's CLIP, encodes the sets (seconds) and learns the readouts (a minute on two cores, then kept).
 * @throws PresetError or CheckpointError where the preset has no CLIP
 */
export async function openTheatre(
  host: WorkerHost,
  preset: Preset,
  options: TheatreOptions,
): Promise<TheatreModels> {
  const models = new ModelLoader(preset, host);
  await models.check(['clip']);
  const faces = options.faces ?? 1800;
  const fingerprint = await models.fingerprint('clip');
  const encoder = await models.imageEncoder();
  try {
    const key = keyOf('theatre readouts', VERSION, theatreVersion, fingerprint, faces);
    const path = join(options.cache, 'readouts', `${key}.bin`);
    const size = encoder.tokens * encoder.width;
    let readouts = await readReadouts(path, size);
    if (!readouts) {
      options.say?.(`learning to read people from ${faces} drawn faces; kept for the next time`);
      readouts = await learnReadouts(host, encoder, { ...options, faces });
      await writeFileAtomically(path, bytesOf(readouts));
    }
    options.say?.('looking at the sets of the theatre');
    return {
      identity: {
        ...{ id: 'theatre', version: VERSION },
        options: { clip: fingerprint, theatre: theatreVersion, faces },
      },
      ...{ encoder, sets: await encodeSets(encoder, options.signal), readouts },
      [Symbol.asyncDispose]: () => encoder.release(),
    };
  } catch (error) {
    await encoder.release();
    throw error;
  }
}

/** Float32, little endian: of each question in turn the weights, then the offsets. */
function bytesOf(readouts: Readouts): Uint8Array {
  const parts = questionNames.flatMap((name) => [readouts[name].weights, readouts[name].offsets]);
  return Buffer.concat(
    parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
}

/** Undefined where there is no file, or one of another size. */
async function readReadouts(path: string, features: number): Promise<Readouts | undefined> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const count = questionNames.reduce((sum, name) => sum + questions[name].answers.length * (features + 1), 0);
  if (bytes?.length !== 4 * count) return undefined;
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  let at = 0;
  const found: Partial<Record<Question, Readout>> = {};
  for (const name of questionNames) {
    const answers = questions[name].answers.length;
    const weights = all.slice(at, at + answers * features);
    found[name] = { weights, offsets: all.slice(at + weights.length, at + weights.length + answers) };
    at += answers * (features + 1);
  }
  return found as Readouts;
}
