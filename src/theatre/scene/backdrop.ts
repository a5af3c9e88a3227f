import { Random } from '../../random/index.ts';
import { Cache } from '../cache.ts';
import type { Rgb } from '../palette.ts';
import { type Canvas, div255, rasterize, type Sprite, trim } from '../raster.ts';
import type { Place, Time, Weather } from '../types.ts';
import { cafe, kitchen, library, room } from './indoor.ts';
import { type Ambience, ambience } from './light.ts';
import { beach, cave, desert, forest, garden, mountain } from './nature.ts';
import { paintSky } from './sky.ts';
import { cloud, type Scenery, worldHeight, worldWidth } from './svg.ts';
import { harbour, market, ship, station, street, village } from './town.ts';

const drawings: Readonly<Record<Place, (random: Random) => Scenery>> = {
  forest,
  street,
  room,
  beach,
  ship,
  kitchen,
  library,
  mountain,
  harbour,
  desert,
  market,
  station,
  cave,
  garden,
  village,
  cafe,
};

/** Drawn variants of each place; each also appears mirrored. */
export const layoutsPerPlace = 12;

/** The places under a roof. */
export const indoorPlaces: readonly Place[] = ['room', 'kitchen', 'library', 'cave', 'cafe'];

interface Sheet {
  readonly depth: number;
  readonly svg: Sprite;
  readonly snow: Sprite | null;
  readonly wet: Sprite | null;
  readonly glow: Sprite | null;
  readonly beam: Sprite | null;
}

interface Layout {
  readonly clouds: Sprite;
  readonly sheets: readonly Sheet[];
}

/** A finished background. `open`: 255 where one sees the sky, for weather behind windows; null outdoors. */
export interface Backdrop extends Canvas {
  readonly unit: number;
  readonly open: Uint8Array | null;
  readonly ambience: Ambience;
}

/** Draws backgrounds: layouts are rasterised once, then lit for any time and weather by pixel loops. */
export class Backdrops {
  private readonly unit: number;
  private readonly layouts = new Map<string, Promise<Layout>>();
  private readonly lit = new Cache<Promise<Backdrop>>(160);

  /** `unit`: pixels per world unit. */
  constructor(unit: number) {
    this.unit = unit;
  }

  get(place: Place, layout: number, mirrored: boolean, time: Time, weather: Weather): Promise<Backdrop> {
    return this.lit.get(`${place}|${layout}|${mirrored}|${time}|${weather}`, async () => {
      const drawing = await this.layout(place, layout);
      const a = ambience(time, weather, indoorPlaces.includes(place));
      const backdrop = compose(drawing, place, layout, a, weather, this.unit);
      if (mirrored) mirror(backdrop);
      return backdrop;
    });
  }

  private layout(place: Place, layout: number): Promise<Layout> {
    const key = `${place}|${layout}`;
    let found = this.layouts.get(key);
    if (!found) {
      found = rasterizeLayout(place, layout, this.unit);
      this.layouts.set(key, found);
    }
    return found;
  }
}

async function rasterizeLayout(place: Place, layout: number, unit: number): Promise<Layout> {
  const random = Random.of(layout, 'theatre', 'layout', place);
  const scenery = drawings[place](random);
  const box = { x: 0, y: 0, width: worldWidth, height: worldHeight };
  const draw = async (svg: string | undefined): Promise<Sprite | null> => (svg ? trim(await rasterize(svg, box, unit)) : null);
  let sky = '';
  for (let i = 0; i < 5; i++) sky += cloud(random, random.uniform(0, 600), random.uniform(24, 130), random.uniform(70, 150));
  const [clouds, ...sheets] = await Promise.all([
    draw(sky),
    ...scenery.layers.map(async (layer) => {
      const [svg, snow, wet, glow, beam] = await Promise.all([layer.svg, layer.snow, layer.wet, layer.glow, layer.beam].map(draw));
      const empty: Sprite = { width: 1, height: 1, originX: 0, originY: 0, scale: unit, data: new Uint32Array(1) };
      return { depth: layer.depth, svg: svg ?? empty, snow: snow ?? null, wet: wet ?? null, glow: glow ?? null, beam: beam ?? null };
    }),
  ]);
  return { clouds: clouds as Sprite, sheets: sheets as Sheet[] };
}

function compose(layout: Layout, place: Place, seed: number, a: Ambience, weather: Weather, unit: number): Backdrop {
  const width = Math.round(worldWidth * unit);
  const height = Math.round(worldHeight * unit);
  const canvas: Canvas = { width, height, data: new Uint32Array(width * height) };
  paintSky(canvas, a, Random.of(seed, 'theatre', 'sky', place), unit);
  if (a.clouds > 0) {
    const tone = a.cloud.map((v) => v / 255) as unknown as Rgb;
    over(canvas, layout.clouds, tone, [0, 0, 0], a.clouds);
    // rain hangs a second, mirrored bank of clouds into the gaps of the first
    if (weather === 'rain') over(canvas, flipped(layout.clouds, width), tone, [0, 0, 0], 0.85);
  }
  const indoor = indoorPlaces.includes(place);
  const open = indoor ? new Uint8Array(width * height).fill(255) : null;
  for (const sheet of layout.sheets) {
    const f = a.fogNear + (a.fogFar - a.fogNear) * sheet.depth;
    // indoors only what lies behind the windows is lit by the sky
    const light = indoor && sheet.depth > 0.5 ? outdoorLight(a) : a.light;
    const multiply = light.map((v) => v * (1 - f)) as unknown as Rgb;
    const add = a.fog.map((v) => v * f) as unknown as Rgb;
    over(canvas, sheet.svg, multiply, add, 1);
    if (weather === 'snow' && sheet.snow) over(canvas, sheet.snow, multiply, add, 1);
    if (weather === 'rain' && sheet.wet) over(canvas, sheet.wet, multiply, add, 1);
    if (open && sheet.depth < 0.5) cover(open, width, sheet.svg);
    if (sheet.beam && a.beam > 0) screen(canvas, sheet.beam, a.beam);
    if (sheet.glow && a.glow > 0) screen(canvas, sheet.glow, a.glow * (1 - 0.5 * f));
  }
  return { ...canvas, unit, open, ambience: a };
}

