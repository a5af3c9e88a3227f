import type { Random } from '../../random/index.ts';
import { house, tree } from './pieces.ts';
import {
  circle,
  ellipse,
  fade,
  halo,
  hillPath,
  line,
  n,
  path,
  poly,
  puddles,
  rect,
  type Scenery,
  shade,
  snowCover,
  waves,
} from './svg.ts';
/** Harbour, ship and station: where journeys begin. Each is drawn from its set's seed. */

export function harbour(r: Random): Scenery {
  const sea = r.pick(['#3f7fa8', '#3b8a9c', '#4a7396']);
  const hills = path(hillPath(r, 158, 12), '#7f9a9a');
  let [town, townGlow, townSnow] = ['', '', ''];
  for (let i = 0; i < 7; i++) {
    const h = house(
      r,
      i * 88 - 20 + r.uniform(-8, 8),
      178,
      r.uniform(40, 56),
      r.uniform(26, 38),
      r.pick(['#f1e6cf', '#e8b9a0', '#cfe0e0', '#f3d98f']),
      r.pick(['#b5533c', '#5f6f7d']),
    );
    town += h.svg;
    townGlow += h.glow;
    townSnow += h.snow;
  }
  const lx = r.chance(0.5) ? r.uniform(30, 120) : r.uniform(480, 570);
  const tower =
    path(`M${n(lx - 15)} 182L${n(lx - 9)} 74H${n(lx + 9)}L${n(lx + 15)} 182Z`, '#f6f1e6') +
    path(
      `M${n(lx - 13.6)} 154L${n(lx - 12)} 128H${n(lx + 12)}L${n(lx + 13.6)} 154ZM${n(lx - 11)} 104L${n(lx - 9.8)} 84H${n(lx + 9.8)}L${n(lx + 11)} 104Z`,
      '#c94a41',
    ) +
    rect(lx - 14, 68, 28, 7, '#3f4a55') +
    rect(lx - 8, 52, 16, 17, '#f7e6a6') +
    poly(
      [
        [lx - 12, 53],
        [lx, 38],
        [lx + 12, 53],
      ],
      '#c94a41',
    );
  const dir = lx < 300 ? 1 : -1;
  const ray = `<linearGradient id="ray" x1="${dir > 0 ? 0 : 1}" x2="${dir > 0 ? 1 : 0}"><stop offset="0" stop-color="#fff2bd" stop-opacity=".75"/><stop offset="1" stop-color="#fff2bd" stop-opacity="0"/></linearGradient>${poly(
    [
      [lx, 58],
      [lx + dir * 340, 18],
      [lx + dir * 340, 104],
      [lx, 63],
    ],
    'url(#ray)',
  )}${rect(lx - 8, 52, 16, 17, '#fff7d0')}`;
  let boats = '';
  let boatGlow = '';
  for (let i = 0; i < 3; i++) {
    const x = 90 + i * 190 + r.uniform(-50, 50);
    const c = r.pick(['#c9503f', '#2f6f8f', '#3f8f6b', '#e0a03c', '#f1ece0']);
    boats +=
      rect(x - 2, 112, 4, 88, '#6b4a30') +
      (r.chance(0.6)
        ? poly(
            [
              [x + 4, 116],
              [x + 4, 186],
              [x + 48, 186],
            ],
            '#f7f1e3',
          ) +
          poly(
            [
              [x - 4, 126],
              [x - 4, 186],
              [x - 32, 186],
            ],
            '#ebe1cd',
          )
        : rect(x - 26, 174, 34, 24, '#f4efe2') +
          rect(x - 20, 179, 9, 9, '#7fa2b8') +
          rect(x - 6, 179, 9, 9, '#7fa2b8'));
    boats +=
      path(`M${n(x - 58)} 196H${n(x + 62)}L${n(x + 46)} 220H${n(x - 46)}Z`, c) +
      path(`M${n(x - 58)} 196H${n(x + 62)}l-4 6H${n(x - 54)}Z`, '#fff', 0.5);
    boatGlow += halo(`h${i}`, x, 118, 34) + circle(x, 118, 4, '#fff0bf');
  }
  const wood = r.pick(['#a97b50', '#94785c', '#b58a5e']);
  let quay = rect(0, 228, 600, 116, wood) + rect(0, 228, 600, 8, shade(wood, -0.28));
  for (let x = r.uniform(-20, 0); x < 620; x += 38)
    quay += line(`M${n(300 + (x - 300) * 0.9)} 236L${n(300 + (x - 300) * 1.3)} 344`, shade(wood, -0.2), 2.4);
  for (const x of [r.uniform(60, 200), r.uniform(380, 540)])
    quay += rect(x - 9, 206, 18, 30, '#4a4f55', 5) + rect(x - 13, 202, 26, 9, '#5c6269', 4);
  const cx = r.chance(0.5) ? r.uniform(-10, 60) : r.uniform(490, 560);
  quay +=
    rect(cx, 214, 48, 42, '#b9854f') +
    line(`M${n(cx)} 214l48 42m0-42l-48 42`, '#8f6236', 4) +
    rect(cx + 20, 178, 42, 38, '#c99a5f') +
    line(`M${n(cx + 20)} 197h42`, '#8f6236', 4);
  return {
    indoor: false,
    layers: [
      { depth: 0.9, svg: hills + town, glow: townGlow, snow: townSnow },
      { depth: 0.6, svg: tower, glow: ray },
      { depth: 0.5, svg: fade('sea', 0, 176, 600, 70, shade(sea, 0.2), sea) + waves(r, 178, 232, '#ffffff') },
      { depth: 0.3, svg: boats, glow: boatGlow },
      { depth: 0.08, svg: quay, snow: path('M0 228H600V344H0Z', '#f1f5fb', 0.84), wet: puddles(r, 256, 334) },
    ],
  };
}

