import type { Random } from '../../random/index.ts';
import {
  circle,
  ellipse,
  fade,
  halo,
  hillPath,
  house,
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
  tree,
  waves,
} from './svg.ts';

/** Places with houses, ships and people's work. */

/** A tall house with rows of windows; some of them shine at night. */
function tower(r: Random, x: number, base: number, w: number, h: number, wall: string, pane: string): { svg: string; glow: string; snow: string } {
  let svg = rect(x, base - h, w, h, wall) + rect(x + w * 0.84, base - h, w * 0.16, h, shade(wall, -0.12)) + rect(x - 2, base - h - 4, w + 4, 7, shade(wall, -0.2));
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
    svg: rect(x - 3, base - 124, 6, 124, '#3b4148') + rect(x - 8, base - 6, 16, 6, '#3b4148', 2) + path(`M${n(x - 11)} ${n(base - 148)}h22l-4 24h-14Z`, '#f3e6b8') + path(`M${n(x - 14)} ${n(base - 148)}h28l-8-9h-12Z`, '#3b4148'),
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
    fronts += rect(x + 8, 190, w - 16, 42, shade(wall, -0.35)) + rect(x + 13, 198, w * 0.48, 34, '#a9c4cf') + rect(x + w * 0.66, 196, w * 0.2, 36, shade(awning, -0.3), 2);
    frontGlow += rect(x + 13, 198, w * 0.48, 34, '#ffd98a');
    for (let s = 0; s < 6; s++) fronts += path(`M${n(x + 6 + (s * (w - 12)) / 6)} 184h${n((w - 12) / 6)}v12q${n(-(w - 12) / 12)} 7 ${n(-(w - 12) / 6)} 0Z`, s % 2 ? '#f4ecdc' : awning);
    x += w + (r.chance(0.15) ? 26 : 2);
  }
  const lamps = [r.uniform(70, 170), r.uniform(420, 530)].map((x, k) => streetLamp(`l${k}`, x, 246));
  const paving = r.pick(['#a8a39b', '#9a9ea6', '#b3a58f']);
  let ground = rect(0, 230, 600, 114, paving) + rect(0, 230, 600, 7, shade(paving, -0.15)) + rect(0, 268, 600, 5, shade(paving, -0.3)) + rect(0, 273, 600, 71, '#62656d');
  for (let x = r.uniform(-40, 0); x < 600; x += 56) ground += line(`M${n(x)} 237l-16 31`, shade(paving, -0.14), 1.6);
  for (let x = r.uniform(-60, 0); x < 600; x += 96) ground += rect(x, 310, 48, 6, '#e6e2d6');
  return {
    indoor: false,
    layers: [
      { depth: 0.9, svg: skyline, glow: skyGlow },
      { depth: 0.45, svg: fronts, glow: frontGlow, snow: frontSnow },
      { depth: 0.15, svg: ground, snow: path('M0 230H600V270H0ZM0 276H600V344H0Z', '#f1f5fb', 0.86), wet: puddles(r, 250, 334) },
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
  svg += rect(church - 15, 96, 30, 130, '#e9e2d3') + poly([[church - 20, 98], [church, 40], [church + 20, 98]], '#5f6f7d') + circle(church, 118, 8, '#fffaf0') + line(`M${n(church)} 118v-6M${n(church)} 118h4`, '#333', 1.6);
  svg += rect(church - 5, 148, 10, 20, '#7fa2b8', 5);
  snow += poly([[church - 22, 99], [church, 34], [church + 22, 99], [church, 62]], '#f7fbff', 0.95);
  glow += rect(church - 5, 148, 10, 20, '#ffcf70', 5);
  const count = 4 + r.int(2);
  for (let i = 0; i < count; i++) {
    const w = r.uniform(78, 104);
    const h = house(r, (i / count) * 620 - 20 + r.uniform(-8, 14), 226 + r.uniform(-3, 8), w, r.uniform(62, 80), walls[i % walls.length] as string, roofs[i % roofs.length] as string);
    svg += h.svg;
    snow += h.snow;
    glow += h.glow;
  }
  const ground = hillPath(r, 226, 3);
  const lane = `M${n(r.uniform(220, 380))} 228Q${n(r.uniform(180, 420))} 270 ${n(r.uniform(60, 200))} 344H${n(r.uniform(400, 540))}Q${n(r.uniform(330, 400))} 280 ${n(r.uniform(390, 420))} 228Z`;
  const wx = r.chance(0.5) ? r.uniform(40, 120) : r.uniform(480, 560);
  const well = ellipse(wx, 262, 34, 8, '#6b6a66') + rect(wx - 30, 236, 60, 28, '#9a968c', 4) + ellipse(wx, 237, 30, 7, '#46545c') + rect(wx - 28, 190, 5, 48, '#6b4a30') + rect(wx + 23, 190, 5, 48, '#6b4a30') + poly([[wx - 40, 194], [wx, 168], [wx + 40, 194]], roofs[0] as string);
  const lamp = streetLamp('v', wx < 300 ? r.uniform(440, 560) : r.uniform(40, 160), 250);
  return {
    indoor: false,
    layers: [
      { depth: 0.9, svg: path(hillPath(r, 176, 16), mix(meadow, '#b7cfc4', 0.5)), snow: snowCover(hillPath(r, 180, 10)) },
      { depth: 0.45, svg, snow, glow },
      { depth: 0.12, svg: path(ground, meadow) + path(lane, '#d9c398', 0.9), snow: snowCover(ground), wet: puddles(r, 250, 332) },
      { depth: 0.08, svg: well + lamp.svg, snow: poly([[wx - 42, 194], [wx, 163], [wx + 42, 194], [wx, 176]], '#f7fbff'), glow: lamp.glow },
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
    stalls += rect(x + 6, 140, 5, 104, '#6b4a30') + rect(x + w - 11, 140, 5, 104, '#6b4a30') + rect(x, 206, w, 40, '#9c6b3f') + rect(x, 206, w, 6, '#b9854f');
    for (let s = 0; s < 7; s++) stalls += path(`M${n(x - 8 + (s * (w + 16)) / 7)} 128h${n((w + 16) / 7)}v24q${n(-(w + 16) / 14)} 12 ${n(-(w + 16) / 7)} 0Z`, s % 2 ? '#f8f1e2' : c);
    stalls += path(`M${n(x - 8)} 128L${n(x + 10)} 108H${n(x + w - 10)}L${n(x + w + 8)} 128Z`, shade(c, -0.18));
    snow += path(`M${n(x - 10)} 130L${n(x + 8)} 104H${n(x + w - 8)}L${n(x + w + 10)} 130L${n(x + w - 14)} 122H${n(x + 14)}Z`, '#f7fbff');
    const goods = r.pick([['#d8433d', '#e8b33c'], ['#f0883c', '#7fb34a'], ['#7a4f9a', '#c0d05a'], ['#e8c65a', '#c9503f']]);
    for (let g = 0; g < 2; g++) {
      const gx = x + 10 + g * 64;
      for (let row = 0; row < 2; row++) for (let f = 0; f < 5 - row; f++) stalls += circle(gx + 7 + f * 11 + row * 5, 200 - row * 9, 6.4, goods[g] as string) + circle(gx + 5 + f * 11 + row * 5, 198 - row * 9, 2, '#fff', 0.4);
      stalls += rect(gx, 202, 58, 12, '#c59a5f');
    }
    stalls += line(`M${n(x + w / 2)} 150v10`, '#444', 1.5) + circle(x + w / 2, 168, 7, '#f7dfa0');
    glow += halo(`m${k}`, x + w / 2, 168, 66) + circle(x + w / 2, 168, 7, '#fff0bf');
  }
  let bunting = line('M0 60Q150 104 300 62T600 66', '#6b5a4a', 1.8);
  for (let i = 0; i < 24; i++) {
    const x = i * 25 + 6;
    const y = i < 12 ? 60 + 40 * Math.sin((Math.PI * x) / 300) * 0.56 : 64 + 4 * Math.sin(x / 30);
    bunting += poly([[x, y], [x + 14, y], [x + 7, y + 18]], colours[i % colours.length] as string);
  }
  const paving = r.pick(['#c2b199', '#b5aba0', '#c9b08a']);
  let ground = rect(0, 226, 600, 118, paving);
  for (let y = 236; y < 344; y += 13) for (let x = r.uniform(-30, 0); x < 600; x += 34) ground += line(`M${n(x)} ${y}q9 -4 18 0`, shade(paving, -0.17), 1.6, 0.7);
  return {
    indoor: false,
    layers: [
      { depth: 0.8, svg: back, glow: backGlow, snow: backSnow },
      { depth: 0.2, svg: ground, snow: path('M0 226H600V344H0Z', '#f1f5fb', 0.84), wet: puddles(r, 252, 334) },
      { depth: 0.15, svg: bunting + stalls, glow, snow },
    ],
  };
}

export function harbour(r: Random): Scenery {
  const sea = r.pick(['#3f7fa8', '#3b8a9c', '#4a7396']);
  const hills = path(hillPath(r, 158, 12), '#7f9a9a');
  let [town, townGlow, townSnow] = ['', '', ''];
  for (let i = 0; i < 7; i++) {
    const h = house(r, i * 88 - 20 + r.uniform(-8, 8), 178, r.uniform(40, 56), r.uniform(26, 38), r.pick(['#f1e6cf', '#e8b9a0', '#cfe0e0', '#f3d98f']), r.pick(['#b5533c', '#5f6f7d']));
    town += h.svg;
    townGlow += h.glow;
    townSnow += h.snow;
  }
  const lx = r.chance(0.5) ? r.uniform(30, 120) : r.uniform(480, 570);
  const tower = path(`M${n(lx - 15)} 182L${n(lx - 9)} 74H${n(lx + 9)}L${n(lx + 15)} 182Z`, '#f6f1e6') + path(`M${n(lx - 13.600)} 154L${n(lx - 12)} 128H${n(lx + 12)}L${n(lx + 13.600)} 154ZM${n(lx - 11)} 104L${n(lx - 9.800)} 84H${n(lx + 9.800)}L${n(lx + 11)} 104Z`, '#c94a41') + rect(lx - 14, 68, 28, 7, '#3f4a55') + rect(lx - 8, 52, 16, 17, '#f7e6a6') + poly([[lx - 12, 53], [lx, 38], [lx + 12, 53]], '#c94a41');
  const dir = lx < 300 ? 1 : -1;
  const ray = `<linearGradient id="ray" x1="${dir > 0 ? 0 : 1}" x2="${dir > 0 ? 1 : 0}"><stop offset="0" stop-color="#fff2bd" stop-opacity=".75"/><stop offset="1" stop-color="#fff2bd" stop-opacity="0"/></linearGradient>${poly([[lx, 58], [lx + dir * 340, 18], [lx + dir * 340, 104], [lx, 63]], 'url(#ray)')}${rect(lx - 8, 52, 16, 17, '#fff7d0')}`;
  let boats = '';
  let boatGlow = '';
  for (let i = 0; i < 3; i++) {
    const x = 90 + i * 190 + r.uniform(-50, 50);
    const c = r.pick(['#c9503f', '#2f6f8f', '#3f8f6b', '#e0a03c', '#f1ece0']);
    boats += rect(x - 2, 112, 4, 88, '#6b4a30') + (r.chance(0.6) ? poly([[x + 4, 116], [x + 4, 186], [x + 48, 186]], '#f7f1e3') + poly([[x - 4, 126], [x - 4, 186], [x - 32, 186]], '#ebe1cd') : rect(x - 26, 174, 34, 24, '#f4efe2') + rect(x - 20, 179, 9, 9, '#7fa2b8') + rect(x - 6, 179, 9, 9, '#7fa2b8'));
    boats += path(`M${n(x - 58)} 196H${n(x + 62)}L${n(x + 46)} 220H${n(x - 46)}Z`, c) + path(`M${n(x - 58)} 196H${n(x + 62)}l-4 6H${n(x - 54)}Z`, '#fff', 0.5);
    boatGlow += halo(`h${i}`, x, 118, 34) + circle(x, 118, 4, '#fff0bf');
  }
  const wood = r.pick(['#a97b50', '#94785c', '#b58a5e']);
  let quay = rect(0, 228, 600, 116, wood) + rect(0, 228, 600, 8, shade(wood, -0.28));
  for (let x = r.uniform(-20, 0); x < 620; x += 38) quay += line(`M${n(300 + (x - 300) * 0.9)} 236L${n(300 + (x - 300) * 1.3)} 344`, shade(wood, -0.2), 2.4);
  for (const x of [r.uniform(60, 200), r.uniform(380, 540)]) quay += rect(x - 9, 206, 18, 30, '#4a4f55', 5) + rect(x - 13, 202, 26, 9, '#5c6269', 4);
  const cx = r.chance(0.5) ? r.uniform(-10, 60) : r.uniform(490, 560);
  quay += rect(cx, 214, 48, 42, '#b9854f') + line(`M${n(cx)} 214l48 42m0-42l-48 42`, '#8f6236', 4) + rect(cx + 20, 178, 42, 38, '#c99a5f') + line(`M${n(cx + 20)} 197h42`, '#8f6236', 4);
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
  for (let x = r.uniform(-10, 10); x < 610; x += 30) rail += path(`M${n(x - 4)} 193h8l-2 14 3 15h-10l3-15Z`, '#f4ecdc');
  const bx = r.uniform(150, 450);
  rail += `<circle cx="${n(bx)}" cy="206" r="19" fill="none" stroke="#f7f2e8" stroke-width="10"/><path d="M${n(bx - 19)} 206h0m19-19v0" stroke="#d9483f" stroke-width="10"/><circle cx="${n(bx)}" cy="206" r="19" fill="none" stroke="#d9483f" stroke-width="10" stroke-dasharray="15 15"/>`;
  let deck = rect(0, 226, 600, 118, wood) + rect(0, 226, 600, 5, shade(wood, -0.35));
  for (let i = -14; i <= 14; i++) deck += line(`M${n(300 + i * 34)} 231L${n(300 + i * 54)} 344`, shade(wood, -0.22), 2);
  const mast = r.chance(0.5) ? r.uniform(70, 150) : r.uniform(450, 530);
  let rig = rect(mast - 8, -10, 16, 262, '#7a5436') + rect(mast - 8, -10, 5, 262, '#8f6643') + ellipse(mast, 252, 22, 6, '#5c3f2a');
  const sail = r.pick(['#f6efdf', '#f1e0c6', '#e8d0c0', '#d9e3e6']);
  rig += rect(mast - 130, 20, 260, 8, '#6b4a30') + path(`M${n(mast - 122)} 28H${n(mast + 122)}Q${n(mast + 104)} 76 ${n(mast + 122)} 118Q${n(mast)} 146 ${n(mast - 122)} 118Q${n(mast - 104)} 76 ${n(mast - 122)} 28Z`, sail) + path(`M${n(mast - 112)} 52Q${n(mast)} 66 ${n(mast + 112)} 52v5Q${n(mast)} 71 ${n(mast - 112)} 57ZM${n(mast - 110)} 84Q${n(mast)} 100 ${n(mast + 110)} 84v5Q${n(mast)} 105 ${n(mast - 110)} 89Z`, r.pick(['#c94a41', '#3f6f9f', '#b9a585']), 0.75);
  rig += line(`M${n(mast)} 0L${n(mast - 200)} 190M${n(mast)} 0L${n(mast + 200)} 190`, '#4b3a2e', 2);
  const wheel = mast < 300 ? r.uniform(430, 540) : r.uniform(60, 170);
  rig += path(`M${n(wheel - 16)} 252L${n(wheel - 8)} 196h16l8 56Z`, '#6b4a30') + `<circle cx="${n(wheel)}" cy="190" r="27" fill="none" stroke="#8a5a34" stroke-width="8"/>`;
  for (let a = 0; a < 8; a++) rig += line(`M${n(wheel)} 190L${n(wheel + 38 * Math.cos((a * Math.PI) / 4))} ${n(190 + 38 * Math.sin((a * Math.PI) / 4))}`, '#8a5a34', 4.5);
  rig += circle(wheel, 190, 7, '#d8a93a');
  rig += line(`M${n(mast + 20)} 150v12`, '#333', 2) + rect(mast + 12, 162, 16, 22, '#f3e0a0', 3) + rect(mast + 10, 158, 20, 6, '#3b4148', 2);
  return {
    indoor: false,
    layers: [
      { depth: 0.95, svg: isle },
      { depth: 0.6, svg: sea_ },
      { depth: 0.15, svg: rail + deck, snow: path('M0 228H600V344H0ZM0 181H600V188H0Z', '#f1f5fb', 0.84), wet: puddles(r, 252, 334) },
      { depth: 0.05, svg: rig, glow: halo('s', mast + 20, 172, 84) + rect(mast + 12, 162, 16, 22, '#fff0bf', 3), snow: rect(mast - 130, 15, 260, 7, '#f7fbff', 3) },
    ],
  };
}

export function station(r: Random): Scenery {
  const train = r.pick(['#a83f3a', '#2f6f5c', '#3f5f8f', '#c98a2b', '#6b4f7a']);
  const back = [r.uniform(40, 180), r.uniform(260, 380), r.uniform(440, 580)].map((x) => tree(r, x, 200, r.uniform(70, 110), '#7a9a6b', '#6b4f3a'));
  const tx = r.uniform(-120, 40);
  let carriage = rect(tx, 92, 620, 112, train, 12) + rect(tx, 168, 620, 8, '#f1e3b8') + rect(tx, 84, 620, 14, shade(train, -0.35), 7) + rect(tx, 196, 620, 14, '#33363c');
  let glow = '';
  for (let i = 0; i < 7; i++) {
    const x = tx + 24 + i * 86;
    if (i % 3 === 1) carriage += rect(x, 112, 44, 88, shade(train, -0.18), 3) + rect(x + 8, 120, 28, 34, '#a9c7d6', 3);
    else {
      carriage += rect(x - 2, 116, 60, 42, '#f1e3b8', 4) + rect(x + 2, 120, 52, 34, '#a9c7d6', 3) + path(`M${n(x + 6)} 150l16-26h8l-16 26Z`, '#fff', 0.35);
      glow += rect(x + 2, 120, 52, 34, '#ffd78a', 3);
    }
  }
  for (let i = 0; i < 8; i++) carriage += circle(tx + 50 + i * 74, 214, 13, '#3f434a') + circle(tx + 50 + i * 74, 214, 6, '#8a8f96');
  const stone = r.pick(['#b9b0a3', '#a9adb3', '#c2ac92']);
  let platform = rect(0, 226, 600, 118, stone) + rect(0, 226, 600, 6, shade(stone, -0.35)) + rect(0, 240, 600, 7, '#f0d34f');
  for (let x = r.uniform(-60, 0); x < 620; x += 62) platform += line(`M${n(300 + (x - 300))} 250L${n(300 + (x - 300) * 1.35)} 344`, shade(stone, -0.15), 1.8);
  platform += rect(0, 288, 600, 2, shade(stone, -0.15));
  const iron = r.pick(['#3f5a4f', '#4a4a55', '#5a3f3a']);
  let roof = rect(0, 0, 600, 26, iron) + rect(0, 24, 600, 7, shade(iron, -0.3));
  for (let x = 0; x < 600; x += 24) roof += path(`M${x} 31h24l-12 14Z`, shade(iron, 0.12));
  const posts = [r.uniform(40, 120), r.uniform(480, 560)];
  for (const x of posts) roof += rect(x - 6, 30, 12, 222, iron) + `<path d="M${n(x - 46)} 34Q${n(x - 8)} 40 ${n(x - 6)} 84M${n(x + 46)} 34Q${n(x + 8)} 40 ${n(x + 6)} 84" fill="none" stroke="${iron}" stroke-width="6"/>` + rect(x - 12, 244, 24, 10, iron, 2);
  const cx = r.uniform(230, 370);
  roof += rect(cx - 2, 30, 4, 22, iron) + circle(cx, 72, 23, iron) + circle(cx, 72, 19, '#fbf7ea') + line(`M${n(cx)} 72v-13M${n(cx)} 72l9 6`, '#222', 3);
  const bx = posts[0]! + r.uniform(50, 80);
  roof += rect(bx, 216, 84, 7, '#8a5a34') + rect(bx, 234, 84, 8, '#9c6b3f') + rect(bx + 8, 240, 6, 20, iron) + rect(bx + 70, 240, 6, 20, iron);
  glow += '';
  const lamps = posts.map((x, i) => halo(`t${i}`, x, 92, 90) + circle(x, 92, 8, '#fff0bf')).join('');
  return {
    indoor: false,
    layers: [
      { depth: 0.9, svg: back.map((t) => t.svg).join('') + path(hillPath(r, 196, 4), '#8fa874'), snow: back.map((t) => t.snow).join('') + snowCover(hillPath(r, 196, 3)) },
      { depth: 0.35, svg: carriage, glow, snow: rect(tx + 4, 79, 612, 9, '#f7fbff', 4) },
      { depth: 0.1, svg: platform, snow: path('M0 228H600V262Q300 276 0 258Z', '#f1f5fb', 0.8), wet: puddles(r, 236, 300) },
      { depth: 0.05, svg: roof + posts.map((x) => circle(x, 92, 8, '#f3e6b8')).join(''), glow: lamps },
    ],
  };
}
