import type { Random } from '../../random/index.ts';
import {
  books,
  circle,
  ellipse,
  halo,
  type Hole,
  hillPath,
  type Layer,
  line,
  mix,
  n,
  path,
  poly,
  potPlant,
  rect,
  type Scenery,
  shade,
  snowCover,
  wallWithHoles,
  windowFrame,
} from './svg.ts';

/** Rooms: a wall with windows, behind which the sky and the weather are. */

/** What one sees through the windows, below the sky. */
function outside(r: Random): Layer {
  let houses = '';
  let glow = '';
  for (let x = -10; x < 600; x += 60) {
    const h = r.uniform(16, 44);
    houses += rect(x, 176 - h, r.uniform(36, 54), h + 60, '#8fa0a8');
    glow += rect(x + 10, 182 - h, 8, 8, '#ffcf70') + rect(x + 26, 186 - h, 8, 8, '#ffcf70');
  }
  return r.chance(0.5)
    ? { depth: 0.8, svg: path(hillPath(r, 150, 14), '#86a878'), snow: snowCover(hillPath(r, 150, 10)) }
    : { depth: 0.8, svg: houses, glow, snow: path(hillPath(r, 176, 3), '#f1f5fb', 0.8) };
}

/** Daylight from the windows onto the floor. */
function beams(holes: readonly Hole[]): string {
  const fade = `<linearGradient id="beam" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#ffe7b0" stop-opacity=".55"/><stop offset="1" stop-color="#ffe7b0" stop-opacity=".06"/></linearGradient>`;
  return (
    fade +
    holes
      .map((h) => poly([[h.x, h.y], [h.x + h.w, h.y], [h.x + h.w + 120, 344], [h.x + 40, 344]], 'url(#beam)'))
      .join('')
  );
}

function floorBoards(r: Random, y: number, wood: string): string {
  let out = rect(0, y, 600, 344 - y, wood) + rect(0, y - 9, 600, 10, shade(wood, -0.3));
  for (let i = -12; i <= 12; i++) out += line(`M${n(300 + i * 44)} ${y + 2}L${n(300 + i * 66)} 344`, shade(wood, -0.16), 1.8);
  for (let i = 0; i < 14; i++) out += line(`M${n(r.uniform(0, 560))} ${n(r.uniform(y + 12, 336))}h${n(r.uniform(10, 36))}`, shade(wood, -0.12), 1.4);
  return out;
}

function picture(r: Random, x: number, y: number, w: number, h: number): string {
  const sky = r.pick(['#f3d9a5', '#a9cfe0', '#e8b9a0', '#c9d8b5']);
  return rect(x - 5, y - 5, w + 10, h + 10, '#8a6238', 2) + rect(x, y, w, h, sky) + path(`M${n(x)} ${n(y + h)}V${n(y + h * 0.6)}L${n(x + w * 0.3)} ${n(y + h * 0.35)}L${n(x + w * 0.55)} ${n(y + h * 0.7)}L${n(x + w * 0.75)} ${n(y + h * 0.5)}L${n(x + w)} ${n(y + h * 0.75)}V${n(y + h)}Z`, r.pick(['#6f8f6b', '#7a6f9a', '#b5653f'])) + circle(x + w * 0.72, y + h * 0.26, h * 0.12, '#fff6d8');
}

/** Windows side by side that leave room for furniture. */
function windows(r: Random, count: number, w: number, h: number, y: number, arch = false): Hole[] {
  const start = r.uniform(60, 540 - count * (w + 40));
  return Array.from({ length: count }, (_, i) => ({ x: start + i * (w + r.uniform(38, 44)), y, w, h, arch }));
}

