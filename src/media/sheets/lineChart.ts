import { type Image, newImage } from '../image.ts';
import { writePng } from '../picture.ts';
import { drawText, fillRect, textWidth } from './font.ts';

export interface Series {
  readonly name: string;
  /** [x, y] with rising x; a y that is not finite leaves a gap. */
  readonly points: readonly (readonly [number, number])[];
}

export interface LineChartOptions {
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** Logarithmic y axis; y must be above 0, other points are left out. */
  readonly logY?: boolean;
  /** 0 draws the points as they are; up to 1, draws them pale and their moving average over that share of x in front. */
  readonly smoothing?: number;
  readonly width?: number;
  readonly height?: number;
}

type Colour = readonly [number, number, number];
const paper: Colour = [255, 255, 255];
const ink: Colour = [50, 50, 56];
const grid: Colour = [228, 228, 232];
// Okabe and Ito's colours, which colour-blind people can distinguish
const colours: readonly Colour[] = [
  [0, 114, 178],
  [213, 94, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [230, 159, 0],
];

/** Writes a line chart (a loss curve, say) as PNG. Same data, same bytes; needs no fonts. */
export function lineChart(
  series: readonly Series[],
  path: string,
  options: LineChartOptions = {},
): Promise<void> {
  return writePng(path, drawLineChart(series, options));
}

/** The chart of `lineChart` as an image. Series without drawable points are only named. */
export function drawLineChart(series: readonly Series[], options: LineChartOptions = {}): Image {
  const {
    title = '',
    xLabel = '',
    yLabel = '',
    logY = false,
    smoothing = 0,
    width = 880,
    height = 480,
  } = options;
  if (!(width >= 240 && height >= 160))
    throw new RangeError(`lineChart: at least 240 x 160, got ${width} x ${height}`);
  const image = newImage(width, height, paper);
  const scaleY = logY ? Math.log10 : (y: number): number => y;
  const drawable = (y: number): boolean => Number.isFinite(y) && (!logY || y > 0);
  const all = series.flatMap(({ points }) => points.filter(([x, y]) => Number.isFinite(x) && drawable(y)));
  const [x0, x1] = extent(all.map(([x]) => x));
  const [y0, y1] = extent(all.map(([, y]) => scaleY(y)));
  const box = { left: 72, top: 44, right: width - 20, bottom: height - 44 };
  const px = (x: number): number => box.left + ((x - x0) / (x1 - x0)) * (box.right - box.left);
  const py = (y: number): number => box.bottom - ((scaleY(y) - y0) / (y1 - y0)) * (box.bottom - box.top);

  for (const y of logY ? logTicks(y0, y1) : ticks(y0, y1)) {
    fillRect(image, box.left, Math.round(py(y)), box.right - box.left, 1, grid);
    const text = label(y);
    drawText(image, text, box.left - 8 - textWidth(text), Math.round(py(y)) - 3, { colour: ink });
  }
  for (const x of ticks(x0, x1)) {
    const text = label(x);
    fillRect(image, Math.round(px(x)), box.bottom, 1, 5, ink);
    drawText(image, text, Math.round(px(x) - textWidth(text) / 2), box.bottom + 9, { colour: ink });
  }
  fillRect(image, box.left, box.bottom, box.right - box.left, 1, ink);
  drawText(image, title, box.left, 10, { colour: ink, scale: 2 });
  drawText(image, yLabel, 8, 32, { colour: ink });
  drawText(image, xLabel, box.right - textWidth(xLabel), height - 16, { colour: ink });

  let legend = box.left;
  for (const [i, { name, points }] of series.entries()) {
    const colour = colours[i % colours.length]!;
    const curve = (
      list: readonly (readonly [number, number])[],
      opacity: number,
      thickness: number,
    ): void => {
      for (const [k, [x, y]] of list.entries()) {
        const [ax, ay] = list[Math.max(0, k - 1)]!; // the first point joins itself: a dot
        if (![x, ax].every(Number.isFinite) || !drawable(y) || !drawable(ay)) continue;
        drawLine(image, [px(ax), py(ay)], [px(x), py(y)], { colour, opacity, thickness });
      }
    };
    curve(points, smoothing > 0 ? 0.3 : 1, smoothing > 0 ? 1 : 2);
    if (smoothing > 0)
      curve(
        average(
          points.filter(([, y]) => drawable(y)),
          smoothing * (x1 - x0),
        ),
        1,
        2,
      );
    fillRect(image, legend, height - 15, 12, 5, colour);
    drawText(image, name, legend + 17, height - 16, { colour: ink });
    legend += 17 + textWidth(name) + 18;
  }
  return image;
}

/** Least and greatest, a little apart when they are equal; 0 to 1 when there are none. */
function extent(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (low < high) return [low, high];
  const pad = Math.abs(low) * 0.1 || 1;
  return [low - pad, high + pad];
}

/** Round numbers (1, 2, 5 times a power of ten), about six of them. */
function ticks(low: number, high: number): number[] {
  const raw = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? 10 * power;
  const out: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) out.push(k * step);
  return out;
}

