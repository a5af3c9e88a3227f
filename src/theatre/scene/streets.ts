import type { Random } from '../../random/index.ts';
import { house } from './pieces.ts';
import {
  circle,
  ellipse,
  halo,
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

/** Street, village and market. Each is drawn from its set's seed. */

/** A tall house with rows of windows; some of them shine at night. */
function tower(
  r: Random,
  x: number,
  base: number,
  w: number,
  h: number,
  wall: string,
  pane: string,
): { svg: string; glow: string; snow: string } {
  let svg =
    rect(x, base - h, w, h, wall) +
    rect(x + w * 0.84, base - h, w * 0.16, h, shade(wall, -0.12)) +
    rect(x - 2, base - h - 4, w + 4, 7, shade(wall, -0.2));
  let glow = '';
  const columns = Math.max(2, Math.floor(w / 17));
  const pitch = w / columns;
  for (let y = base - h + 14; y < base - 34; y += 24) {
    for (let c = 0; c < columns; c++) {
      const wx = x + c * pitch + pitch * 0.24;
      svg += rect(wx, y, pitch * 0.52, 14, pane);
      if (r.chance(0.55)) glow += rect(wx, y, pitch * 0.52, 14, r.pick(['#ffcf70', '#ffdf9a', '#ffb95c']));
    }
  }
  return { svg, glow, snow: rect(x - 3, base - h - 9, w + 6, 8, '#f7fbff', 4) };
}

function streetLamp(id: string, x: number, base: number): { svg: string; glow: string } {
  return {
    svg:
      rect(x - 3, base - 124, 6, 124, '#3b4148') +
      rect(x - 8, base - 6, 16, 6, '#3b4148', 2) +
      path(`M${n(x - 11)} ${n(base - 148)}h22l-4 24h-14Z`, '#f3e6b8') +
      path(`M${n(x - 14)} ${n(base - 148)}h28l-8-9h-12Z`, '#3b4148'),
    glow: halo(id, x, base - 136, 92) + path(`M${n(x - 11)} ${n(base - 148)}h22l-4 24h-14Z`, '#ffe9ad'),
  };
}

export function street(r: Random): Scenery {
  const walls = r.shuffle(['#c9765a', '#d8a86a', '#8fa3b5', '#b78a94', '#a9b089', '#cfc0a5', '#7f92a8']);
  let [skyline, skyGlow, fronts, frontGlow, frontSnow] = ['', '', '', '', ''];
  for (let x = -20; x < 620; ) {
    const w = r.uniform(40, 70);
    const t = tower(r, x, 224, w - 4, r.uniform(120, 196), '#8d9bb0', '#b9c6d6');
    skyline += t.svg;
    skyGlow += t.glow;
    x += w;
  }
  let i = 0;
  for (let x = r.uniform(-50, -10); x < 610; i++) {
    const w = r.uniform(84, 128);
    const h = r.uniform(112, 168);
    const wall = walls[i % walls.length] as string;
    const t = tower(r, x, 232, w, h, wall, '#5f7488');
    fronts += t.svg;
    frontGlow += t.glow;
    frontSnow += t.snow;
    const awning = r.pick(['#c94a41', '#3f7f6b', '#d99a2b', '#3f5f8f']);
    fronts +=
      rect(x + 8, 190, w - 16, 42, shade(wall, -0.35)) +
      rect(x + 13, 198, w * 0.48, 34, '#a9c4cf') +
      rect(x + w * 0.66, 196, w * 0.2, 36, shade(awning, -0.3), 2);
    frontGlow += rect(x + 13, 198, w * 0.48, 34, '#ffd98a');
    for (let s = 0; s < 6; s++)
      fronts += path(
        `M${n(x + 6 + (s * (w - 12)) / 6)} 184h${n((w - 12) / 6)}v12q${n(-(w - 12) / 12)} 7 ${n(-(w - 12) / 6)} 0Z`,
        s % 2 ? '#f4ecdc' : awning,
      );
    x += w + (r.chance(0.15) ? 26 : 2);
  }
  const lamps = [r.uniform(70, 170), r.uniform(420, 530)].map((x, k) => streetLamp(`l${k}`, x, 246));
  const paving = r.pick(['#a8a39b', '#9a9ea6', '#b3a58f']);
  let ground =
    rect(0, 230, 600, 114, paving) +
    rect(0, 230, 600, 7, shade(paving, -0.15)) +
    rect(0, 268, 600, 5, shade(paving, -0.3)) +
    rect(0, 273, 600, 71, '#62656d');
  for (let x = r.uniform(-40, 0); x < 600; x += 56)
    ground += line(`M${n(x)} 237l-16 31`, shade(paving, -0.14), 1.6);
  for (let x = r.uniform(-60, 0); x < 600; x += 96) ground += rect(x, 310, 48, 6, '#e6e2d6');
  return {
    indoor: false,
    layers: [
      { depth: 0.9, svg: skyline, glow: skyGlow },
      { depth: 0.45, svg: fronts, glow: frontGlow, snow: frontSnow },
      {
        depth: 0.15,
        svg: ground,
        snow: path('M0 230H600V270H0ZM0 276H600V344H0Z', '#f1f5fb', 0.86),
        wet: puddles(r, 250, 334),
      },
      { depth: 0.1, svg: lamps.map((l) => l.svg).join(''), glow: lamps.map((l) => l.glow).join('') },
    ],
  };
}

export function village(r: Random): Scenery {
  const meadow = r.pick(['#8fb560', '#7faa5c', '#a5b565']);
  const walls = r.shuffle(['#f1e6cf', '#e8d3b0', '#dfe3dc', '#f0d9c4', '#d9c9a8']);
  const roofs = r.shuffle(['#b5533c', '#8f4a3a', '#6b5a52', '#a86a3a', '#566a7a']);
  let [svg, snow, glow] = ['', '', ''];
  const church = r.uniform(120, 480);
  svg +=
    rect(church - 15, 96, 30, 130, '#e9e2d3') +
    poly(
      [
        [church - 20, 98],
        [church, 40],
        [church + 20, 98],
      ],
      '#5f6f7d',
    ) +
    circle(church, 118, 8, '#fffaf0') +
    line(`M${n(church)} 118v-6M${n(church)} 118h4`, '#333', 1.6);
  svg += rect(church - 5, 148, 10, 20, '#7fa2b8', 5);
  snow += poly(
    [
      [church - 22, 99],
      [church, 34],
      [church + 22, 99],
      [church, 62],
    ],
    '#f7fbff',
    0.95,
  );
  glow += rect(church - 5, 148, 10, 20, '#ffcf70', 5);
  const count = 4 + r.int(2);
  for (let i = 0; i < count; i++) {
    const w = r.uniform(78, 104);
    const h = house(
      r,
      (i / count) * 620 - 20 + r.uniform(-8, 14),
      226 + r.uniform(-3, 8),
      w,
      r.uniform(62, 80),
      walls[i % walls.length] as string,
      roofs[i % roofs.length] as string,
    );
    svg += h.svg;
    snow += h.snow;
    glow += h.glow;
  }
  const ground = hillPath(r, 226, 3);
  const lane = `M${n(r.uniform(220, 380))} 228Q${n(r.uniform(180, 420))} 270 ${n(r.uniform(60, 200))} 344H${n(r.uniform(400, 540))}Q${n(r.uniform(330, 400))} 280 ${n(r.uniform(390, 420))} 228Z`;
  const wx = r.chance(0.5) ? r.uniform(40, 120) : r.uniform(480, 560);
  const well =
    ellipse(wx, 262, 34, 8, '#6b6a66') +
    rect(wx - 30, 236, 60, 28, '#9a968c', 4) +
    ellipse(wx, 237, 30, 7, '#46545c') +
    rect(wx - 28, 190, 5, 48, '#6b4a30') +
    rect(wx + 23, 190, 5, 48, '#6b4a30') +
    poly(
      [
        [wx - 40, 194],
        [wx, 168],
        [wx + 40, 194],
      ],
      roofs[0] as string,
    );
  const lamp = streetLamp('v', wx < 300 ? r.uniform(440, 560) : r.uniform(40, 160), 250);
  return {
    indoor: false,
    layers: [
      {
        depth: 0.9,
        svg: path(hillPath(r, 176, 16), mix(meadow, '#b7cfc4', 0.5)),
        snow: snowCover(hillPath(r, 180, 10)),
      },
      { depth: 0.45, svg, snow, glow },
      {
        depth: 0.12,
        svg: path(ground, meadow) + path(lane, '#d9c398', 0.9),
        snow: snowCover(ground),
        wet: puddles(r, 250, 332),
      },
      {
        depth: 0.08,
        svg: well + lamp.svg,
        snow: poly(
          [
            [wx - 42, 194],
            [wx, 163],
            [wx + 42, 194],
            [wx, 176],
          ],
          '#f7fbff',
        ),
        glow: lamp.glow,
      },
    ],
  };
}

export function market(r: Random): Scenery {
  const walls = r.shuffle(['#d9b38a', '#c98f6f', '#b9a58f', '#d8c3a0', '#a5a89a']);
  let [back, backGlow, backSnow] = ['', '', ''];
  for (let x = -20, i = 0; x < 620; i++) {
    const w = r.uniform(80, 120);
    const t = tower(r, x, 226, w, r.uniform(110, 160), walls[i % walls.length] as string, '#6f7f8c');
    back += t.svg;
    backGlow += t.glow;
    backSnow += t.snow;
    x += w;
  }
  const colours = r.shuffle(['#d9483f', '#2f8f6b', '#e0a02f', '#3f6fb5', '#a85aa0', '#e07a3f']);
  let [stalls, glow, snow] = ['', '', ''];
  let k = 0;
  for (let x = r.uniform(-60, -10); x < 600; x += r.uniform(166, 190), k++) {
    const c = colours[k % colours.length] as string;
    const w = 140;
    stalls +=
      rect(x + 6, 140, 5, 104, '#6b4a30') +
      rect(x + w - 11, 140, 5, 104, '#6b4a30') +
      rect(x, 206, w, 40, '#9c6b3f') +
      rect(x, 206, w, 6, '#b9854f');
    for (let s = 0; s < 7; s++)
      stalls += path(
        `M${n(x - 8 + (s * (w + 16)) / 7)} 128h${n((w + 16) / 7)}v24q${n(-(w + 16) / 14)} 12 ${n(-(w + 16) / 7)} 0Z`,
        s % 2 ? '#f8f1e2' : c,
      );
    stalls += path(
      `M${n(x - 8)} 128L${n(x + 10)} 108H${n(x + w - 10)}L${n(x + w + 8)} 128Z`,
      shade(c, -0.18),
    );
    snow += path(
      `M${n(x - 10)} 130L${n(x + 8)} 104H${n(x + w - 8)}L${n(x + w + 10)} 130L${n(x + w - 14)} 122H${n(x + 14)}Z`,
      '#f7fbff',
    );
    const goods = r.pick([
      ['#d8433d', '#e8b33c'],
      ['#f0883c', '#7fb34a'],
      ['#7a4f9a', '#c0d05a'],
      ['#e8c65a', '#c9503f'],
    ]);
    for (let g = 0; g < 2; g++) {
      const gx = x + 10 + g * 64;
      for (let row = 0; row < 2; row++)
        for (let f = 0; f < 5 - row; f++)
          stalls +=
            circle(gx + 7 + f * 11 + row * 5, 200 - row * 9, 6.4, goods[g] as string) +
            circle(gx + 5 + f * 11 + row * 5, 198 - row * 9, 2, '#fff', 0.4);
      stalls += rect(gx, 202, 58, 12, '#c59a5f');
    }
    stalls += line(`M${n(x + w / 2)} 150v10`, '#444', 1.5) + circle(x + w / 2, 168, 7, '#f7dfa0');
    glow += halo(`m${k}`, x + w / 2, 168, 66) + circle(x + w / 2, 168, 7, '#fff0bf');
  }
  let bunting = line('M0 60Q150 104 300 62T600 66', '#6b5a4a', 1.8);
  for (let i = 0; i < 24; i++) {
    const x = i * 25 + 6;
    const y = i < 12 ? 60 + 40 * Math.sin((Math.PI * x) / 300) * 0.56 : 64 + 4 * Math.sin(x / 30);
    bunting += poly(
      [
        [x, y],
        [x + 14, y],
        [x + 7, y + 18],
      ],
      colours[i % colours.length] as string,
    );
  }
  const paving = r.pick(['#c2b199', '#b5aba0', '#c9b08a']);
  let ground = rect(0, 226, 600, 118, paving);
  for (let y = 236; y < 344; y += 13)
    for (let x = r.uniform(-30, 0); x < 600; x += 34)
      ground += line(`M${n(x)} ${y}q9 -4 18 0`, shade(paving, -0.17), 1.6, 0.7);
  return {
    indoor: false,
    layers: [
      { depth: 0.8, svg: back, glow: backGlow, snow: backSnow },
      {
        depth: 0.2,
        svg: ground,
        snow: path('M0 226H600V344H0Z', '#f1f5fb', 0.84),
        wet: puddles(r, 252, 334),
      },
      { depth: 0.15, svg: bunting + stalls, glow, snow },
    ],
  };
}