/** A free stretch of wall for something `w` wide, away from the windows; falls back to the wider side. */
function freeX(r: Random, holes: readonly Hole[], w: number, taken: [number, number][] = []): number {
  const blocked = [...holes.map((h): [number, number] => [h.x - 12, h.x + h.w + 12]), ...taken];
  for (let i = 0; i < 40; i++) {
    const x = r.uniform(4, 596 - w);
    if (blocked.every(([a, b]) => x + w < a || x > b)) {
      taken.push([x - 6, x + w + 6]);
      return x;
    }
  }
  const x = (holes[0]?.x ?? 0) > 300 ? 4 : 596 - w;
  taken.push([x, x + w]);
  return x;
}

export function room(r: Random): Scenery {
  const wallColour = r.pick(['#e8c978', '#c7d3b5', '#d9a59a', '#a9c3cf', '#d8c3d8', '#cfb18a', '#8fae9f']);
  const holes = windows(r, 1 + r.int(2), 74, 96, 58);
  let wall = wallWithHoles(wallColour, 232, holes);
  const taken: [number, number][] = [];
  let stripes = '';
  if (r.chance(0.5)) {
    for (let x = 8; x < 600; x += 28) if (holes.every((h) => x + 10 < h.x - 2 || x > h.x + h.w + 2)) stripes += rect(x, 0, 10, 222, shade(wallColour, -0.06));
  } else {
    for (let y = 20; y < 214; y += 34) for (let x = (y / 34) % 2 < 1 ? 14 : 34; x < 600; x += 40) if (holes.every((h) => x < h.x - 8 || x > h.x + h.w + 8 || y < h.y - 8 || y > h.y + h.h + 12)) stripes += circle(x, y, 3.4, shade(wallColour, 0.2));
  }
  wall += stripes + rect(0, 216, 600, 16, shade(wallColour, 0.4)) + holes.map((h) => windowFrame(h, '#f8f4ea')).join('');
  const curtain = r.pick(['#c9574a', '#4f7f9f', '#7f9a5f', '#b58ab5', '#e0a94a']);
  for (const h of holes) {
    wall += path(`M${n(h.x - 16)} ${n(h.y - 8)}h26q-2 60-14 ${n(h.h + 18)}h-14Z`, curtain) + path(`M${n(h.x + h.w + 16)} ${n(h.y - 8)}h-26q2 60 14 ${n(h.h + 18)}h14Z`, curtain) + rect(h.x - 24, h.y - 14, h.w + 48, 6, '#8a6238', 3);
  }
  wall += picture(r, freeX(r, holes, 60, taken), r.uniform(64, 90), 56, 44);
  const wood = r.pick(['#a9744a', '#8f6242', '#c0935f']);
  let furniture = '';
  const sx = r.uniform(20, 420);
  const sofa = r.pick(['#b5503f', '#3f6f7a', '#5f7f4f', '#7a5a8f', '#d09a4a']);
  furniture += rect(sx, 178, 160, 48, sofa, 12) + rect(sx - 12, 192, 26, 50, shade(sofa, -0.12), 10) + rect(sx + 146, 192, 26, 50, shade(sofa, -0.12), 10) + rect(sx + 8, 208, 144, 30, shade(sofa, 0.1), 6) + line(`M${n(sx + 80)} 210v26`, shade(sofa, -0.2), 2);
  furniture += rect(sx + 22, 186, 30, 28, r.pick(['#f3d98f', '#e8e0cf', '#d98f7a']), 5);
  const lx = sx > 230 ? sx - 50 : sx + 222;
  furniture += rect(lx - 2.5, 128, 5, 112, '#4b3a2e') + ellipse(lx, 242, 20, 5, '#4b3a2e') + path(`M${n(lx - 26)} 132L${n(lx - 15)} 92h30l11 40Z`, '#f4e3b8');
  furniture += potPlant(sx > 230 ? r.uniform(30, sx - 100) : r.uniform(lx + 50, 570), 246, 62, '#4f8a52', '#b5653f');
  const rug = ellipse(r.uniform(230, 370), 300, 190, 30, r.pick(['#b5503f', '#4f6f8f', '#8f7f4f', '#6f8f7a']));
  return {
    indoor: true,
    layers: [
      outside(r),
      { depth: 0.05, svg: wall, beam: beams(holes) },
      { depth: 0, svg: floorBoards(r, 232, wood) + rug + furniture, glow: halo('r', lx, 118, 150, '#ffc977', 0.8) + path(`M${n(lx - 26)} 132L${n(lx - 15)} 92h30l11 40Z`, '#ffe2a0', 0.7) },
    ],
  };
}

