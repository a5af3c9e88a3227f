import type { Random } from '../../random/index.ts';
import { tree } from './pieces.ts';
import {
  circle,
  ellipse,
  hillPath,
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
/** Cave and garden. Each is drawn from its set's seed. */

export function cave(r: Random): Scenery {
  const rock = r.pick(['#5b5566', '#4f5a66', '#665348', '#535f5a']);
  const gem = r.pick(['#6fe0e8', '#c78bff', '#8bf0a8', '#ff9fd0']);
  const mx = r.uniform(160, 440);
  const mw = r.uniform(70, 110);
  const mouth = `M${n(mx - mw)} 232Q${n(mx - mw * 1.1)} 120 ${n(mx - mw * 0.3)} 84Q${n(mx + mw * 0.5)} 60 ${n(mx + mw * 0.9)} 130Q${n(mx + mw * 1.1)} 190 ${n(mx + mw)} 232Z`;
  let wall = `<path fill-rule="evenodd" d="M0 0H600V344H0Z${mouth}" fill="${rock}"/>`;
  wall += `<path d="${mouth}" fill="none" stroke="${shade(rock, 0.22)}" stroke-width="9"/>`;
  for (let i = 0; i < 16; i++) {
    const [x, y, s] = [r.uniform(0, 600), r.uniform(20, 215), r.uniform(14, 40)];
    if (Math.abs(x - mx) < mw + s + 8) continue;
    wall += poly(
      [
        [x - s, y],
        [x - s * 0.3, y - s * 0.7],
        [x + s, y - s * 0.2],
        [x + s * 0.5, y + s * 0.6],
        [x - s * 0.6, y + s * 0.5],
      ],
      shade(rock, r.uniform(-0.14, 0.12)),
    );
  }
  let spikes = '';
  for (let x = -10; x < 610; x += r.uniform(24, 52)) {
    const [w, h] = [r.uniform(16, 34), r.uniform(24, 92) * (Math.abs(x - mx) < mw ? 0.5 : 1)];
    spikes +=
      poly(
        [
          [x - w / 2, -4],
          [x + w / 2, -4],
          [x + r.uniform(-4, 4), h],
        ],
        shade(rock, -0.32),
      ) +
      poly(
        [
          [x - w / 2, -4],
          [x - w * 0.1, -4],
          [x, h],
        ],
        shade(rock, -0.18),
      );
  }
  const floor = hillPath(r, 228, 5);
  let ground = path(floor, shade(rock, -0.22)) + path(hillPath(r, 274, 6), shade(rock, -0.3));
  let gems = '';
  let glow = '';
  for (let i = 0; i < 7; i++) {
    const x = i < 4 ? r.uniform(0, 150) : r.uniform(450, 600);
    const [y, s] = [r.uniform(226, 262), r.uniform(16, 38)];
    for (const [dx, k, a] of [
      [-0.35, 0.7, -0.3],
      [0.35, 0.75, 0.3],
      [0, 1, 0],
    ] as const) {
      const d = `M${n(x + dx * s - s * 0.16)} ${n(y)}L${n(x + dx * s + a * s - s * 0.14)} ${n(y - s * k)}L${n(x + dx * s + a * s)} ${n(y - s * k * 1.2)}L${n(x + dx * s + a * s + s * 0.14)} ${n(y - s * k)}L${n(x + dx * s + s * 0.16)} ${n(y)}Z`;
      gems += path(d, shade(gem, -0.12 + k * 0.1));
      glow += path(d, gem, 0.45);
    }
    glow += `<radialGradient id="g${i}"><stop offset="0" stop-color="${gem}" stop-opacity=".5"/><stop offset="1" stop-color="${gem}" stop-opacity="0"/></radialGradient>${circle(x, y - s * 0.5, s * 2, `url(#g${i})`)}`;
  }
  ground += gems;
  const beam = `<linearGradient id="b" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff3d0" stop-opacity=".5"/><stop offset="1" stop-color="#fff3d0" stop-opacity="0"/></linearGradient>${path(`M${n(mx - mw * 0.8)} 120H${n(mx + mw * 0.8)}L${n(mx + mw * 2.1)} 344H${n(mx - mw * 2.1)}Z`, 'url(#b)')}`;
  const outside = path(hillPath(r, 200, 8), '#7f9a68');
  return {
    indoor: true,
    layers: [
      { depth: 0.8, svg: outside, snow: snowCover(hillPath(r, 200, 6)) },
      { depth: 0.15, svg: wall + spikes, beam },
      { depth: 0, svg: ground, glow },
    ],
  };
}

export function garden(r: Random): Scenery {
  const leaf = r.pick(['#4f8f46', '#5f9a3f', '#3f8657', '#6b9848']);
  const hedge: [string, string] = ['', ''];
  for (let x = -10; x < 620; x += 26) {
    hedge[0] += circle(
      x + r.uniform(-6, 6),
      190 + r.uniform(-8, 8),
      r.uniform(24, 34),
      shade(leaf, r.uniform(-0.22, -0.08)),
    );
    hedge[1] += ellipse(x, 168 + r.uniform(-4, 4), 22, 9, '#f7fbff', 0.95);
  }
  const back = [r.uniform(30, 160), r.uniform(250, 350), r.uniform(440, 570)].map((x) =>
    tree(r, x, 214, r.uniform(110, 160), mix(leaf, '#a5c98b', 0.3), '#6b4f3a'),
  );
  const lawn = r.pick(['#8cbf5a', '#7fb562', '#9cc267']);
  const ground = hillPath(r, 220, 3);
  let beds = '';
  let bedSnow = '';
  const colours = ['#e85d75', '#f5c542', '#f28f3b', '#b07be0', '#ffffff', '#e04848'];
  for (const [x0, x1, y] of [
    [-10, r.uniform(120, 200), 244],
    [r.uniform(400, 480), 610, 246],
  ] as const) {
    beds += ellipse((x0 + x1) / 2, y, (x1 - x0) / 2, 15, '#6b4a33');
    bedSnow += ellipse((x0 + x1) / 2, y - 2, (x1 - x0) / 2, 13, '#f7fbff', 0.95);
    for (let i = 0; i < 20; i++) {
      const x = r.uniform(x0 + 12, x1 - 12);
      const fy = y + r.uniform(-8, 8);
      const c = r.pick(colours);
      beds += line(`M${n(x)} ${n(fy)}v-16`, '#3f7a3c', 2.5);
      for (const [dx, dy] of [
        [0, -5],
        [4.5, -1],
        [3, 4],
        [-3, 4],
        [-4.5, -1],
      ] as const)
        beds += circle(x + dx, fy - 18 + dy, 3.6, c);
      beds += circle(x, fy - 18, 2.6, '#f7d558');
    }
  }
  let middle = '';
  let midSnow = '';
  const kind = r.int(3);
  const x = r.uniform(230, 370);
  if (kind === 0) {
    middle =
      ellipse(x, 226, 62, 14, '#b9bfc4') +
      ellipse(x, 222, 54, 10, '#6fb4d2') +
      rect(x - 6, 166, 12, 58, '#cfd4d8') +
      ellipse(x, 168, 30, 8, '#b9bfc4') +
      ellipse(x, 166, 24, 5, '#8cc7de') +
      line(`M${n(x)} 164q-16-34-26 2M${n(x)} 164q16-34 26 2M${n(x)} 164v-26`, '#d9f0fa', 3.5, 0.85);
    midSnow = ellipse(x, 220, 58, 9, '#f7fbff');
  } else if (kind === 1) {
    middle = `<path d="M${n(x - 52)} 228V130a52 52 0 0 1 104 0V228" fill="none" stroke="#f3efe6" stroke-width="9"/>`;
    for (let a = 0; a < 22; a++) {
      const t = (a / 21) * Math.PI;
      middle +=
        circle(
          x - Math.cos(t) * 54,
          130 - Math.sin(t) * 54,
          r.uniform(7, 11),
          shade(leaf, r.uniform(-0.1, 0.1)),
        ) +
        circle(x - Math.cos(t) * 56, 130 - Math.sin(t) * 55, 4, r.pick(['#f07a9a', '#f7b3c6', '#ffffff']));
    }
    midSnow = `<path d="M${n(x - 60)} 112a62 62 0 0 1 120 0" fill="none" stroke="#f7fbff" stroke-width="8"/>`;
  } else {
    middle =
      rect(x - 70, 130, 140, 98, '#dcefee') +
      poly(
        [
          [x - 78, 132],
          [x, 92],
          [x + 78, 132],
        ],
        '#cfe6e6',
      );
    for (let i = -2; i <= 2; i++) middle += rect(x + i * 28 - 1.5, 130, 3, 98, '#7fa59b');
    middle +=
      rect(x - 70, 174, 140, 3, '#7fa59b') +
      rect(x - 74, 130, 148, 4, '#7fa59b') +
      line(`M${n(x - 78)} 132L${n(x)} 92L${n(x + 78)} 132`, '#7fa59b', 4);
    midSnow = poly(
      [
        [x - 82, 133],
        [x, 86],
        [x + 82, 133],
        [x, 100],
      ],
      '#f7fbff',
    );
  }
  let fence = '';
  for (let fx = -10; fx < 610; fx += 20) fence += path(`M${n(fx)} 222v-26l5-6 5 6v26Z`, '#f6f1e6');
  fence += rect(0, 200, 600, 4, '#ece4d3') + rect(0, 212, 600, 4, '#ece4d3');
  return {
    indoor: false,
    layers: [
      {
        depth: 0.8,
        svg: back.map((t) => t.svg).join('') + hedge[0],
        snow: back.map((t) => t.snow).join('') + hedge[1],
      },
      {
        depth: 0.4,
        svg: (kind === 1 ? fence : '') + path(ground, lawn) + middle,
        snow: snowCover(ground) + midSnow,
      },
      {
        depth: 0.1,
        svg:
          path(
            `M250 226Q${n(r.uniform(200, 400))} 280 ${n(r.uniform(140, 260))} 344h190Q330 280 320 226Z`,
            '#e5d3a8',
            0.85,
          ) + beds,
        snow: bedSnow,
        wet: puddles(r, 256, 332),
      },
    ],
  };
}
