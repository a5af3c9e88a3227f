import type { Rgb } from '../palette.ts';
import type { Light } from '../raster.ts';
import type { Time, Weather } from '../types.ts';

/** What time and weather do to the colours of a scene. */
export interface Ambience {
  /** Sky from top to horizon. */
  readonly sky: readonly [Rgb, Rgb, Rgb];
  readonly cloud: Rgb;
  readonly clouds: number;
  /** Multiplies everything that has no light of its own. */
  readonly light: Rgb;
  /** Multiplies people: a little brighter than the scene, so that faces stay readable. */
  readonly people: Rgb;
  readonly fog: Rgb;
  /** How much of the fog colour covers the farthest sheet, and the nearest. */
  readonly fogFar: number;
  readonly fogNear: number;
  readonly glow: number;
  readonly beam: number;
  readonly stars: number;
  /** Sun or moon: height 0..1 of the sky, colour, radius; absent when clouds hide it. */
  readonly disc?: {
    readonly height: number;
    readonly colour: Rgb;
    readonly radius: number;
    readonly halo: number;
  };
}

const hex = (s: string): Rgb => {
  const v = Number.parseInt(s, 16);
  return [v >> 16, (v >> 8) & 255, v & 255];
};

const base: Readonly<Record<Time, Ambience>> = {
  morning: {
    sky: [hex('7fb5e0'), hex('f6d3b8'), hex('ffdf9f')],
    cloud: hex('ffe6d6'),
    clouds: 0.85,
    light: [1.04, 0.95, 0.82],
    people: [1.03, 0.97, 0.89],
    fog: hex('f3dcc6'),
    fogFar: 0.28,
    fogNear: 0.02,
    glow: 0.06,
    beam: 0.95,
    stars: 0,
    disc: { height: 0.66, colour: hex('fff2c4'), radius: 23, halo: 115 },
  },
  day: {
    sky: [hex('3f96dc'), hex('83c4ee'), hex('d3edf8')],
    cloud: hex('ffffff'),
    clouds: 0.95,
    light: [1, 1, 1],
    people: [1, 1, 1],
    fog: hex('d5e6ee'),
    fogFar: 0.14,
    fogNear: 0,
    glow: 0,
    beam: 0.4,
    stars: 0,
    disc: { height: 0.16, colour: hex('fffbe0'), radius: 21, halo: 90 },
  },
  evening: {
    sky: [hex('57407f'), hex('e0707a'), hex('ffb45c')],
    cloud: hex('f29a86'),
    clouds: 0.85,
    light: [0.93, 0.66, 0.58],
    people: [1.0, 0.8, 0.7],
    fog: hex('e59a7f'),
    fogFar: 0.3,
    fogNear: 0.02,
    glow: 0.6,
    beam: 0.55,
    stars: 0.1,
    disc: { height: 0.82, colour: hex('ffd27a'), radius: 28, halo: 140 },
  },
  night: {
    sky: [hex('0d1638'), hex('1c2d5c'), hex('38538a')],
    cloud: hex('32456f'),
    clouds: 0.6,
    light: [0.36, 0.43, 0.64],
    people: [0.8, 0.82, 0.99],
    fog: hex('24365f'),
    fogFar: 0.32,
    fogNear: 0.02,
    glow: 1,
    beam: 0,
    stars: 1,
    disc: { height: 0.2, colour: hex('f6f1d8'), radius: 19, halo: 80 },
  },
};

const mixRgb = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];
const times_ = (a: Rgb, k: number): Rgb => [a[0] * k, a[1] * k, a[2] * k];
const luma = (c: Rgb): number => 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2];
const greyed = (c: Rgb, t: number): Rgb => mixRgb(c, [luma(c), luma(c), luma(c)], t);

