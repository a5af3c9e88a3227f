import type { Random } from '../../random/index.ts';
import { beams, floorBoards, outside, windows } from './interior.ts';
import { books } from './pieces.ts';
import {
  circle,
  ellipse,
  type Hole,
  halo,
  line,
  mix,
  n,
  path,
  rect,
  type Scenery,
  shade,
  wallWithHoles,
  windowFrame,
} from './svg.ts';
/** Rooms where people meet. */

export function library(r: Random): Scenery {
  const wood = r.pick(['#7a4f33', '#6b4a3a', '#8a6238', '#5c4335']);
  const holes = windows(r, 1 + r.int(2), 66, 128, 34, true);
  const wallColour = r.pick(['#b59a78', '#8f9f8a', '#a98a7a', '#9aa0ae']);
  let wall =
    wallWithHoles(wallColour, 234, holes) + holes.map((h) => windowFrame(h, shade(wood, 0.1))).join('');
  for (let x = -30; x < 600; x += 96) {
    if (holes.some((h) => x + 92 > h.x - 10 && x < h.x + h.w + 10)) continue;
    wall += rect(x, 12, 92, 222, wood) + rect(x + 5, 18, 82, 210, shade(wood, -0.4));
    for (let row = 0; row < 5; row++)
      wall += books(r, x + 6, 20 + row * 42, 80, 36) + rect(x + 3, 56 + row * 42, 86, 6, shade(wood, 0.1));
  }
  for (const h of holes) {
    wall += rect(h.x - 10, 186, h.w + 20, 48, wood) + books(r, h.x - 5, 192, h.w + 10, 34);
  }
  const carpet = r.pick(['#8f3f3f', '#3f5f5a', '#4a4f7a', '#7a5f3f']);
  const deskX = r.chance(0.5) ? r.uniform(10, 120) : r.uniform(400, 480);
  const desk =
    rect(deskX, 214, 112, 9, shade(wood, 0.2)) +
    rect(deskX + 6, 222, 9, 42, shade(wood, -0.1)) +
    rect(deskX + 97, 222, 9, 42, shade(wood, -0.1)) +
    rect(deskX + 62, 206, 30, 8, '#a8433a') +
    rect(deskX + 64, 199, 26, 7, '#3f5f8f') +
    rect(deskX + 26, 188, 4, 26, '#8a6a2f') +
    path(`M${n(deskX + 10)} 190q18-22 36 0Z`, '#2f7a55') +
    ellipse(deskX + 28, 214, 12, 3, '#8a6a2f');
  const ladder = r.uniform(200, 380);
  const steps =
    line(`M${n(ladder)} 240L${n(ladder + 22)} 26M${n(ladder + 30)} 240L${n(ladder + 44)} 26`, '#b98a58', 5) +
    [60, 96, 132, 168, 204]
      .map((y) => line(`M${n(ladder + (240 - y) * 0.103)} ${y}h27`, '#b98a58', 4))
      .join('');
  return {
    indoor: true,
    layers: [
      outside(r),
      { depth: 0.05, svg: wall + (r.chance(0.6) ? steps : ''), beam: beams(holes) },
      {
        depth: 0,
        svg:
          floorBoards(r, 234, shade(wood, 0.25)) +
          ellipse(300, 306, 240, 34, carpet) +
          ellipse(300, 306, 216, 27, shade(carpet, 0.14)) +
          ellipse(300, 306, 204, 23, carpet) +
          desk,
        glow: halo('d', deskX + 28, 194, 150, '#ffd07a', 0.85) + halo('e', 300, 20, 220, '#ffcf85', 0.4),
      },
    ],
  };
}

