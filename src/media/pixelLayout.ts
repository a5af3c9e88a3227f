/** How the samples of a decoded frame lie in memory, derived from FFmpeg's name for the pixel format. */
export interface PixelLayout {
  /** `rgba` is packed; the others are planes: Y, U, V or G, B, R or grey, each followed by alpha where there is one. */
  readonly kind: 'yuv' | 'gbr' | 'grey' | 'rgba';
  /** Bits a sample; from 9 on a sample takes two bytes, the lower one first. */
  readonly depth: number;
  readonly alpha: boolean;
  /** Chroma planes have `ceil(width / 2 ** shiftX)` columns and `ceil(height / 2 ** shiftY)` rows. */
  readonly shiftX: number;
  readonly shiftY: number;
  /** The name itself says that luma uses the whole range (`yuvj420p`). */
  readonly fullRange: boolean;
}

/** Chroma subsampling as powers of two, [x, y], by the three digits of its name. */
const subsampling: Readonly<Record<string, readonly [number, number]>> = {
  410: [2, 2],
  411: [2, 0],
  420: [1, 1],
  422: [1, 0],
  440: [0, 1],
  444: [0, 0],
};

/** Formats that FFmpeg rearranges, or widens to 8 bits, into one that `pixelLayout` describes. */
const rearranged: Readonly<Record<string, string>> = {
  nv12: 'yuv420p',
  nv21: 'yuv420p',
  nv16: 'yuv422p',
  nv24: 'yuv444p',
  nv42: 'yuv444p',
  yuyv422: 'yuv422p',
  uyvy422: 'yuv422p',
  yvyu422: 'yuv422p',
  uyyvyy411: 'yuv411p',
  p010le: 'yuv420p10le',
  p010be: 'yuv420p10le',
  p016le: 'yuv420p16le',
  p210le: 'yuv422p10le',
  rgb24: 'rgba',
  bgr24: 'rgba',
  argb: 'rgba',
  abgr: 'rgba',
  bgra: 'rgba',
  rgb0: 'rgba',
  bgr0: 'rgba',
  '0rgb': 'rgba',
  '0bgr': 'rgba',
  pal8: 'rgba',
  rgb555le: 'rgba',
  rgb565le: 'rgba',
  ya8: 'rgba',
  ya16le: 'rgba64le',
  ya16be: 'rgba64le',
  monow: 'gray',
  monob: 'gray',
  rgb48le: 'rgba64le',
  rgb48be: 'rgba64le',
  bgr48le: 'rgba64le',
  bgr48be: 'rgba64le',
  rgba64be: 'rgba64le',
};

/**
 * The format to take frames in that a decoder gives as `name`: itself where `pixelLayout` describes it, otherwise one that
 * holds the same samples. Undefined for formats that are not supported.
 */
export function readableFormat(name: string): string | undefined {
  const format = rearranged[name] ?? name.replace(/be$/, 'le');
  return pixelLayout(format) && format;
}

/** The layout of an FFmpeg pixel format; undefined for those that are not supported. */
export function pixelLayout(name: string): PixelLayout | undefined {
  if (name === 'rgba' || name === 'rgba64le') {
    const depth = name === 'rgba' ? 8 : 16;
    return { kind: 'rgba', depth, alpha: true, shiftX: 0, shiftY: 0, fullRange: true };
  }
  const [, family = '', alpha, j, chroma, bits = '8', end] =
    /^(yuv|gbr|gray)(a?)(j?)(4\d\d)?p?(9|10|12|14|16)?(le)?$/.exec(name) ?? [];
  const depth = Number(bits);
  if (depth > 8 !== (end === 'le')) return undefined;
  const layout = { depth, alpha: alpha === 'a', fullRange: j === 'j' };
  if (family === 'yuv') {
    const [shiftX, shiftY] = subsampling[chroma ?? ''] ?? [];
    if (shiftX === undefined || shiftY === undefined) return undefined;
    return { kind: 'yuv', ...layout, shiftX, shiftY };
  }
  if (chroma || j || (family !== 'gbr' && family !== 'gray')) return undefined;
  return { kind: family === 'gbr' ? 'gbr' : 'grey', ...layout, shiftX: 0, shiftY: 0 };
}

/** The bytes of one frame whose rows and planes follow each other without gaps. */
export function frameBytes(layout: PixelLayout, width: number, height: number): number {
  const sampleBytes = layout.depth > 8 ? 2 : 1;
  const chroma = Math.ceil(width / 2 ** layout.shiftX) * Math.ceil(height / 2 ** layout.shiftY);
  const luma = width * height;
  const alpha = layout.alpha ? luma : 0;
  const samples = {
    yuv: luma + 2 * chroma + alpha,
    gbr: 3 * luma + alpha,
    grey: luma + alpha,
    rgba: 4 * luma,
  };
  return samples[layout.kind] * sampleBytes;
}