/** Powers of ten between 10^low and 10^high, with 2 and 5 times them when there are few; else plain round numbers. */
function logTicks(low: number, high: number): number[] {
  const decades = Array.from(
    { length: Math.floor(high) - Math.floor(low) + 1 },
    (_, i) => 10 ** (Math.floor(low) + i),
  );
  const fine = high - low < 3 ? decades.flatMap((d) => [d, 2 * d, 5 * d]) : decades;
  const inside = fine.filter((v) => Math.log10(v) >= low - 1e-9 && Math.log10(v) <= high + 1e-9);
  return inside.length >= 2 ? inside : ticks(10 ** low, 10 ** high);
}

function label(v: number): string {
  const size = Math.abs(v);
  if (size !== 0 && (size < 1e-3 || size >= 1e6))
    return v.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  return String(Number(v.toPrecision(6)));
}

/** The mean of the points up to `window` before each, in one sweep. */
function average(points: readonly (readonly [number, number])[], window: number): [number, number][] {
  let first = 0;
  let sum = 0;
  return points.map(([x, y], i) => {
    sum += y;
    for (; first < i && points[first]![0] < x - window; first++) sum -= points[first]![1];
    return [x, sum / (i - first + 1)];
  });
}

/** A line with soft edges: each pixel is covered as far as it lies within half the thickness of the segment. */
function drawLine(
  image: Image,
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  style: { readonly colour: Colour; readonly opacity: number; readonly thickness: number },
): void {
  const reach = style.thickness / 2 + 0.5;
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const along = (t: number): number => Math.min(1, Math.max(0, t));
  const bottom = Math.min(image.height - 1, Math.max(ay, by) + reach);
  for (let y = Math.max(0, Math.floor(Math.min(ay, by) - reach)); y <= bottom; y++) {
    // of this row, only the columns beside that part of the segment which is near enough
    const xs = [-reach, reach].map((d) => ax + dx * (dy === 0 ? (d < 0 ? 0 : 1) : along((y + d - ay) / dy)));
    const right = Math.min(image.width - 1, Math.max(...xs) + reach);
    for (let x = Math.max(0, Math.floor(Math.min(...xs) - reach)); x <= right; x++) {
      const t = length2 === 0 ? 0 : along(((x - ax) * dx + (y - ay) * dy) / length2);
      const distance = Math.sqrt((x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2);
      const cover = Math.min(1, Math.max(0, reach - distance)) * style.opacity;
      if (cover === 0) continue;
      const at = (y * image.width + x) * 3;
      for (let c = 0; c < 3; c++) {
        image.data[at + c] = Math.round(image.data[at + c]! * (1 - cover) + style.colour[c]! * cover);
      }
    }
  }
}