export function kitchen(r: Random): Scenery {
  const wallColour = r.pick(['#f0dfb5', '#cfe0d3', '#e8c3a5', '#d3dfe8', '#f3e8d0']);
  const unit = r.pick(['#5f8f8a', '#8a5f4a', '#c9c2b0', '#4f6f9a', '#a9574a', '#7f9a5f']);
  const holes = windows(r, 1, 92, 78, 62);
  const hole = holes[0] as Hole;
  let wall = wallWithHoles(wallColour, 236, holes);
  for (let y = 142; y < 196; y += 14) for (let x = 0; x < 600; x += 20) wall += `<rect x="${x + 1}" y="${y + 1}" width="18" height="12" fill="${(x / 20 + y / 14) % 3 < 1 ? shade(wallColour, 0.5) : shade(wallColour, 0.3)}"/>`;
  wall += rect(hole.x - 4, 138, hole.w + 8, 8, wallColour) + windowFrame(hole, '#fbf8f0');
  const taken: [number, number][] = [];
  const fx = r.chance(0.5) ? 6 : 520;
  const fridge = rect(fx, 92, 74, 150, r.pick(['#eef1f2', '#d9534f', '#9fc7c2', '#f3e3b5']), 8);
  taken.push([fx - 6, fx + 80]);
  let units = rect(0, 196, 600, 10, '#e9e2d3') + rect(0, 206, 600, 38, unit);
  for (let x = 4; x < 600; x += 62) units += `<rect x="${x}" y="211" width="54" height="29" rx="3" fill="${shade(unit, 0.12)}"/>` + rect(x + 22, 216, 12, 3, '#e8d9a8');
  const sx = freeX(r, holes, 84, taken);
  units += rect(sx, 192, 84, 52, '#4a4f55') + rect(sx + 10, 210, 64, 28, '#2b2f33', 3) + rect(sx + 16, 215, 52, 16, '#7a4a2f') + ellipse(sx + 24, 193, 16, 3, '#222') + ellipse(sx + 62, 193, 16, 3, '#222');
  units += path(`M${n(sx + 8)} 170h32v16q0 6-6 6h-20q-6 0-6-6Z`, r.pick(['#c9503f', '#3f6f9f', '#d8a93a'])) + rect(sx + 4, 167, 40, 5, '#8a8f96', 2);
  let shelf = '';
  const shx = freeX(r, holes, 130, taken);
  for (const y of [84, 120]) {
    shelf += rect(shx, y, 130, 6, '#9c6b3f');
    for (let x = shx + 6; x < shx + 112; x += 24) {
      const c = r.pick(['#c9503f', '#e0a94a', '#4f7f6b', '#f4efe2', '#5f7fae']);
      shelf += r.chance(0.5) ? rect(x, y - 20, 15, 20, c, 3) + rect(x + 2, y - 24, 11, 5, '#8a6238', 2) : path(`M${n(x)} ${y - 14}h16q0 14-8 14t-8-14Z`, c);
    }
  }
  for (let i = 0; i < 3; i++) units += circle(hole.x + 12 + i * 15, 188, 8, r.pick(['#d8433d', '#f0a03c', '#9fbf4a']));
  const tiles = r.pick(['#d8b08a', '#b9c2c7', '#c9a585']);
  let floor = rect(0, 242, 600, 102, tiles) + rect(0, 240, 600, 6, shade(unit, -0.35));
  for (let i = -12; i <= 12; i++) floor += line(`M${n(300 + i * 46)} 246L${n(300 + i * 74)} 344`, shade(tiles, -0.14), 2);
  for (const y of [258, 278, 306]) floor += rect(0, y, 600, 2, shade(tiles, -0.14));
  const lx = r.uniform(200, 400);
  const lamp = rect(lx - 1.5, 0, 3, 34, '#444') + path(`M${n(lx - 30)} 60q0-26 30-26t30 26Z`, r.pick(['#c9503f', '#3f7f7a', '#e0a94a'])) + ellipse(lx, 60, 30, 5, '#fff3cf');
  return {
    indoor: true,
    layers: [
      outside(r),
      { depth: 0.05, svg: wall + shelf, beam: beams(holes) },
      { depth: 0, svg: fridge + rect(fx + 8, 108, 5, 26, '#9aa3a8', 2) + rect(fx + 4, 150, 66, 3, '#b9c2c6') + units + floor + lamp, glow: halo('k', lx, 62, 210, '#ffd28a', 0.75) },
    ],
  };
}