export function cafe(r: Random): Scenery {
  const wallColour = r.pick(['#7f9a8f', '#c98f6b', '#5f7387', '#d8bf94', '#a8686a']);
  const holes: Hole[] = [{ x: r.uniform(30, 250), y: 56, w: 190, h: 118 }];
  const hole = holes[0] as Hole;
  let wall = wallWithHoles(wallColour, 232, holes) + rect(0, 182, 600, 50, shade(wallColour, -0.35));
  for (let x = 0; x < 600; x += 30) wall += rect(x, 182, 2, 50, shade(wallColour, -0.45));
  wall +=
    windowFrame(hole, '#4b3a2e', false) +
    rect(hole.x + 62, hole.y, 4, hole.h, '#4b3a2e') +
    rect(hole.x + 126, hole.y, 4, hole.h, '#4b3a2e');
  for (let s = 0; s < 10; s++)
    wall += path(
      `M${n(hole.x - 10 + s * 21)} ${hole.y - 8}h21v16q-10.500 8-21 0Z`,
      s % 2 ? '#f7f0e0' : r.pick(['#c9503f']),
    );
  const bx = hole.x > 170 ? r.uniform(20, hole.x - 130) : r.uniform(hole.x + 220, 470);
  wall +=
    rect(bx, 60, 100, 84, '#8a6238', 3) +
    rect(bx + 6, 66, 88, 72, '#2f3b38') +
    [80, 94, 108, 122]
      .map((y) =>
        line(`M${n(bx + 16)} ${y}h${n(r.uniform(28, 46))}M${n(bx + 72)} ${y}h12`, '#f4efe2', 2.6, 0.85),
      )
      .join('');
  const wood = r.pick(['#a9744a', '#7a5436', '#c0935f']);
  const cx = hole.x > 170 ? -20 : 400;
  let counter = rect(cx, 188, 220, 56, shade(wood, -0.1)) + rect(cx - 6, 180, 232, 11, shade(wood, 0.25), 3);
  for (let x = cx + 12; x < cx + 200; x += 40) counter += rect(x, 198, 30, 38, shade(wood, 0.08), 2);
  counter +=
    rect(cx + 30, 138, 62, 43, '#b9bfc4', 6) +
    rect(cx + 36, 146, 50, 12, '#5c636a', 3) +
    circle(cx + 46, 168, 4, '#c9503f') +
    path(`M${n(cx + 126)} 180q0-30 32-30t32 30Z`, '#dcebee', 0.8) +
    ellipse(cx + 158, 174, 20, 6, '#d8a05a') +
    circle(cx + 158, 166, 8, '#c9703f');
  let tables = '';
  const tx = cx < 100 ? r.uniform(330, 480) : r.uniform(80, 250);
  tables +=
    ellipse(tx, 218, 52, 9, shade(wood, 0.3)) +
    rect(tx - 4, 220, 8, 40, '#3b3430') +
    ellipse(tx, 262, 24, 5, '#3b3430') +
    path(`M${n(tx - 20)} 200h20v8q0 8-8 8h-4q-8 0-8-8Z`, '#f7f3ea') +
    rect(tx + 16, 196, 10, 20, '#7fb0c9', 3) +
    circle(tx + 21, 190, 7, '#e8718f');
  const lamps = [r.uniform(80, 160), r.uniform(270, 330), r.uniform(440, 520)];
  const shades = lamps
    .map(
      (x) =>
        rect(x - 1.2, 0, 2.4, 24, '#333') +
        path(`M${n(x - 19)} 46L${n(x - 7)} 24h14l12 22Z`, '#2f3438') +
        ellipse(x, 46, 19, 3.5, '#fff0c4'),
    )
    .join('');
  return {
    indoor: true,
    layers: [
      outside(r),
      { depth: 0.05, svg: wall, beam: beams(holes) },
      {
        depth: 0,
        svg: floorBoards(r, 238, mix(wood, '#6b4a3a', 0.4)) + counter + tables + shades,
        glow: lamps.map((x, i) => halo(`c${i}`, x, 50, 130, '#ffcf85', 0.75)).join(''),
      },
    ],
  };
}