export function ship(r: Random): Scenery {
  const sea = r.pick(['#2f7fae', '#2f8f9f', '#3f6f9f']);
  const wood = r.pick(['#b98a58', '#a5744a', '#c49a68']);
  const sea_ = fade('sea', 0, 150, 600, 100, shade(sea, 0.25), sea) + waves(r, 153, 224, '#ffffff');
  const isle = r.chance(0.5) ? path(`M${n(r.uniform(40, 420))} 152q36-30 72-20t64 20Z`, '#6f8f7a') : '';
  let rail = rect(0, 184, 600, 9, shade(wood, 0.12)) + rect(0, 222, 600, 7, shade(wood, -0.15));
  for (let x = r.uniform(-10, 10); x < 610; x += 30)
    rail += path(`M${n(x - 4)} 193h8l-2 14 3 15h-10l3-15Z`, '#f4ecdc');
  const bx = r.uniform(150, 450);
  rail += `<circle cx="${n(bx)}" cy="206" r="19" fill="none" stroke="#f7f2e8" stroke-width="10"/><path d="M${n(bx - 19)} 206h0m19-19v0" stroke="#d9483f" stroke-width="10"/><circle cx="${n(bx)}" cy="206" r="19" fill="none" stroke="#d9483f" stroke-width="10" stroke-dasharray="15 15"/>`;
  let deck = rect(0, 226, 600, 118, wood) + rect(0, 226, 600, 5, shade(wood, -0.35));
  for (let i = -14; i <= 14; i++)
    deck += line(`M${n(300 + i * 34)} 231L${n(300 + i * 54)} 344`, shade(wood, -0.22), 2);
  const mast = r.chance(0.5) ? r.uniform(70, 150) : r.uniform(450, 530);
  let rig =
    rect(mast - 8, -10, 16, 262, '#7a5436') +
    rect(mast - 8, -10, 5, 262, '#8f6643') +
    ellipse(mast, 252, 22, 6, '#5c3f2a');
  const sail = r.pick(['#f6efdf', '#f1e0c6', '#e8d0c0', '#d9e3e6']);
  rig +=
    rect(mast - 130, 20, 260, 8, '#6b4a30') +
    path(
      `M${n(mast - 122)} 28H${n(mast + 122)}Q${n(mast + 104)} 76 ${n(mast + 122)} 118Q${n(mast)} 146 ${n(mast - 122)} 118Q${n(mast - 104)} 76 ${n(mast - 122)} 28Z`,
      sail,
    ) +
    path(
      `M${n(mast - 112)} 52Q${n(mast)} 66 ${n(mast + 112)} 52v5Q${n(mast)} 71 ${n(mast - 112)} 57ZM${n(mast - 110)} 84Q${n(mast)} 100 ${n(mast + 110)} 84v5Q${n(mast)} 105 ${n(mast - 110)} 89Z`,
      r.pick(['#c94a41', '#3f6f9f', '#b9a585']),
      0.75,
    );
  rig += line(`M${n(mast)} 0L${n(mast - 200)} 190M${n(mast)} 0L${n(mast + 200)} 190`, '#4b3a2e', 2);
  const wheel = mast < 300 ? r.uniform(430, 540) : r.uniform(60, 170);
  rig +=
    path(`M${n(wheel - 16)} 252L${n(wheel - 8)} 196h16l8 56Z`, '#6b4a30') +
    `<circle cx="${n(wheel)}" cy="190" r="27" fill="none" stroke="#8a5a34" stroke-width="8"/>`;
  for (let a = 0; a < 8; a++)
    rig += line(
      `M${n(wheel)} 190L${n(wheel + 38 * Math.cos((a * Math.PI) / 4))} ${n(190 + 38 * Math.sin((a * Math.PI) / 4))}`,
      '#8a5a34',
      4.5,
    );
  rig += circle(wheel, 190, 7, '#d8a93a');
  rig +=
    line(`M${n(mast + 20)} 150v12`, '#333', 2) +
    rect(mast + 12, 162, 16, 22, '#f3e0a0', 3) +
    rect(mast + 10, 158, 20, 6, '#3b4148', 2);
  return {
    indoor: false,
    layers: [
      { depth: 0.95, svg: isle },
      { depth: 0.6, svg: sea_ },
      {
        depth: 0.15,
        svg: rail + deck,
        snow: path('M0 228H600V344H0ZM0 181H600V188H0Z', '#f1f5fb', 0.84),
        wet: puddles(r, 252, 334),
      },
      {
        depth: 0.05,
        svg: rig,
        glow: halo('s', mast + 20, 172, 84) + rect(mast + 12, 162, 16, 22, '#fff0bf', 3),
        snow: rect(mast - 130, 15, 260, 7, '#f7fbff', 3),
      },
    ],
  };
}

