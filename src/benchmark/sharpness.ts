import { join } from 'node:path';
import { cachedJson } from '../files/index.ts';
import { readImage } from '../media/index.ts';
import {
  greyOf,
  type RelativeSharpness,
  relativeSharpness,
  type Sharpness,
  sharpnessOf,
  structuralSimilarity,
} from '../metrics/index.ts';
import { keyOf } from './cache.ts';
import { share } from './measures.ts';
import type { PictureSet } from './render.ts';
import { type Row, row } from './rows.ts';
import type { PartEvent } from './settings.ts';

/** How near pictures are to the true ones, pixel by pixel. */
export interface PixelFigures extends RelativeSharpness {
  /** Mean structural similarity to the true frames. */
  readonly ssim: number;
}

/** Compares pictures with the true frames of the same shots. */
export async function* comparePixels(
  part: string,
  cache: string,
  set: PictureSet,
  truth: PictureSet,
): AsyncGenerator<PartEvent, PixelFigures, void> {
  const folder = join(cache, `pixels-${keyOf(set.key, truth.key)}`);
  const total = set.pictures.reduce((n, shots) => n + shots.length, 0);
  const all: { own: Sharpness; true: Sharpness; ssim: number }[] = [];
  for (const [e, shots] of set.pictures.entries()) {
    const own = await cachedJson(join(folder, `${e}.json`), 'moviedreamer-sharpness-1', async () => {
      const list: typeof all = [];
      for (const [s, path] of shots.entries()) {
        const picture = greyOf(await readImage(path));
        const real = greyOf(await readImage(truth.pictures[e]![s] as string));
        const ssim = structuralSimilarity(picture, real);
        list.push({ own: sharpnessOf(picture), true: sharpnessOf(real), ssim });
      }
      return list;
    });
    all.push(...own);
    yield { type: 'part', part, done: all.length, total };
  }
  const sharpness = relativeSharpness(
    all.map((p) => p.own),
    all.map((p) => p.true),
  );
  return { ...sharpness, ssim: share(all.map((p) => p.ssim)) };
}

/** Pictures that are compared with the truth. */
export interface ComparedSets {
  readonly vae: PixelFigures;
  readonly reconstruction: PixelFigures;
  readonly 'zero-shot': PixelFigures;
}

const names = {
  vae: 'VAE round trips',
  reconstruction: 'true tokens',
  'zero-shot': 'zero-shot films',
} as const;

/** Fine detail, whether it is in its place (SSIM), and whether it is dots. */
export function sharpnessRows(figures: ComparedSets): Row[] {
  const { vae, reconstruction } = figures;
  const rows: Row[] = [];
  const add = (
    what: string,
    of: keyof PixelFigures,
    bars: { readonly [K in keyof ComparedSets]?: { readonly atLeast?: number; readonly atMost?: number } },
  ): void => {
    for (const set of ['vae', 'reconstruction', 'zero-shot'] as const) {
      const above = {
        truth: 1,
        ...(set !== 'vae' ? { VAE: vae[of] } : {}),
        ...(set === 'zero-shot' ? { 'true tokens': reconstruction[of] } : {}),
      };
      rows.push(row(`${what}, ${names[set]}`, { figure: figures[set][of], ceilings: above, ...bars[set] }));
    }
  };
  add('fine detail over the truth’s', 'detail', { vae: { atLeast: 0.85 }, 'zero-shot': { atLeast: 0.75 } });
  add('SSIM to the true frame', 'ssim', {});
  const few = { atMost: 1.1 };
  const all = { vae: few, reconstruction: few, 'zero-shot': few };
  add('energy at periods of 4 and 8 pixels over the truth’s', 'dots', all);
  add('peak of these periods in the spectrum over the truth’s', 'peak', all);
  return rows;
}
