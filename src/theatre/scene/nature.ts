import type { Random } from '../../random/index.ts';
import {
  circle,
  ellipse,
  fade,
  hillPath,
  type Layer,
  line,
  mix,
  n,
  path,
  pine,
  poly,
  puddles,
  rect,
  type Scenery,
  shade,
  snowCover,
  tree,
  waves,
} from './svg.ts';

/** Places without walls and houses. Each is drawn from its seed, so that layouts differ and recur. */

export function forest(r: Random): Scenery {
  const green = r.pick(['#3f7d4a', '#2f6f52', '#5b8a3c', '#7b8a35', '#356b5f']);
  const trunk = r.pick(['#5d4331', '#6b4a30', '#4d3a33']);
  const pines = r.chance(0.6);
  const wood = (base: number, count: number, h: number, colour: string): { svg: string; snow: string } => {
    let [svg, snow] = ['', ''];
    for (let i = 0; i < count; i++) {
      const x = ((i + r.uniform(0.1, 0.9)) / count) * 640 - 20;
      const t = pines
        ? pine(x, base + r.uniform(-4, 6), h * r.uniform(0.75, 1.2), shade(colour, r.uniform(-0.08, 0.08)), trunk)
        : tree(r, x, base + r.uniform(-4, 6), h * r.uniform(0.8, 1.2), shade(colour, r.uniform(-0.08, 0.08)), trunk);
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
  const trail = path(`M${n(pathX - 16)} 226Q${n(pathX + r.uniform(-60, 60))} 270 ${n(pathX - 120)} 344H${n(pathX + 90)}Q${n(pathX + 40)} 270 ${n(pathX + 12)} 226Z`, '#c8ab7d', 0.75);
  let tufts = '';
  for (let i = 0; i < 26; i++) {
    const [x, y] = [r.uniform(0, 600), r.uniform(240, 330)];
    tufts += path(`M${n(x)} ${n(y)}l-3 -9 4 5 1 -9 3 9 4 -6 -2 10Z`, shade(grass, -0.22));
  }
  let near = '';
  for (const x of [r.uniform(-30, 20), r.uniform(570, 625)]) {
    const w = r.uniform(34, 50);
    near += path(`M${n(x - w / 2)} 0L${n(x - w * 0.6)} 300q-10 22-30 44h${n(w * 1.2 + 60)}q-20-22-28-46L${n(x + w / 2)} 0Z`, shade(trunk, -0.18));
    near += line(`M${n(x - 6)} 20q6 60 0 120t2 120`, shade(trunk, -0.34), 4, 0.7);
  }
  for (let i = 0; i < 3; i++) {
    const [x, y] = [r.uniform(30, 570), r.uniform(250, 275)];
    near += rect(x - 3, y - 10, 6, 11, '#efe3cd') + path(`M${n(x - 11)} ${n(y - 9)}a11 10 0 0 1 22 0Z`, '#c84a3a') + circle(x - 4, y - 13, 1.8, '#fff');
  }
  return {
    indoor: false,
    layers: [
      { depth: 0.95, svg: far.svg + path(hillPath(r, 204, 5), mix(green, '#b9cf9c', 0.55)), snow: far.snow + snowCover(hillPath(r, 206, 3)) },
      { depth: 0.5, svg: mid.svg, snow: mid.snow },
      { depth: 0.15, svg: path(ground, grass) + trail + tufts, snow: snowCover(ground), wet: puddles(r, 250, 330) },
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
      svg += poly([[x - w, base], [x, top], [x + w, base]], colour) + poly([[x, top], [x + w, base], [x + w * 0.12, base], [x - w * 0.1, top + h * 0.3]], '#000', 0.13);
      const cap = (base - top) * 0.3;
      const cw = w * 0.3;
      svg += path(`M${n(x)} ${n(top)}L${n(x + cw)} ${n(top + cap)}l${n(-cw * 0.4)} ${n(-cap * 0.25)}l${n(-cw * 0.35)} ${n(cap * 0.35)}l${n(-cw * 0.5)} ${n(-cap * 0.35)}l${n(-cw * 0.75)} ${n(cap * 0.25)}Z`, '#f6f9fd');
      snow += poly([[x - w * 0.8, base - (base - top) * 0.2], [x, top], [x + w * 0.8, base - (base - top) * 0.2], [x + w * 0.3, base - (base - top) * 0.4], [x, base - (base - top) * 0.25], [x - w * 0.4, base - (base - top) * 0.42]], '#f3f7fc', 0.9);
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
    rocks += poly([[x - s, y], [x - s * 0.7, y - s * 0.6], [x, y - s * 0.9], [x + s * 0.8, y - s * 0.45], [x + s, y]], shade(rock, -0.05));
    rocks += poly([[x - s * 0.7, y - s * 0.6], [x, y - s * 0.9], [x + s * 0.1, y - s * 0.4]], shade(rock, 0.25));
    snowRocks += poly([[x - s * 0.8, y - s * 0.5], [x, y - s * 0.95], [x + s * 0.82, y - s * 0.42], [x, y - s * 0.6]], '#f7fbff');
  }
  const layers: Layer[] = [
    { depth: 1, svg: far.svg, snow: far.snow },
    { depth: 0.6, svg: mid.svg, snow: mid.snow },
  ];
  if (r.chance(0.5)) {
    const x = r.uniform(80, 480);
    const svg = rect(x, 186, 62, 40, '#80573a') + poly([[x - 9, 190], [x + 31, 156], [x + 71, 190]], '#5a3b2c') + rect(x + 12, 200, 15, 14, '#9fb9c9') + rect(x + 38, 196, 15, 30, '#4a2f22');
    layers.push({ depth: 0.35, svg, snow: poly([[x - 11, 191], [x + 31, 152], [x + 73, 191], [x + 31, 164]], '#f7fbff'), glow: rect(x + 12, 200, 15, 14, '#ffcf70') });
  } else {
    const p = [r.uniform(20, 200), r.uniform(230, 360), r.uniform(400, 580)].map((x) => pine(x, 232, r.uniform(60, 95), '#3d6d55', '#5d4331'));
    layers.push({ depth: 0.35, svg: p.map((q) => q.svg).join(''), snow: p.map((q) => q.snow).join('') });
  }
  layers.push({ depth: 0.1, svg: path(ground, meadow) + path(hillPath(r, 268, 8), shade(meadow, -0.1)) + rocks, snow: snowCover(ground) + snowRocks, wet: puddles(r, 250, 330) });
  return { indoor: false, layers };
}

export function desert(r: Random): Scenery {
  const sand = r.pick(['#e3b876', '#dca365', '#e9c48d', '#d8935a']);
  const far = r.chance(0.5);
  let distant = '';
  for (let i = 0; i < 3; i++) {
    const x = 60 + i * 210 + r.uniform(-50, 50);
    const h = r.uniform(50, 100);
    if (far) {
      distant += poly([[x - h, 214], [x, 214 - h], [x + h, 214]], mix(sand, '#b98a5a', 0.4)) + poly([[x, 214 - h], [x + h, 214], [x + h * 0.2, 214]], '#5c3418', 0.25);
    } else {
      const w = r.uniform(40, 75);
      distant += path(`M${n(x - w)} 214l${n(w * 0.2)} ${n(-h)}h${n(w * 1.4)}l${n(w * 0.3)} ${n(h)}Z`, '#b9683f') + path(`M${n(x - w * 0.85)} ${n(214 - h * 0.7)}h${n(w * 1.68)}v6h${n(-w * 1.7)}ZM${n(x - w * 0.9)} ${n(214 - h * 0.4)}h${n(w * 1.8)}v5h${n(-w * 1.8)}Z`, '#8f4a2c', 0.6);
    }
  }
  const dune = (y: number, colour: string): string => {
    const x = r.uniform(100, 500);
    return path(`M-10 344V${n(y + 20)}Q${n(x / 2)} ${n(y - 34)} ${n(x)} ${n(y)}T610 ${n(y + r.uniform(-12, 14))}V344Z`, colour) + path(`M${n(x - 90)} ${n(y - 9)}Q${n(x - 40)} ${n(y - 10)} ${n(x)} ${n(y)}Q${n(x + 80)} ${n(y + 20)} ${n(x + 60)} ${n(y + 70)}Q${n(x - 30)} ${n(y + 30)} ${n(x - 90)} ${n(y - 9)}Z`, '#6b3b17', 0.14);
  };
  let cacti = '';
  let caps = '';
  for (let i = 0; i < 4; i++) {
    const [x, s] = [r.uniform(20, 580), r.uniform(0.7, 1.3)];
    const y = r.uniform(226, 246);
    const c = r.pick(['#4f8a52', '#5f8f45', '#3f7d5c']);
    cacti += line(`M${n(x)} ${n(y)}v${n(-62 * s)}`, c, 13 * s) + line(`M${n(x)} ${n(y - 22 * s)}h${n(-18 * s)}v${n(-20 * s)}M${n(x)} ${n(y - 30 * s)}h${n(17 * s)}v${n(-18 * s)}`, c, 9 * s);
    cacti += line(`M${n(x - 2)} ${n(y - 6)}v${n(-52 * s)}`, '#fff', 1.6, 0.3);
    caps += ellipse(x, y - 68 * s, 7 * s, 4 * s, '#f7fbff') + ellipse(x - 18 * s, y - 46 * s, 5 * s, 3 * s, '#f7fbff') + ellipse(x + 17 * s, y - 52 * s, 5 * s, 3 * s, '#f7fbff');
  }
  let ripples = '';
  for (let i = 0; i < 14; i++) ripples += line(`M${n(r.uniform(-20, 540))} ${n(r.uniform(262, 336))}q20 -6 42 0t38 0`, shade(sand, -0.16), 2, 0.6);
  const cover = `M-10 344V240Q300 220 610 236V344Z`;
  return {
    indoor: false,
    layers: [
      { depth: 0.95, svg: distant },
      { depth: 0.7, svg: dune(208, mix(sand, '#f3dcb4', 0.45)), snow: path('M-10 344V216Q300 198 610 214V344Z', '#f1f5fb', 0.55) },
      { depth: 0.4, svg: dune(224, sand) + cacti, snow: snowCover(cover) + caps },
      { depth: 0.05, svg: dune(270, shade(sand, 0.08)) + ripples, snow: snowCover('M-10 344V276Q300 258 610 274V344Z'), wet: puddles(r, 270, 330) },
    ],
  };
}

export function beach(r: Random): Scenery {
  const sea = r.pick(['#3f9fbf', '#3b8fc4', '#49b0b0', '#4f86b8']);
  const sand = r.pick(['#ecd29a', '#e8cba0', '#f0dcae']);
  let isle = '';
  if (r.chance(0.6)) {
    const x = r.uniform(60, 520);
    isle = path(`M${n(x - 70)} 170q30-34 66-30t74 30Z`, '#6f8f7a');
    if (r.chance(0.6)) isle += rect(x - 5, 96, 10, 46, '#f4efe6') + rect(x - 5, 108, 10, 8, '#c94a41') + rect(x - 5, 124, 10, 8, '#c94a41') + rect(x - 7, 88, 14, 10, '#51606b');
  } else {
    const x = r.uniform(80, 480);
    isle = poly([[x, 112], [x, 158], [x + 34, 158]], '#f7f3ea') + poly([[x - 3, 120], [x - 3, 158], [x - 24, 158]], '#e7ded0') + path(`M${n(x - 30)} 160h70l-12 14h-46Z`, '#8a5138');
  }
  const shore = `M-10 344V${n(226 + r.uniform(-5, 5))}Q150 ${n(214 + r.uniform(-6, 6))} 300 226T610 ${n(222 + r.uniform(-5, 5))}V344Z`;
  let bits = '';
  for (let i = 0; i < 12; i++) {
    const [x, y] = [r.uniform(0, 600), r.uniform(246, 334)];
    bits += r.chance(0.5) ? ellipse(x, y, 5, 3, r.pick(['#f6b6a0', '#fff4e0', '#d99a7a'])) : circle(x, y, 1.6, shade(sand, -0.25));
  }
  let near = '';
  let caps = '';
  if (r.chance(0.55)) {
    const side = r.chance(0.5) ? r.uniform(20, 90) : r.uniform(510, 580);
    const lean = side < 300 ? 40 : -40;
    near += `<path d="M${n(side)} 262Q${n(side + lean * 0.2)} 160 ${n(side + lean)} 78" fill="none" stroke="#8f6b45" stroke-width="13" stroke-linecap="round"/>`;
    for (const a of [-170, -140, -100, -60, -30, 0, 25]) near += `<path d="M0 0Q34 -24 78 6Q36 -4 0 0Z" fill="${shade('#3f8a4d', (a % 40) / 200)}" transform="translate(${n(side + lean)} 78) rotate(${a})"/>`;
    near += circle(side + lean - 6, 84, 6, '#6b4428') + circle(side + lean + 6, 86, 6, '#5c3a22');
    caps = ellipse(side + lean, 70, 36, 7, '#f7fbff');
  } else {
    const x = r.uniform(60, 540);
    const c = r.pick(['#e0574a', '#3f8fc4', '#f0b23c', '#5fa86a']);
    near += rect(x - 2.5, 150, 5, 110, '#f1ece0') + path(`M${n(x - 76)} 172Q${n(x)} 84 ${n(x + 76)} 172Z`, '#f8f4ea') + path(`M${n(x - 76)} 172Q${n(x - 56)} 112 ${n(x)} 128Q${n(x - 34)} 140 ${n(x - 38)} 172ZM${n(x)} 128Q${n(x + 56)} 112 ${n(x + 76)} 172H${n(x + 38)}Q${n(x + 34)} 140 ${n(x)} 128Z`, c);
    near += path(`M${n(x + 20)} 262l46-14 12 4-44 18Z`, c);
    caps = path(`M${n(x - 60)} 150Q${n(x)} 92 ${n(x + 60)} 150Q${n(x)} 116 ${n(x - 60)} 150Z`, '#f7fbff');
  }
  return {
    indoor: false,
    layers: [
      { depth: 0.95, svg: isle },
      { depth: 0.6, svg: fade('sea', 0, 164, 600, 90, shade(sea, 0.22), sea) + waves(r, 166, 232, '#ffffff') },
      { depth: 0.1, svg: path(shore, '#ffffff', 0.75) + `<g transform="translate(0 7)">${path(shore, shade(sand, -0.14))}</g><g transform="translate(0 15)">${path(shore, sand)}</g>${bits}`, snow: `<g transform="translate(0 13)">${snowCover(shore)}</g>`, wet: puddles(r, 262, 332) },
      { depth: 0.05, svg: near, snow: caps },
    ],
  };
}

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
    wall += poly([[x - s, y], [x - s * 0.3, y - s * 0.7], [x + s, y - s * 0.2], [x + s * 0.5, y + s * 0.6], [x - s * 0.6, y + s * 0.5]], shade(rock, r.uniform(-0.14, 0.12)));
  }
  let spikes = '';
  for (let x = -10; x < 610; x += r.uniform(24, 52)) {
    const [w, h] = [r.uniform(16, 34), r.uniform(24, 92) * (Math.abs(x - mx) < mw ? 0.5 : 1)];
    spikes += poly([[x - w / 2, -4], [x + w / 2, -4], [x + r.uniform(-4, 4), h]], shade(rock, -0.32)) + poly([[x - w / 2, -4], [x - w * 0.1, -4], [x, h]], shade(rock, -0.18));
  }
  const floor = hillPath(r, 228, 5);
  let ground = path(floor, shade(rock, -0.22)) + path(hillPath(r, 274, 6), shade(rock, -0.3));
  let gems = '';
  let glow = '';
  for (let i = 0; i < 7; i++) {
    const x = i < 4 ? r.uniform(0, 150) : r.uniform(450, 600);
    const [y, s] = [r.uniform(226, 262), r.uniform(16, 38)];
    for (const [dx, k, a] of [[-0.35, 0.7, -0.3], [0.35, 0.75, 0.3], [0, 1, 0]] as const) {
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
    hedge[0] += circle(x + r.uniform(-6, 6), 190 + r.uniform(-8, 8), r.uniform(24, 34), shade(leaf, r.uniform(-0.22, -0.08)));
    hedge[1] += ellipse(x, 168 + r.uniform(-4, 4), 22, 9, '#f7fbff', 0.95);
  }
  const back = [r.uniform(30, 160), r.uniform(250, 350), r.uniform(440, 570)].map((x) => tree(r, x, 214, r.uniform(110, 160), mix(leaf, '#a5c98b', 0.3), '#6b4f3a'));
  const lawn = r.pick(['#8cbf5a', '#7fb562', '#9cc267']);
  const ground = hillPath(r, 220, 3);
  let beds = '';
  let bedSnow = '';
  const colours = ['#e85d75', '#f5c542', '#f28f3b', '#b07be0', '#ffffff', '#e04848'];
  for (const [x0, x1, y] of [[-10, r.uniform(120, 200), 244], [r.uniform(400, 480), 610, 246]] as const) {
    beds += ellipse((x0 + x1) / 2, y, (x1 - x0) / 2, 15, '#6b4a33');
    bedSnow += ellipse((x0 + x1) / 2, y - 2, (x1 - x0) / 2, 13, '#f7fbff', 0.95);
    for (let i = 0; i < 20; i++) {
      const x = r.uniform(x0 + 12, x1 - 12);
      const fy = y + r.uniform(-8, 8);
      const c = r.pick(colours);
      beds += line(`M${n(x)} ${n(fy)}v-16`, '#3f7a3c', 2.5);
      for (const [dx, dy] of [[0, -5], [4.5, -1], [3, 4], [-3, 4], [-4.5, -1]] as const) beds += circle(x + dx, fy - 18 + dy, 3.6, c);
      beds += circle(x, fy - 18, 2.6, '#f7d558');
    }
  }
  let middle = '';
  let midSnow = '';
  const kind = r.int(3);
  const x = r.uniform(230, 370);
  if (kind === 0) {
    middle = ellipse(x, 226, 62, 14, '#b9bfc4') + ellipse(x, 222, 54, 10, '#6fb4d2') + rect(x - 6, 166, 12, 58, '#cfd4d8') + ellipse(x, 168, 30, 8, '#b9bfc4') + ellipse(x, 166, 24, 5, '#8cc7de') + line(`M${n(x)} 164q-16-34-26 2M${n(x)} 164q16-34 26 2M${n(x)} 164v-26`, '#d9f0fa', 3.5, 0.85);
    midSnow = ellipse(x, 220, 58, 9, '#f7fbff');
  } else if (kind === 1) {
    middle = `<path d="M${n(x - 52)} 228V130a52 52 0 0 1 104 0V228" fill="none" stroke="#f3efe6" stroke-width="9"/>`;
    for (let a = 0; a < 22; a++) {
      const t = (a / 21) * Math.PI;
      middle += circle(x - Math.cos(t) * 54, 130 - Math.sin(t) * 54, r.uniform(7, 11), shade(leaf, r.uniform(-0.1, 0.1))) + circle(x - Math.cos(t) * 56, 130 - Math.sin(t) * 55, 4, r.pick(['#f07a9a', '#f7b3c6', '#ffffff']));
    }
    midSnow = `<path d="M${n(x - 60)} 112a62 62 0 0 1 120 0" fill="none" stroke="#f7fbff" stroke-width="8"/>`;
  } else {
    middle = rect(x - 70, 130, 140, 98, '#dcefee') + poly([[x - 78, 132], [x, 92], [x + 78, 132]], '#cfe6e6');
    for (let i = -2; i <= 2; i++) middle += rect(x + i * 28 - 1.5, 130, 3, 98, '#7fa59b');
    middle += rect(x - 70, 174, 140, 3, '#7fa59b') + rect(x - 74, 130, 148, 4, '#7fa59b') + line(`M${n(x - 78)} 132L${n(x)} 92L${n(x + 78)} 132`, '#7fa59b', 4);
    midSnow = poly([[x - 82, 133], [x, 86], [x + 82, 133], [x, 100]], '#f7fbff');
  }
  let fence = '';
  for (let fx = -10; fx < 610; fx += 20) fence += path(`M${n(fx)} 222v-26l5-6 5 6v26Z`, '#f6f1e6');
  fence += rect(0, 200, 600, 4, '#ece4d3') + rect(0, 212, 600, 4, '#ece4d3');
  return {
    indoor: false,
    layers: [
      { depth: 0.8, svg: back.map((t) => t.svg).join('') + hedge[0], snow: back.map((t) => t.snow).join('') + hedge[1] },
      { depth: 0.4, svg: (kind === 1 ? fence : '') + path(ground, lawn) + middle, snow: snowCover(ground) + midSnow },
      { depth: 0.1, svg: path(`M250 226Q${n(r.uniform(200, 400))} 280 ${n(r.uniform(140, 260))} 344h190Q330 280 320 226Z`, '#e5d3a8', 0.85) + beds, snow: bedSnow, wet: puddles(r, 256, 332) },
    ],
  };
}
