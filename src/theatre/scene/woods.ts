import type { Random } from '../../random/index.ts';
import { pine, tree } from './pieces.ts';
import {
  circle,
  hillPath,
  type Layer,
  line,
  mix,
  n,
  path,
  poly,
  puddles,
  rect,
  type Scenery,
  shade,
  snowCover,
} from './svg.ts';
/** Forest and mountains. Each is drawn from its set's seed. */

export function forest(r: Random): Scenery {
  const green = r.pick(['#3f7d4a', '#2f6f52', '#5b8a3c', '#7b8a35', '#356b5f']);
  const trunk = r.pick(['#5d4331', '#6b4a30', '#4d3a33']);
  const pines = r.chance(0.6);
  const wood = (base: number, count: number, h: number, colour: string): { svg: string; snow: string } => {
    let [svg, snow] = ['', ''];
    for (let i = 0; i < count; i++) {
      const x = ((i + r.uniform(0.1, 0.9)) / count) * 640 - 20;
      const t = pines
        ? pine(
            x,
            base + r.uniform(-4, 6),
            h * r.uniform(0.75, 1.2),
            shade(colour, r.uniform(-0.08, 0.08)),
            trunk,
          )
        : tree(
            r,
            x,
            base + r.uniform(-4, 6),
            h * r.uniform(0.8, 1.2),
            shade(colour, r.uniform(-0.08, 0.08)),
            trunk,
          );
      svg += t.svg;
      snow += t.snow;
    }
    return { svg, snow };
  };
  const far = wood(206, 14, 92, mix(green, '#a9c7c4', 0.5));
  const mid = wood(226, 7, 150, green);
  const ground = hillPath(r, 224, 7);
  const grass = mix(green, '#9bb45a', 0.55);
  const pathX = r.uniform(200, 400);
  const trail = path(
    `M${n(pathX - 16)} 226Q${n(pathX + r.uniform(-60, 60))} 270 ${n(pathX - 120)} 344H${n(pathX + 90)}Q${n(pathX + 40)} 270 ${n(pathX + 12)} 226Z`,
    '#c8ab7d',
    0.75,
  );
  let tufts = '';
  for (let i = 0; i < 26; i++) {
    const [x, y] = [r.uniform(0, 600), r.uniform(240, 330)];
    tufts += path(`M${n(x)} ${n(y)}l-3 -9 4 5 1 -9 3 9 4 -6 -2 10Z`, shade(grass, -0.22));
  }
  let near = '';
  for (const x of [r.uniform(-30, 20), r.uniform(570, 625)]) {
    const w = r.uniform(34, 50);
    near += path(
      `M${n(x - w / 2)} 0L${n(x - w * 0.6)} 300q-10 22-30 44h${n(w * 1.2 + 60)}q-20-22-28-46L${n(x + w / 2)} 0Z`,
      shade(trunk, -0.18),
    );
    near += line(`M${n(x - 6)} 20q6 60 0 120t2 120`, shade(trunk, -0.34), 4, 0.7);
  }
  for (let i = 0; i < 3; i++) {
    const [x, y] = [r.uniform(30, 570), r.uniform(250, 275)];
    near +=
      rect(x - 3, y - 10, 6, 11, '#efe3cd') +
      path(`M${n(x - 11)} ${n(y - 9)}a11 10 0 0 1 22 0Z`, '#c84a3a') +
      circle(x - 4, y - 13, 1.8, '#fff');
  }
  return {
    indoor: false,
    layers: [
      {
        depth: 0.95,
        svg: far.svg + path(hillPath(r, 204, 5), mix(green, '#b9cf9c', 0.55)),
        snow: far.snow + snowCover(hillPath(r, 206, 3)),
      },
      { depth: 0.5, svg: mid.svg, snow: mid.snow },
      {
        depth: 0.15,
        svg: path(ground, grass) + trail + tufts,
        snow: snowCover(ground),
        wet: puddles(r, 250, 330),
      },
      { depth: 0, svg: near },
    ],
  };
}

