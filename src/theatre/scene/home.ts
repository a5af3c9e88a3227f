import type { Random } from '../../random/index.ts';
import { beams, floorBoards, freeX, outside, picture, windows } from './interior.ts';
import { potPlant } from './pieces.ts';
import {
  circle,
  ellipse,
  type Hole,
  halo,
  line,
  n,
  path,
  rect,
  type Scenery,
  shade,
  wallWithHoles,
  windowFrame,
} from './svg.ts';
/** Rooms at home. */

export function room(r: Random): Scenery {
  const wallColour = r.pick(['#e8c978', '#c7d3b5', '#d9a59a', '#a9c3cf', '#d8c3d8', '#cfb18a', '#8fae9f']);
  const holes = windows(r, 1 + r.int(2), 74, 96, 58);
  let wall = wallWithHoles(wallColour, 232, holes);
  const taken: [number, number][] = [];
  let stripes = '';
  if (r.chance(0.5)) {
    for (let x = 8; x < 600; x += 28)
      if (holes.every((h) => x + 10 < h.x - 2 || x > h.x + h.w + 2))
        stripes += rect(x, 0, 10, 222, shade(wallColour, -0.06));
  } else {
    for (let y = 20; y < 214; y += 34)
      for (let x = (y / 34) % 2 < 1 ? 14 : 34; x < 600; x += 40)
        if (holes.every((h) => x < h.x - 8 || x > h.x + h.w + 8 || y < h.y - 8 || y > h.y + h.h + 12))
          stripes += circle(x, y, 3.4, shade(wallColour, 0.2));
  }
  wall +=
    stripes +
    rect(0, 216, 600, 16, shade(wallColour, 0.4)) +
    holes.map((h) => windowFrame(h, '#f8f4ea')).join('');
  const curtain = r.pick(['#c9574a', '#4f7f9f', '#7f9a5f', '#b58ab5', '#e0a94a']);
  for (const h of holes) {
    wall +=
      path(`M${n(h.x - 16)} ${n(h.y - 8)}h26q-2 60-14 ${n(h.h + 18)}h-14Z`, curtain) +
      path(`M${n(h.x + h.w + 16)} ${n(h.y - 8)}h-26q2 60 14 ${n(h.h + 18)}h14Z`, curtain) +
      rect(h.x - 24, h.y - 14, h.w + 48, 6, '#8a6238', 3);
  }
  wall += picture(r, freeX(r, holes, 60, taken), r.uniform(64, 90), 56, 44);
  const wood = r.pick(['#a9744a', '#8f6242', '#c0935f']);
  let furniture = '';
  const sx = r.uniform(20, 420);
  const sofa = r.pick(['#b5503f', '#3f6f7a', '#5f7f4f', '#7a5a8f', '#d09a4a']);
  furniture +=
    rect(sx, 178, 160, 48, sofa, 12) +
    rect(sx - 12, 192, 26, 50, shade(sofa, -0.12), 10) +
    rect(sx + 146, 192, 26, 50, shade(sofa, -0.12), 10) +
    rect(sx + 8, 208, 144, 30, shade(sofa, 0.1), 6) +
    line(`M${n(sx + 80)} 210v26`, shade(sofa, -0.2), 2);
  furniture += rect(sx + 22, 186, 30, 28, r.pick(['#f3d98f', '#e8e0cf', '#d98f7a']), 5);
  const lx = sx > 230 ? sx - 50 : sx + 222;
  furniture +=
    rect(lx - 2.5, 128, 5, 112, '#4b3a2e') +
    ellipse(lx, 242, 20, 5, '#4b3a2e') +
    path(`M${n(lx - 26)} 132L${n(lx - 15)} 92h30l11 40Z`, '#f4e3b8');
  furniture += potPlant(
    sx > 230 ? r.uniform(30, sx - 100) : r.uniform(lx + 50, 570),
    246,
    62,
    '#4f8a52',
    '#b5653f',
  );
  const rug = ellipse(
    r.uniform(230, 370),
    300,
    190,
    30,
    r.pick(['#b5503f', '#4f6f8f', '#8f7f4f', '#6f8f7a']),
  );
  return {
    indoor: true,
    layers: [
      outside(r),
      { depth: 0.05, svg: wall, beam: beams(holes) },
      {
        depth: 0,
        svg: floorBoards(r, 232, wood) + rug + furniture,
        glow:
          halo('r', lx, 118, 150, '#ffc977', 0.8) +
          path(`M${n(lx - 26)} 132L${n(lx - 15)} 92h30l11 40Z`, '#ffe2a0', 0.7),
      },
    ],
  };
}

