import { Random } from '../../random/index.ts';
import { Cache } from '../cache.ts';
import type { Rgb } from '../palette.ts';
import { type Canvas, rasterize, trim } from '../raster.ts';
import type { Place, Time, Weather } from '../types.ts';
import { cave, garden } from './hidden.ts';
import { kitchen, room } from './home.ts';
import { cafe, library } from './houses.ts';
import { type Ambience, ambience } from './light.ts';
import { cloud } from './pieces.ts';
import { cover, flipRuns, over, type Runs, screen, toRuns } from './runs.ts';
import { beach, desert } from './shore.ts';
import { paintSky } from './sky.ts';
import { market, street, village } from './streets.ts';
import { type Scenery, worldHeight, worldWidth } from './svg.ts';
import { harbour, ship, station } from './waterside.ts';
import { forest, mountain } from './woods.ts';

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

/**
 * The drawing of each place: the seed of its random parts. As in a boxed paper theatre there is one set a place: a script
 * says `harbour`, not which, and what it leaves open a small model can only show as the mean of all that may be.
 */
const sets: Readonly<Record<Place, number>> = {
  forest: 3,
  street: 5,
  room: 3,
  beach: 2,
  ship: 0,
  kitchen: 3,
  library: 3,
  mountain: 7,
  harbour: 10,
  desert: 6,
  market: 4,
  station: 7,
  cave: 8,
  garden: 8,
  village: 8,
  cafe: 7,
};

/** The places under a roof. */
export const indoorPlaces: readonly Place[] = ['room', 'kitchen', 'library', 'cave', 'cafe'];

interface Sheet {
  readonly depth: number;
  readonly svg: Runs;
  readonly snow: Runs | null;
  readonly wet: Runs | null;
  readonly glow: Runs | null;
  readonly beam: Runs | null;
}

interface Layout {
  /** The place's bank of clouds: the same in every shot with clouds, since no script says which. */
  readonly clouds: Runs;
  readonly sheets: readonly Sheet[];
}

/** A finished background. `open`: 255 where one sees the sky, for weather behind windows; null outdoors. */
export interface Backdrop extends Canvas {
  readonly unit: number;
  readonly open: Uint8Array | null;
  readonly ambience: Ambience;
}

/** Draws backgrounds: sets are rasterised once, then lit for any time and weather by pixel loops. */
export class Backdrops {
  private readonly unit: number;
  private readonly layouts = new Map<Place, Promise<Layout>>();
  private readonly lit = new Cache<Promise<Backdrop>>(64);

  /** `unit`: pixels per world unit. */
  constructor(unit: number) {
    this.unit = unit;
  }

  get(place: Place, time: Time, weather: Weather): Promise<Backdrop> {
    return this.lit.get(`${place}|${time}|${weather}`, async () => {
      const a = ambience(time, weather, indoorPlaces.includes(place));
      return compose(await this.layout(place), place, a, weather, this.unit);
    });
  }

  private layout(place: Place): Promise<Layout> {
    let found = this.layouts.get(place);
    if (!found) {
      found = rasterizeLayout(place, this.unit);
      this.layouts.set(place, found);
    }
    return found;
  }
}

async function rasterizeLayout(place: Place, unit: number): Promise<Layout> {
  const random = Random.of(sets[place], 'theatre', 'layout', place);
  const scenery = drawings[place](random);
  const box = { x: 0, y: 0, width: worldWidth, height: worldHeight };
  const draw = async (svg: string | undefined): Promise<Runs | null> =>
    svg ? toRuns(trim(await rasterize(svg, box, unit)), Math.round(worldWidth * unit)) : null;
  let bank = '';
  for (let i = 0; i < 5; i++)
    bank += cloud(random, random.uniform(0, 600), random.uniform(24, 130), random.uniform(70, 150));
  const [clouds, sheets] = await Promise.all([
    draw(bank),
    Promise.all(
      scenery.layers.map(async (layer) => {
        const [svg, snow, wet, glow, beam] = await Promise.all(
          [layer.svg, layer.snow, layer.wet, layer.glow, layer.beam].map(draw),
        );
        const empty: Runs = new Uint32Array(0);
        return {
          depth: layer.depth,
          svg: svg ?? empty,
          snow: snow ?? null,
          wet: wet ?? null,
          glow: glow ?? null,
          beam: beam ?? null,
        };
      }),
    ),
  ]);
  return { clouds: clouds as Runs, sheets: sheets as Sheet[] };
}

function compose(layout: Layout, place: Place, a: Ambience, weather: Weather, unit: number): Backdrop {
  const width = Math.round(worldWidth * unit);
  const height = Math.round(worldHeight * unit);
  const canvas: Canvas = { width, height, data: new Uint32Array(width * height) };
  paintSky(canvas, a, Random.of(sets[place], 'theatre', 'sky', place), unit);
  if (a.clouds > 0) {
    const tone = a.cloud.map((v) => v / 255) as unknown as Rgb;
    const { clouds } = layout;
    over(canvas, clouds, tone, [0, 0, 0], a.clouds);
    // rain hangs a second, mirrored bank of clouds into the gaps of the first
    if (weather === 'rain') over(canvas, flipRuns(clouds, width), tone, [0, 0, 0], 0.85);
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
    if (open && sheet.depth < 0.5) cover(open, sheet.svg);
    if (sheet.beam && a.beam > 0) screen(canvas, sheet.beam, a.beam);
    if (sheet.glow && a.glow > 0) screen(canvas, sheet.glow, a.glow * (1 - 0.5 * f));
  }
  return { ...canvas, unit, open, ambience: a };
}

const outdoorLight = (a: Ambience): Rgb => {
  const k = a.stars > 0.5 || a.sky[0][0] + a.sky[0][1] < 130 ? 0.45 : 1;
  return [a.light[0] * k, a.light[1] * k, a.light[2] * Math.min(1, k * 1.3)];
};
