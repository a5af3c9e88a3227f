import type { Image } from './image.ts';

/** FFmpeg's names of the transfer curves of HDR film: perceptual quantiser and hybrid log-gamma (ITU-R BT.2100). */
export type HdrTransfer = 'smpte2084' | 'arib-std-b67';

export const isHdr = (transfer: string | undefined): transfer is HdrTransfer =>
  transfer === 'smpte2084' || transfer === 'arib-std-b67';

/** Peak luminance, in cd/m2, of the display that HLG and most PQ films are graded for, and of that we show them on. */
const HDR_PEAK = 1000;
const SDR_PEAK = 100;

type Rgb = readonly [number, number, number];

/**
 * Brings pictures of HDR film, with the primaries of BT.2020, to what an SDR display shows: tone mapping by method A of
 * ITU-R BT.2446-1, then the primaries of BT.709. What is brighter than 1000 cd/m2 is cut off. Values go through a table of 33
 * entries a channel, which is interpolated.
 */
export function toneMapper(transfer: HdrTransfer): (image: Image) => Image {
  const table = tableOf((colour) => toSdr(displayLight(colour, transfer)));
  return (image) => applyTable(image, table);
}

/** Luminance of each primary on the display, in cd/m2, from the signal in 0..1 (BT.2100, tables 4 and 5). */
function displayLight(signal: Rgb, transfer: HdrTransfer): Rgb {
  if (transfer === 'smpte2084') return map(signal, pqLight);
  const scene = map(signal, hlgScene);
  const gain = HDR_PEAK * luma(scene) ** 0.2; // the system's gamma is 1.2
  return map(scene, (v) => gain * v);
}

function pqLight(signal: number): number {
  const power = signal ** (32 / 2523);
  return 10000 * (Math.max(0, power - 0.8359375) / (18.8515625 - 18.6875 * power)) ** (16384 / 2610);
}

function hlgScene(signal: number): number {
  return signal <= 0.5 ? signal ** 2 / 3 : (Math.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12;
}

/** BT.2446-1, method A: signals of gamma 2.4; brightness by the curve, colours by what that does to brightness. */
function toSdr(light: Rgb): Rgb {
  const [r, g, b] = map(light, (v) => Math.min(1, v / HDR_PEAK) ** (1 / 2.4));
  const y = luma([r, g, b]);
  if (y === 0) return [0, 0, 0];
  const mapped = curve(y);
  const gain = mapped / (1.1 * y);
  const [blue, red] = [(gain * (b - y)) / 1.8814, (gain * (r - y)) / 1.4746];
  const brightness = mapped - Math.max(0.1 * red, 0);
  const [r2, b2] = [brightness + 1.4746 * red, brightness + 1.8814 * blue];
  const g2 = (brightness - 0.2627 * r2 - 0.0593 * b2) / 0.678;
  const linear = map([r2, g2, b2], (v) => Math.min(1, Math.max(0, v)) ** 2.4);
  return map(toBt709(linear), (v) => Math.min(1, Math.max(0, v)) ** (1 / 2.4));
}

/** HDR brightness to SDR brightness, both in 0..1. */
function curve(y: number): number {
  const rho = (peak: number): number => 1 + 32 * (peak / 10000) ** (1 / 2.4);
  const perceived = Math.log(1 + (rho(HDR_PEAK) - 1) * y) / Math.log(rho(HDR_PEAK));
  const compressed =
    perceived <= 0.7399
      ? 1.077 * perceived
      : perceived < 0.9909
        ? -1.151 * perceived ** 2 + 2.7811 * perceived - 0.6302
        : 0.5 * perceived + 0.5;
  return (rho(SDR_PEAK) ** compressed - 1) / (rho(SDR_PEAK) - 1);
}

/** Linear light from the primaries of BT.2020 to those of BT.709 (ITU-R BT.2087-0). */
function toBt709([r, g, b]: Rgb): Rgb {
  return [
    1.6605 * r - 0.5876 * g - 0.0728 * b,
    -0.1246 * r + 1.1329 * g - 0.0083 * b,
    -0.0182 * r - 0.1006 * g + 1.1187 * b,
  ];
}

const luma = ([r, g, b]: Rgb): number => 0.2627 * r + 0.678 * g + 0.0593 * b;
const map = ([r, g, b]: Rgb, f: (v: number) => number): Rgb => [f(r), f(g), f(b)];

const STEPS = 32;
const NODES = STEPS + 1;

/** A function of colours in 0..1 at the corners of 32 x 32 x 32 cells, in 0..255. */
function tableOf(f: (colour: Rgb) => Rgb): Float32Array {
  const table = new Float32Array(NODES ** 3 * 3);
  let at = 0;
  for (let r = 0; r < NODES; r++) {
    for (let g = 0; g < NODES; g++) {
      for (let b = 0; b < NODES; b++) {
        table.set(
          f([r / STEPS, g / STEPS, b / STEPS]).map((v) => 255 * v),
          at,
        );
        at += 3;
      }
    }
  }
  return table;
}

/** How far apart the table's entries of neighbours in red, green and blue are. */
const strides = [NODES * NODES * 3, NODES * 3, 3] as const;

/** Each pixel from four corners of its cell (tetrahedral interpolation), which keeps greys neutral. */
function applyTable(image: Image, table: Float32Array): Image {
  const { width, height, data } = image;
  const out = new Uint8Array(data.length);
  const axes: { fraction: number; stride: number }[] = strides.map((stride) => ({ fraction: 0, stride }));
  for (let i = 0; i < data.length; i += 3) {
    let at = 0;
    for (let c = 0; c < 3; c++) {
      const v = (data[i + c]! * STEPS) / 255;
      const cell = Math.min(STEPS - 1, Math.floor(v));
      at += cell * strides[c]!;
      axes[c]!.fraction = v - cell;
      axes[c]!.stride = strides[c]!;
    }
    axes.sort((a, b) => b.fraction - a.fraction);
    for (let c = 0; c < 3; c++) {
      let value = table[at + c]!;
      let corner = at + c;
      for (const { fraction, stride } of axes) {
        value += (table[corner + stride]! - table[corner]!) * fraction;
        corner += stride;
      }
      out[i + c] = Math.round(value);
    }
  }
  return { width, height, data: out };
}