/** The ambience of a time and weather. Indoors the room is lit by its windows and, from the evening on, its lamps. */
export function ambience(time: Time, weather: Weather, indoor: boolean): Ambience {
  const a = overcast(base[time], time, weather);
  if (!indoor) return a;
  const night = time === 'night';
  const grey = weather !== 'clear' && time !== 'night';
  const room: Rgb = night
    ? [0.6, 0.49, 0.42]
    : time === 'evening'
      ? [0.88, 0.7, 0.6]
      : time === 'morning'
        ? [1.0, 0.94, 0.85]
        : [1, 0.99, 0.97];
  return {
    ...a,
    light: grey ? mixRgb(times_(room, 0.86), night ? room : [0.72, 0.76, 0.82], 0.35) : room,
    people: night
      ? [0.9, 0.81, 0.74]
      : time === 'evening'
        ? [0.98, 0.83, 0.74]
        : grey
          ? [0.93, 0.95, 0.98]
          : [1.01, 0.98, 0.94],
    fogFar: a.fogFar,
    fogNear: 0,
    glow: night ? 0.95 : time === 'evening' ? 0.62 : grey ? 0.22 : 0,
  };
}

function overcast(a: Ambience, time: Time, weather: Weather): Ambience {
  const { disc: _, ...hidden } = a;
  const night = time === 'night';
  if (weather === 'rain') {
    const tone: Rgb = night ? hex('232c42') : hex('7b8793');
    return {
      ...hidden,
      sky: [
        mixRgb(greyed(a.sky[0], 0.5), tone, 0.75),
        mixRgb(greyed(a.sky[1], 0.4), tone, 0.62),
        mixRgb(greyed(a.sky[2], 0.3), tone, 0.45),
      ],
      cloud: mixRgb(greyed(a.cloud, 0.4), night ? hex('2a344c') : hex('626d79'), 0.72),
      clouds: 1,
      light: greyed(times_(a.light, night ? 0.88 : 0.74), 0.35),
      people: greyed(times_(a.people, 0.9), 0.3),
      fog: mixRgb(a.fog, night ? hex('2a3550') : hex('8b98a3'), 0.75),
      fogFar: 0.5,
      fogNear: 0.05,
      glow: Math.min(1, a.glow + 0.3),
      beam: 0.05,
      stars: 0,
    };
  }
  if (weather === 'snow') {
    const tone: Rgb = night ? hex('3a4a70') : hex('d3dde8');
    return {
      ...hidden,
      sky: [mixRgb(a.sky[0], tone, 0.66), mixRgb(a.sky[1], tone, 0.6), mixRgb(a.sky[2], tone, 0.5)],
      cloud: mixRgb(a.cloud, night ? hex('47587e') : hex('eef3f8'), 0.6),
      clouds: 0.8,
      light: mixRgb(a.light, night ? [0.42, 0.5, 0.74] : [0.95, 0.98, 1.04], 0.45),
      people: mixRgb(a.people, [0.96, 0.98, 1.02], 0.25),
      fog: mixRgb(a.fog, tone, 0.8),
      fogFar: 0.42,
      fogNear: 0.03,
      glow: Math.min(1, a.glow + 0.15),
      beam: 0.15,
      stars: 0,
    };
  }
  if (weather === 'fog') {
    const tone = mixRgb(a.fog, night ? hex('4d5c78') : hex('e0e4e6'), night ? 0.7 : 0.55);
    return {
      ...hidden,
      sky: [mixRgb(a.sky[0], tone, 0.8), mixRgb(a.sky[1], tone, 0.88), tone],
      cloud: tone,
      clouds: 0,
      light: mixRgb(a.light, greyed(a.light, 1), 0.4),
      people: mixRgb(a.people, greyed(a.people, 1), 0.3),
      fog: tone,
      fogFar: 0.97,
      fogNear: 0.3,
      glow: Math.min(1, a.glow + 0.25),
      beam: 0.1,
      stars: 0,
    };
  }
  return a;
}

/** The light on people; fog lies over them a little, more in wide shots. */
export function peopleLight(a: Ambience, share: number): Light {
  const f = a.fogNear * share;
  return { multiply: times_(a.people, 1 - f), add: times_(a.fog, f) };
}
