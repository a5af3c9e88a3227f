import type { Random } from '../../random/index.ts';
import {
  circle,
  ellipse,
  fade,
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
  waves,
} from './svg.ts';
/** Desert and beach: places of sand. Each is drawn from its set's seed. */

export function desert(r: Random): Scenery {
  const sand = r.pick(['#e3b876', '#dca365', '#e9c48d', '#d8935a']);
  const far = r.chance(0.5);
  let distant = '';
  for (let i = 0; i < 3; i++) {
    const x = 60 + i * 210 + r.uniform(-50, 50);
    const h = r.uniform(50, 100);
    if (far) {
      distant +=
        poly(
          [
            [x - h, 214],
            [x, 214 - h],
            [x + h, 214],
          ],
          mix(sand, '#b98a5a', 0.4),
        ) +
        poly(
          [
            [x, 214 - h],
            [x + h, 214],
            [x + h * 0.2, 214],
          ],
          '#5c3418',
          0.25,
        );
    } else {
      const w = r.uniform(40, 75);
      distant +=
        path(`M${n(x - w)} 214l${n(w * 0.2)} ${n(-h)}h${n(w * 1.4)}l${n(w * 0.3)} ${n(h)}Z`, '#b9683f') +
        path(
          `M${n(x - w * 0.85)} ${n(214 - h * 0.7)}h${n(w * 1.68)}v6h${n(-w * 1.7)}ZM${n(x - w * 0.9)} ${n(214 - h * 0.4)}h${n(w * 1.8)}v5h${n(-w * 1.8)}Z`,
          '#8f4a2c',
          0.6,
        );
    }
  }
  const dune = (y: number, colour: string): string => {
    const x = r.uniform(100, 500);
    return (
      path(
        `M-10 344V${n(y + 20)}Q${n(x / 2)} ${n(y - 34)} ${n(x)} ${n(y)}T610 ${n(y + r.uniform(-12, 14))}V344Z`,
        colour,
      ) +
      path(
        `M${n(x - 90)} ${n(y - 9)}Q${n(x - 40)} ${n(y - 10)} ${n(x)} ${n(y)}Q${n(x + 80)} ${n(y + 20)} ${n(x + 60)} ${n(y + 70)}Q${n(x - 30)} ${n(y + 30)} ${n(x - 90)} ${n(y - 9)}Z`,
        '#6b3b17',
        0.14,
      )
    );
  };
  let cacti = '';
  let caps = '';
  for (let i = 0; i < 4; i++) {
    const [x, s] = [r.uniform(20, 580), r.uniform(0.7, 1.3)];
    const y = r.uniform(226, 246);
    const c = r.pick(['#4f8a52', '#5f8f45', '#3f7d5c']);
    cacti +=
      line(`M${n(x)} ${n(y)}v${n(-62 * s)}`, c, 13 * s) +
      line(
        `M${n(x)} ${n(y - 22 * s)}h${n(-18 * s)}v${n(-20 * s)}M${n(x)} ${n(y - 30 * s)}h${n(17 * s)}v${n(-18 * s)}`,
        c,
        9 * s,
      );
    cacti += line(`M${n(x - 2)} ${n(y - 6)}v${n(-52 * s)}`, '#fff', 1.6, 0.3);
    caps +=
      ellipse(x, y - 68 * s, 7 * s, 4 * s, '#f7fbff') +
      ellipse(x - 18 * s, y - 46 * s, 5 * s, 3 * s, '#f7fbff') +
      ellipse(x + 17 * s, y - 52 * s, 5 * s, 3 * s, '#f7fbff');
  }
  let ripples = '';
  for (let i = 0; i < 14; i++)
    ripples += line(
      `M${n(r.uniform(-20, 540))} ${n(r.uniform(262, 336))}q20 -6 42 0t38 0`,
      shade(sand, -0.16),
      2,
      0.6,
    );
  const cover = `M-10 344V240Q300 220 610 236V344Z`;
  return {
    indoor: false,
    layers: [
      { depth: 0.95, svg: distant },
      {
        depth: 0.7,
        svg: dune(208, mix(sand, '#f3dcb4', 0.45)),
        snow: path('M-10 344V216Q300 198 610 214V344Z', '#f1f5fb', 0.55),
      },
      { depth: 0.4, svg: dune(224, sand) + cacti, snow: snowCover(cover) + caps },
      {
        depth: 0.05,
        svg: dune(270, shade(sand, 0.08)) + ripples,
        snow: snowCover('M-10 344V276Q300 258 610 274V344Z'),
        wet: puddles(r, 270, 330),
      },
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
    if (r.chance(0.6))
      isle +=
        rect(x - 5, 96, 10, 46, '#f4efe6') +
        rect(x - 5, 108, 10, 8, '#c94a41') +
        rect(x - 5, 124, 10, 8, '#c94a41') +
        rect(x - 7, 88, 14, 10, '#51606b');
  } else {
    const x = r.uniform(80, 480);
    isle =
      poly(
        [
          [x, 112],
          [x, 158],
          [x + 34, 158],
        ],
        '#f7f3ea',
      ) +
      poly(
        [
          [x - 3, 120],
          [x - 3, 158],
          [x - 24, 158],
        ],
        '#e7ded0',
      ) +
      path(`M${n(x - 30)} 160h70l-12 14h-46Z`, '#8a5138');
  }
  const shore = `M-10 344V${n(226 + r.uniform(-5, 5))}Q150 ${n(214 + r.uniform(-6, 6))} 300 226T610 ${n(222 + r.uniform(-5, 5))}V344Z`;
  let bits = '';
  for (let i = 0; i < 12; i++) {
    const [x, y] = [r.uniform(0, 600), r.uniform(246, 334)];
    bits += r.chance(0.5)
      ? ellipse(x, y, 5, 3, r.pick(['#f6b6a0', '#fff4e0', '#d99a7a']))
      : circle(x, y, 1.6, shade(sand, -0.25));
  }
  let near = '';
  let caps = '';
  if (r.chance(0.55)) {
    const side = r.chance(0.5) ? r.uniform(20, 90) : r.uniform(510, 580);
    const lean = side < 300 ? 40 : -40;
    near += `<path d="M${n(side)} 262Q${n(side + lean * 0.2)} 160 ${n(side + lean)} 78" fill="none" stroke="#8f6b45" stroke-width="13" stroke-linecap="round"/>`;
    for (const a of [-170, -140, -100, -60, -30, 0, 25])
      near += `<path d="M0 0Q34 -24 78 6Q36 -4 0 0Z" fill="${shade('#3f8a4d', (a % 40) / 200)}" transform="translate(${n(side + lean)} 78) rotate(${a})"/>`;
    near += circle(side + lean - 6, 84, 6, '#6b4428') + circle(side + lean + 6, 86, 6, '#5c3a22');
    caps = ellipse(side + lean, 70, 36, 7, '#f7fbff');
  } else {
    const x = r.uniform(60, 540);
    const c = r.pick(['#e0574a', '#3f8fc4', '#f0b23c', '#5fa86a']);
    near +=
      rect(x - 2.5, 150, 5, 110, '#f1ece0') +
      path(`M${n(x - 76)} 172Q${n(x)} 84 ${n(x + 76)} 172Z`, '#f8f4ea') +
      path(
        `M${n(x - 76)} 172Q${n(x - 56)} 112 ${n(x)} 128Q${n(x - 34)} 140 ${n(x - 38)} 172ZM${n(x)} 128Q${n(x + 56)} 112 ${n(x + 76)} 172H${n(x + 38)}Q${n(x + 34)} 140 ${n(x)} 128Z`,
        c,
      );
    near += path(`M${n(x + 20)} 262l46-14 12 4-44 18Z`, c);
    caps = path(`M${n(x - 60)} 150Q${n(x)} 92 ${n(x + 60)} 150Q${n(x)} 116 ${n(x - 60)} 150Z`, '#f7fbff');
  }
  return {
    indoor: false,
    layers: [
      { depth: 0.95, svg: isle },
      {
        depth: 0.6,
        svg: fade('sea', 0, 164, 600, 90, shade(sea, 0.22), sea) + waves(r, 166, 232, '#ffffff'),
      },
      {
        depth: 0.1,
        svg:
          path(shore, '#ffffff', 0.75) +
          `<g transform="translate(0 7)">${path(shore, shade(sand, -0.14))}</g><g transform="translate(0 15)">${path(shore, sand)}</g>${bits}`,
        snow: `<g transform="translate(0 13)">${snowCover(shore)}</g>`,
        wet: puddles(r, 262, 332),
      },
      { depth: 0.05, svg: near, snow: caps },
    ],
  };
}