export function mountain(r: Random): Scenery {
  const rock = r.pick(['#7c8797', '#8a7f86', '#6f8390', '#94836f']);
  const peaks = (base: number, h: number, count: number, colour: string): { svg: string; snow: string } => {
    let [svg, snow] = ['', ''];
    for (let i = 0; i < count; i++) {
      const x = ((i + r.uniform(0.2, 0.8)) / count) * 640 - 20;
      const top = base - h * r.uniform(0.65, 1.1);
      const w = (base - top) * r.uniform(0.7, 1);
      svg +=
        poly(
          [
            [x - w, base],
            [x, top],
            [x + w, base],
          ],
          colour,
        ) +
        poly(
          [
            [x, top],
            [x + w, base],
            [x + w * 0.12, base],
            [x - w * 0.1, top + h * 0.3],
          ],
          '#000',
          0.13,
        );
      const cap = (base - top) * 0.3;
      const cw = w * 0.3;
      svg += path(
        `M${n(x)} ${n(top)}L${n(x + cw)} ${n(top + cap)}l${n(-cw * 0.4)} ${n(-cap * 0.25)}l${n(-cw * 0.35)} ${n(cap * 0.35)}l${n(-cw * 0.5)} ${n(-cap * 0.35)}l${n(-cw * 0.75)} ${n(cap * 0.25)}Z`,
        '#f6f9fd',
      );
      snow += poly(
        [
          [x - w * 0.8, base - (base - top) * 0.2],
          [x, top],
          [x + w * 0.8, base - (base - top) * 0.2],
          [x + w * 0.3, base - (base - top) * 0.4],
          [x, base - (base - top) * 0.25],
          [x - w * 0.4, base - (base - top) * 0.42],
        ],
        '#f3f7fc',
        0.9,
      );
    }
    return { svg, snow };
  };
  const far = peaks(212, 150, 4, mix(rock, '#c7d6e6', 0.45));
  const mid = peaks(226, 95, 4, rock);
  const meadow = r.pick(['#83975a', '#94905f', '#6f8f5c', '#a39a72']);
  const ground = hillPath(r, 222, 9);
  let rocks = '';
  let snowRocks = '';
  for (let i = 0; i < 9; i++) {
    const [x, y, s] = [r.uniform(0, 600), r.uniform(236, 320), r.uniform(9, 26)];
    rocks += poly(
      [
        [x - s, y],
        [x - s * 0.7, y - s * 0.6],
        [x, y - s * 0.9],
        [x + s * 0.8, y - s * 0.45],
        [x + s, y],
      ],
      shade(rock, -0.05),
    );
    rocks += poly(
      [
        [x - s * 0.7, y - s * 0.6],
        [x, y - s * 0.9],
        [x + s * 0.1, y - s * 0.4],
      ],
      shade(rock, 0.25),
    );
    snowRocks += poly(
      [
        [x - s * 0.8, y - s * 0.5],
        [x, y - s * 0.95],
        [x + s * 0.82, y - s * 0.42],
        [x, y - s * 0.6],
      ],
      '#f7fbff',
    );
  }
  const layers: Layer[] = [
    { depth: 1, svg: far.svg, snow: far.snow },
    { depth: 0.6, svg: mid.svg, snow: mid.snow },
  ];
  if (r.chance(0.5)) {
    const x = r.uniform(80, 480);
    const svg =
      rect(x, 186, 62, 40, '#80573a') +
      poly(
        [
          [x - 9, 190],
          [x + 31, 156],
          [x + 71, 190],
        ],
        '#5a3b2c',
      ) +
      rect(x + 12, 200, 15, 14, '#9fb9c9') +
      rect(x + 38, 196, 15, 30, '#4a2f22');
    layers.push({
      depth: 0.35,
      svg,
      snow: poly(
        [
          [x - 11, 191],
          [x + 31, 152],
          [x + 73, 191],
          [x + 31, 164],
        ],
        '#f7fbff',
      ),
      glow: rect(x + 12, 200, 15, 14, '#ffcf70'),
    });
  } else {
    const p = [r.uniform(20, 200), r.uniform(230, 360), r.uniform(400, 580)].map((x) =>
      pine(x, 232, r.uniform(60, 95), '#3d6d55', '#5d4331'),
    );
    layers.push({ depth: 0.35, svg: p.map((q) => q.svg).join(''), snow: p.map((q) => q.snow).join('') });
  }
  layers.push({
    depth: 0.1,
    svg: path(ground, meadow) + path(hillPath(r, 268, 8), shade(meadow, -0.1)) + rocks,
    snow: snowCover(ground) + snowRocks,
    wet: puddles(r, 250, 330),
  });
  return { indoor: false, layers };
}
