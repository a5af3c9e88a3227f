import type { Random } from '../random/index.ts';
import { faces } from './expressions.ts';
import { mix, rgb } from './palette.ts';
import { blit, type Canvas, type Light, toRgb } from './raster.ts';
import { pack } from './scene/sky.ts';
import { type Expression, expressions, type Identity, type Picture } from './types.ts';
import type { Wardrobe } from './wardrobe.ts';

export interface PortraitOptions {
  /** Pixels a side; 128. */
  readonly size?: number;
  /** Default: neutral, or any with `jitter`. */
  readonly expression?: Expression;
  /** Varies face, background, light, size and place; the person stays the person. */
  readonly jitter?: Random;
}

const backgrounds = ['#cfe3ee', '#f2e3c6', '#dfead3', '#f3d6cf', '#d9d3ea', '#e9e9e4', '#b9cfd6', '#f6ecd9'];

/** Head and shoulders before a plain background: the file that a script's `face` names. */
export async function drawPortrait(
  wardrobe: Wardrobe,
  k: number,
  identity: Identity,
  options: PortraitOptions,
): Promise<Picture> {
  const size = options.size ?? 128;
  const r = options.jitter;
  const expression = options.expression ?? (r ? r.pick(expressions) : 'neutral');
  const face = faces[expression];
  // 280 avatar units fill the picture; smaller pictures start from the smaller drawing, so that edges stay clean
  const zoom = r ? r.uniform(0.92, 1.35) : 1;
  const scale = (size / 280) * zoom;
  const sprite = await wardrobe.bust(
    identity,
    face,
    scale > 0.62 * k ? 'close-up' : scale > 0.37 * k ? 'medium' : 'wide',
  );
  const ground = r ? mix(r.pick(backgrounds), r.pick(backgrounds), r.uniform()) : '#dfe8ec';
  const [top, bottom] = r ? [mix(ground, '#20304a', r.uniform(0, 0.7)), ground] : [ground, ground];
  const canvas: Canvas = { width: size, height: size, data: new Uint32Array(size * size) };
  for (let y = 0; y < size; y++) {
    const [cr, cg, cb] = rgb(mix(top, bottom, y / size));
    canvas.data.fill(pack(cr, cg, cb), y * size, (y + 1) * size);
  }
  const tone = r ? r.uniform(0.62, 1.04) : 1;
  const light: Light = {
    multiply: r ? [tone, tone * r.uniform(0.88, 1.02), tone * r.uniform(0.8, 1.1)] : [1, 1, 1],
    add: [0, 0, 0],
  };
  const x = size / 2 + (r ? r.uniform(-0.09, 0.09) * size : 0);
  // the bust stands on the lower edge; zoomed in, the face stays in the middle
  const y = r ? size * (0.42 + r.uniform(-0.05, 0.07)) : size * (140 / 280);
  blit(
    canvas,
    sprite,
    { x, y, px: 140, py: r ? 118 : 140, scale, angle: r ? r.uniform(-0.09, 0.09) : 0 },
    light,
  );
  return { width: size, height: size, data: toRgb(canvas) };
}