export function library(r: Random): Scenery {
  const wood = r.pick(['#7a4f33', '#6b4a3a', '#8a6238', '#5c4335']);
  const holes = windows(r, 1 + r.int(2), 66, 128, 34, true);
  const wallColour = r.pick(['#b59a78', '#8f9f8a', '#a98a7a', '#9aa0ae']);
  let wall = wallWithHoles(wallColour, 234, holes) + holes.map((h) => windowFrame(h, shade(wood, 0.1))).join('');
  for (let x = -30; x < 600; x += 96) {
    if (holes.some((h) => x + 92 > h.x - 10 && x < h.x + h.w + 10)) continue;
    wall += rect(x, 12, 92, 222, wood) + rect(x + 5, 18, 82, 210, shade(wood, -0.4));
    for (let row = 0; row < 5; row++) wall += books(r, x + 6, 20 + row * 42, 80, 36) + rect(x + 3, 56 + row * 42, 86, 6, shade(wood, 0.1));
  }
  for (const h of holes) {
    wall += rect(h.x - 10, 186, h.w + 20, 48, wood) + books(r, h.x - 5, 192, h.w + 10, 34);
  }
  const carpet = r.pick(['#8f3f3f', '#3f5f5a', '#4a4f7a', '#7a5f3f']);
  const deskX = r.chance(0.5) ? r.uniform(10, 120) : r.uniform(400, 480);
  const desk = rect(deskX, 214, 112, 9, shade(wood, 0.2)) + rect(deskX + 6, 222, 9, 42, shade(wood, -0.1)) + rect(deskX + 97, 222, 9, 42, shade(wood, -0.1)) + rect(deskX + 62, 206, 30, 8, '#a8433a') + rect(deskX + 64, 199, 26, 7, '#3f5f8f') + rect(deskX + 26, 188, 4, 26, '#8a6a2f') + path(`M${n(deskX + 10)} 190q18-22 36 0Z`, '#2f7a55') + ellipse(deskX + 28, 214, 12, 3, '#8a6a2f');
  const ladder = r.uniform(200, 380);
  const steps = line(`M${n(ladder)} 240L${n(ladder + 22)} 26M${n(ladder + 30)} 240L${n(ladder + 44)} 26`, '#b98a58', 5) + [60, 96, 132, 168, 204].map((y) => line(`M${n(ladder + (240 - y) * 0.103)} ${y}h27`, '#b98a58', 4)).join('');
  return {
    indoor: true,
    layers: [
      outside(r),
      { depth: 0.05, svg: wall + (r.chance(0.6) ? steps : ''), beam: beams(holes) },
      { depth: 0, svg: floorBoards(r, 234, shade(wood, 0.25)) + ellipse(300, 306, 240, 34, carpet) + ellipse(300, 306, 216, 27, shade(carpet, 0.14)) + ellipse(300, 306, 204, 23, carpet) + desk, glow: halo('d', deskX + 28, 194, 150, '#ffd07a', 0.85) + halo('e', 300, 20, 220, '#ffcf85', 0.4) },
    ],
  };
}