function flipped(sprite: Sprite, width: number): Sprite {
  const data = sprite.data.slice();
  for (let y = 0; y < sprite.height; y++) data.subarray(y * sprite.width, (y + 1) * sprite.width).reverse();
  return { ...sprite, originX: -(width - sprite.width + sprite.originX), data };
}

function mirror(backdrop: Backdrop): void {
  for (let y = 0; y < backdrop.height; y++) {
    const row = y * backdrop.width;
    backdrop.data.subarray(row, row + backdrop.width).reverse();
    backdrop.open?.subarray(row, row + backdrop.width).reverse();
  }
}

const outdoorLight = (a: Ambience): Rgb => {
  const k = a.stars > 0.5 || a.sky[0][0] + a.sky[0][1] < 130 ? 0.45 : 1;
  return [a.light[0] * k, a.light[1] * k, a.light[2] * Math.min(1, k * 1.3)];
};

/** `sprite` over `canvas`: colour = multiply * colour + add * alpha, faded to `strength`. */
function over(canvas: Canvas, sprite: Sprite, multiply: Rgb, add: Rgb, strength: number): void {
  const { width, data } = canvas;
  const left = Math.round(-sprite.originX);
  const top = Math.round(-sprite.originY);
  const tables = multiply.map((m) => Uint8ClampedArray.from({ length: 256 }, (_, v) => v * m * strength));
  const [tr, tg, tb] = tables as [Uint8ClampedArray, Uint8ClampedArray, Uint8ClampedArray];
  const [ar, ag, ab] = add.map((v) => Math.round(v * strength)) as [number, number, number];
  // flat art: most pixels repeat the colour of their neighbour
  let flat = 0;
  let flatResult = 0;
  for (let y = 0; y < sprite.height; y++) {
    let o = (y + top) * width + left;
    for (let i = y * sprite.width, end = i + sprite.width; i < end; i++, o++) {
      const p = sprite.data[i]!;
      if (p === 0) continue;
      if (p === flat) {
        data[o] = flatResult;
        continue;
      }
      const alpha = p >>> 24;
      let r = tr[p & 255]! + div255(ar * alpha);
      let g = tg[(p >>> 8) & 255]! + div255(ag * alpha);
      let b = tb[(p >>> 16) & 255]! + div255(ab * alpha);
      const rest = 255 - Math.round(alpha * strength);
      if (rest > 0) {
        const q = data[o]!;
        r += div255((q & 255) * rest);
        g += div255(((q >>> 8) & 255) * rest);
        b += div255(((q >>> 16) & 255) * rest);
      }
      const result = (r > 255 ? 255 : r) | ((g > 255 ? 255 : g) << 8) | ((b > 255 ? 255 : b) << 16) | 0xff000000;
      data[o] = result;
      if (rest === 0) {
        flat = p;
        flatResult = result;
      }
    }
  }
}

/** Adds light without clipping: dst + src (1 - dst). */
function screen(canvas: Canvas, sprite: Sprite, strength: number): void {
  const { width, data } = canvas;
  const left = Math.round(-sprite.originX);
  const top = Math.round(-sprite.originY);
  const k = Math.round(strength * 255);
  for (let y = 0; y < sprite.height; y++) {
    for (let x = 0, i = y * sprite.width, o = (y + top) * width + left; x < sprite.width; x++, i++, o++) {
      const p = sprite.data[i]!;
      if (p === 0) continue;
      const q = data[o]!;
      const r = q & 255;
      const g = (q >>> 8) & 255;
      const b = (q >>> 16) & 255;
      data[o] =
        (r + div255(div255((p & 255) * k) * (255 - r))) |
        ((g + div255(div255(((p >>> 8) & 255) * k) * (255 - g))) << 8) |
        ((b + div255(div255(((p >>> 16) & 255) * k) * (255 - b))) << 16) |
        0xff000000;
    }
  }
}

function cover(open: Uint8Array, width: number, sprite: Sprite): void {
  const left = Math.round(-sprite.originX);
  const top = Math.round(-sprite.originY);
  for (let y = 0; y < sprite.height; y++) {
    for (let x = 0, i = y * sprite.width, o = (y + top) * width + left; x < sprite.width; x++, i++, o++) {
      const alpha = sprite.data[i]! >>> 24;
      if (alpha) open[o] = div255(open[o]! * (255 - alpha));
    }
  }
}