export function station(r: Random): Scenery {
  const train = r.pick(['#a83f3a', '#2f6f5c', '#3f5f8f', '#c98a2b', '#6b4f7a']);
  const back = [r.uniform(40, 180), r.uniform(260, 380), r.uniform(440, 580)].map((x) =>
    tree(r, x, 200, r.uniform(70, 110), '#7a9a6b', '#6b4f3a'),
  );
  const tx = r.uniform(-120, 40);
  let carriage =
    rect(tx, 92, 620, 112, train, 12) +
    rect(tx, 168, 620, 8, '#f1e3b8') +
    rect(tx, 84, 620, 14, shade(train, -0.35), 7) +
    rect(tx, 196, 620, 14, '#33363c');
  let glow = '';
  for (let i = 0; i < 7; i++) {
    const x = tx + 24 + i * 86;
    if (i % 3 === 1)
      carriage += rect(x, 112, 44, 88, shade(train, -0.18), 3) + rect(x + 8, 120, 28, 34, '#a9c7d6', 3);
    else {
      carriage +=
        rect(x - 2, 116, 60, 42, '#f1e3b8', 4) +
        rect(x + 2, 120, 52, 34, '#a9c7d6', 3) +
        path(`M${n(x + 6)} 150l16-26h8l-16 26Z`, '#fff', 0.35);
      glow += rect(x + 2, 120, 52, 34, '#ffd78a', 3);
    }
  }
  for (let i = 0; i < 8; i++)
    carriage += circle(tx + 50 + i * 74, 214, 13, '#3f434a') + circle(tx + 50 + i * 74, 214, 6, '#8a8f96');
  const stone = r.pick(['#b9b0a3', '#a9adb3', '#c2ac92']);
  let platform =
    rect(0, 226, 600, 118, stone) +
    rect(0, 226, 600, 6, shade(stone, -0.35)) +
    rect(0, 240, 600, 7, '#f0d34f');
  for (let x = r.uniform(-60, 0); x < 620; x += 62)
    platform += line(`M${n(300 + (x - 300))} 250L${n(300 + (x - 300) * 1.35)} 344`, shade(stone, -0.15), 1.8);
  platform += rect(0, 288, 600, 2, shade(stone, -0.15));
  const iron = r.pick(['#3f5a4f', '#4a4a55', '#5a3f3a']);
  let roof = rect(0, 0, 600, 26, iron) + rect(0, 24, 600, 7, shade(iron, -0.3));
  for (let x = 0; x < 600; x += 24) roof += path(`M${x} 31h24l-12 14Z`, shade(iron, 0.12));
  const posts = [r.uniform(40, 120), r.uniform(480, 560)];
  for (const x of posts)
    roof +=
      rect(x - 6, 30, 12, 222, iron) +
      `<path d="M${n(x - 46)} 34Q${n(x - 8)} 40 ${n(x - 6)} 84M${n(x + 46)} 34Q${n(x + 8)} 40 ${n(x + 6)} 84" fill="none" stroke="${iron}" stroke-width="6"/>` +
      rect(x - 12, 244, 24, 10, iron, 2);
  const cx = r.uniform(230, 370);
  roof +=
    rect(cx - 2, 30, 4, 22, iron) +
    circle(cx, 72, 23, iron) +
    circle(cx, 72, 19, '#fbf7ea') +
    line(`M${n(cx)} 72v-13M${n(cx)} 72l9 6`, '#222', 3);
  const bx = posts[0]! + r.uniform(50, 80);
  roof +=
    rect(bx, 216, 84, 7, '#8a5a34') +
    rect(bx, 234, 84, 8, '#9c6b3f') +
    rect(bx + 8, 240, 6, 20, iron) +
    rect(bx + 70, 240, 6, 20, iron);
  glow += '';
  const lamps = posts.map((x, i) => halo(`t${i}`, x, 92, 90) + circle(x, 92, 8, '#fff0bf')).join('');
  return {
    indoor: false,
    layers: [
      {
        depth: 0.9,
        svg: back.map((t) => t.svg).join('') + path(hillPath(r, 196, 4), '#8fa874'),
        snow: back.map((t) => t.snow).join('') + snowCover(hillPath(r, 196, 3)),
      },
      { depth: 0.35, svg: carriage, glow, snow: rect(tx + 4, 79, 612, 9, '#f7fbff', 4) },
      {
        depth: 0.1,
        svg: platform,
        snow: path('M0 228H600V262Q300 276 0 258Z', '#f1f5fb', 0.8),
        wet: puddles(r, 236, 300),
      },
      { depth: 0.05, svg: roof + posts.map((x) => circle(x, 92, 8, '#f3e6b8')).join(''), glow: lamps },
    ],
  };
}