export function cafe(r: Random): Scenery {
  const wallColour = r.pick(['#7f9a8f', '#c98f6b', '#5f7387', '#d8bf94', '#a8686a']);
  const holes: Hole[] = [{ x: r.uniform(30, 250), y: 56, w: 190, h: 118 }];
  const hole = holes[0] as Hole;
  let wall = wallWithHoles(wallColour, 232, holes) + rect(0, 182, 600, 50, shade(wallColour, -0.35));
  for (let x = 0; x < 600; x += 30) wall += rect(x, 182, 2, 50, shade(wallColour, -0.45));
  wall += windowFrame(hole, '#4b3a2e', false) + rect(hole.x + 62, hole.y, 4, hole.h, '#4b3a2e') + rect(hole.x + 126, hole.y, 4, hole.h, '#4b3a2e');
  for (let s = 0; s < 10; s++) wall += path(`M${n(hole.x - 10 + s * 21)} ${hole.y - 8}h21v16q-10.500 8-21 0Z`, s % 2 ? '#f7f0e0' : r.pick(['#c9503f']));
  const bx = hole.x > 170 ? r.uniform(20, hole.x - 130) : r.uniform(hole.x + 220, 470);
  wall += rect(bx, 60, 100, 84, '#8a6238', 3) + rect(bx + 6, 66, 88, 72, '#2f3b38') + [80, 94, 108, 122].map((y) => line(`M${n(bx + 16)} ${y}h${n(r.uniform(28, 46))}M${n(bx + 72)} ${y}h12`, '#f4efe2', 2.6, 0.85)).join('');
  const wood = r.pick(['#a9744a', '#7a5436', '#c0935f']);
  const cx = hole.x > 170 ? -20 : 400;
  let counter = rect(cx, 188, 220, 56, shade(wood, -0.1)) + rect(cx - 6, 180, 232, 11, shade(wood, 0.25), 3);
  for (let x = cx + 12; x < cx + 200; x += 40) counter += rect(x, 198, 30, 38, shade(wood, 0.08), 2);
  counter += rect(cx + 30, 138, 62, 43, '#b9bfc4', 6) + rect(cx + 36, 146, 50, 12, '#5c636a', 3) + circle(cx + 46, 168, 4, '#c9503f') + path(`M${n(cx + 126)} 180q0-30 32-30t32 30Z`, '#dcebee', 0.8) + ellipse(cx + 158, 174, 20, 6, '#d8a05a') + circle(cx + 158, 166, 8, '#c9703f');
  let tables = '';
  const tx = cx < 100 ? r.uniform(330, 480) : r.uniform(80, 250);
  tables += ellipse(tx, 218, 52, 9, shade(wood, 0.3)) + rect(tx - 4, 220, 8, 40, '#3b3430') + ellipse(tx, 262, 24, 5, '#3b3430') + path(`M${n(tx - 20)} 200h20v8q0 8-8 8h-4q-8 0-8-8Z`, '#f7f3ea') + rect(tx + 16, 196, 10, 20, '#7fb0c9', 3) + circle(tx + 21, 190, 7, '#e8718f');
  const lamps = [r.uniform(80, 160), r.uniform(270, 330), r.uniform(440, 520)];
  const shades = lamps.map((x) => rect(x - 1.2, 0, 2.4, 24, '#333') + path(`M${n(x - 19)} 46L${n(x - 7)} 24h14l12 22Z`, '#2f3438') + ellipse(x, 46, 19, 3.5, '#fff0c4')).join('');
  return {
    indoor: true,
    layers: [
      outside(r),
      { depth: 0.05, svg: wall, beam: beams(holes) },
      { depth: 0, svg: floorBoards(r, 238, mix(wood, '#6b4a3a', 0.4)) + counter + tables + shades, glow: lamps.map((x, i) => halo(`c${i}`, x, 50, 130, '#ffcf85', 0.75)).join('') },
    ],
  };
}