export function kitchen(r: Random): Scenery {
  const wallColour = r.pick(['#f0dfb5', '#cfe0d3', '#e8c3a5', '#d3dfe8', '#f3e8d0']);
  const unit = r.pick(['#5f8f8a', '#8a5f4a', '#c9c2b0', '#4f6f9a', '#a9574a', '#7f9a5f']);
  const holes = windows(r, 1, 92, 78, 62);
  const hole = holes[0] as Hole;
  let wall = wallWithHoles(wallColour, 236, holes);
  for (let y = 142; y < 196; y += 14)
    for (let x = 0; x < 600; x += 20)
      wall += `<rect x="${x + 1}" y="${y + 1}" width="18" height="12" fill="${(x / 20 + y / 14) % 3 < 1 ? shade(wallColour, 0.5) : shade(wallColour, 0.3)}"/>`;
  wall += rect(hole.x - 4, 138, hole.w + 8, 8, wallColour) + windowFrame(hole, '#fbf8f0');
  const taken: [number, number][] = [];
  const fx = r.chance(0.5) ? 6 : 520;
  const fridge = rect(fx, 92, 74, 150, r.pick(['#eef1f2', '#d9534f', '#9fc7c2', '#f3e3b5']), 8);
  taken.push([fx - 6, fx + 80]);
  let units = rect(0, 196, 600, 10, '#e9e2d3') + rect(0, 206, 600, 38, unit);
  for (let x = 4; x < 600; x += 62)
    units +=
      `<rect x="${x}" y="211" width="54" height="29" rx="3" fill="${shade(unit, 0.12)}"/>` +
      rect(x + 22, 216, 12, 3, '#e8d9a8');
  const sx = freeX(r, holes, 84, taken);
  units +=
    rect(sx, 192, 84, 52, '#4a4f55') +
    rect(sx + 10, 210, 64, 28, '#2b2f33', 3) +
    rect(sx + 16, 215, 52, 16, '#7a4a2f') +
    ellipse(sx + 24, 193, 16, 3, '#222') +
    ellipse(sx + 62, 193, 16, 3, '#222');
  units +=
    path(`M${n(sx + 8)} 170h32v16q0 6-6 6h-20q-6 0-6-6Z`, r.pick(['#c9503f', '#3f6f9f', '#d8a93a'])) +
    rect(sx + 4, 167, 40, 5, '#8a8f96', 2);
  let shelf = '';
  const shx = freeX(r, holes, 130, taken);
  for (const y of [84, 120]) {
    shelf += rect(shx, y, 130, 6, '#9c6b3f');
    for (let x = shx + 6; x < shx + 112; x += 24) {
      const c = r.pick(['#c9503f', '#e0a94a', '#4f7f6b', '#f4efe2', '#5f7fae']);
      shelf += r.chance(0.5)
        ? rect(x, y - 20, 15, 20, c, 3) + rect(x + 2, y - 24, 11, 5, '#8a6238', 2)
        : path(`M${n(x)} ${y - 14}h16q0 14-8 14t-8-14Z`, c);
    }
  }
  for (let i = 0; i < 3; i++)
    units += circle(hole.x + 12 + i * 15, 188, 8, r.pick(['#d8433d', '#f0a03c', '#9fbf4a']));
  const tiles = r.pick(['#d8b08a', '#b9c2c7', '#c9a585']);
  let floor = rect(0, 242, 600, 102, tiles) + rect(0, 240, 600, 6, shade(unit, -0.35));
  for (let i = -12; i <= 12; i++)
    floor += line(`M${n(300 + i * 46)} 246L${n(300 + i * 74)} 344`, shade(tiles, -0.14), 2);
  for (const y of [258, 278, 306]) floor += rect(0, y, 600, 2, shade(tiles, -0.14));
  const lx = r.uniform(200, 400);
  const lamp =
    rect(lx - 1.5, 0, 3, 34, '#444') +
    path(`M${n(lx - 30)} 60q0-26 30-26t30 26Z`, r.pick(['#c9503f', '#3f7f7a', '#e0a94a'])) +
    ellipse(lx, 60, 30, 5, '#fff3cf');
  return {
    indoor: true,
    layers: [
      outside(r),
      { depth: 0.05, svg: wall + shelf, beam: beams(holes) },
      {
        depth: 0,
        svg:
          fridge +
          rect(fx + 8, 108, 5, 26, '#9aa3a8', 2) +
          rect(fx + 4, 150, 66, 3, '#b9c2c6') +
          units +
          floor +
          lamp,
        glow: halo('k', lx, 62, 210, '#ffd28a', 0.75),
      },
    ],
  };
}
