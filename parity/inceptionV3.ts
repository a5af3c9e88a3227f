import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '../src/checkpoints/index.ts';
import { Inception } from '../src/evaluation/inception.ts';
import type { TensorData } from '../src/graph/index.ts';
import { fidInceptionPixels, torchvisionInceptionPixels } from '../src/inference/index.ts';
import { formulaPicture, formulaWeights } from '../src/testing/inceptionFormula.ts';
import { type ParityRow, parityRow } from './compare.ts';
import { worker } from './execute.ts';
import { floats, outputThreshold, readTensors } from './fixture.ts';

const pictures = [formulaPicture('a', 200, 120), formulaPicture('b', 352, 420)];

/** Of the 299 rows and columns of pixels, the fixture has every one of this many. */
const every = 13;

/** Inception-v3 in both variants, from the pictures to the logits; weights and pictures come from formulas. */
export async function run(dir: string): Promise<ParityRow[]> {
  const io = await readTensors(join(dir, 'io.safetensors'));
  const folder = await mkdtemp(join(tmpdir(), 'inception-'));
  const rows: ParityRow[] = [];
  try {
    for (const variant of ['torchvision', 'fid'] as const) {
      const row = (name: string, parts: readonly Float32Array[]): void => {
        const out = `${variant}.${name}`;
        const actual = parts.flatMap((p) => [...p]);
        rows.push(parityRow(out, actual, floats(io, `out.${out}`), outputThreshold));
      };
      const pixels = variant === 'fid' ? fidInceptionPixels : torchvisionInceptionPixels;
      row(
        'pixels',
        pictures.map((picture) => sparse(pixels(picture))),
      );
      const file = join(folder, `${variant}.safetensors`);
      await writeSafetensors(file, formulaWeights(variant));
      const inception = await Inception.open(await worker(), file);
      const seen = await inception.look(pictures);
      await inception.release();
      row(
        'features',
        seen.map((s) => s.features),
      );
      row(
        'logits',
        seen.map((s) => s.logits),
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return rows;
}

function sparse({ shape, data }: TensorData): Float32Array {
  const side = shape.at(-1) as number;
  const isKept = (at: number): boolean =>
    (at % side) % every === 0 && (Math.floor(at / side) % side) % every === 0;
  return (data as Float32Array).filter((_, at) => isKept(at));
}
