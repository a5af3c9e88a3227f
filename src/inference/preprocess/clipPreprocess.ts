import { configError } from '../../base/index.ts';
import { f32, type TensorData } from '../../graph/index.ts';
import { type Filter, type Image, newImage, pasteImage, resizeImage } from '../../media/index.ts';

type Size = number | { readonly shortest_edge?: number; readonly height?: number; readonly width?: number };

/** `preprocessor_config.json` of a CLIP checkpoint (transformers `CLIPImageProcessor`); missing keys take its defaults. */
export interface ClipPreprocessConfig {
  readonly image_processor_type?: string;
  readonly feature_extractor_type?: string;
  readonly do_resize?: boolean;
  readonly size?: Size;
  readonly resample?: number;
  readonly do_center_crop?: boolean;
  readonly crop_size?: Size;
  readonly do_rescale?: boolean;
  readonly rescale_factor?: number;
  readonly do_normalize?: boolean;
  readonly image_mean?: number | readonly number[];
  readonly image_std?: number | readonly number[];
  readonly [other: string]: unknown;
}

/** Pillow's numbers for its resampling filters. */
const filters: readonly Filter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

const CLIP_MEAN: readonly number[] = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD: readonly number[] = [0.26862954, 0.26130258, 0.27577711];

/**
 * The picture as a CLIP vision tower takes it: float32 `[3, h, w]`. Resize with Pillow's filter (8-bit rounding and
 * all), centre crop (zero border where the picture is smaller than the crop), rescale, normalise; each step as the
 * config says. Source: transformers 4.39 `CLIPImageProcessor`. An unsupported config value throws and is named.
 */
export function clipPreprocess(image: Image, config: ClipPreprocessConfig): TensorData {
  checkKind(config);
  let picture = image;
  if (config.do_resize ?? true) {
    const [width, height] = resizedSize(image, config);
    picture = resizeImage(image, width, height, filterOf(config));
  }
  if (config.do_center_crop ?? true) {
    const [width, height] = cropSize(config);
    picture = centreCrop(picture, width, height);
  }
  const factor = (config.do_rescale ?? true) ? (config.rescale_factor ?? 1 / 255) : 1;
  if (!Number.isFinite(factor))
    throw configError(config, `clipPreprocess: rescale_factor must be a number, got ${factor}`);
  const { mean, std } = clipStatistics(config);

  const plane = picture.width * picture.height;
  const out = new Float32Array(3 * plane);
  for (let c = 0; c < 3; c++) {
    const m = Math.fround(mean[c]!);
    const s = Math.fround(std[c]!);
    for (let i = 0; i < plane; i++) {
      // float32 after each step, like the reference
      const v = Math.fround(picture.data[i * 3 + c]! * factor);
      out[c * plane + i] = Math.fround(v - m) / s;
    }
  }
  return f32(out, [3, picture.height, picture.width]);
}

/** What colours are normalised with. */
export function clipStatistics(config: ClipPreprocessConfig): {
  readonly mean: readonly number[];
  readonly std: readonly number[];
} {
  const normalise = config.do_normalize ?? true;
  const mean = normalise ? channels(config, 'image_mean', config.image_mean ?? CLIP_MEAN) : [0, 0, 0];
  const std = normalise ? channels(config, 'image_std', config.image_std ?? CLIP_STD) : [1, 1, 1];
  if (std.some((s) => s === 0)) throw configError(config, 'clipPreprocess: image_std must not be 0');
  return { mean, std };
}

function checkKind(config: ClipPreprocessConfig): void {
  const kind = config.image_processor_type ?? config.feature_extractor_type ?? 'CLIPImageProcessor';
  const kinds = [
    'CLIPImageProcessor',
    'CLIPImageProcessorFast',
    'CLIPImageProcessorPil',
    'CLIPFeatureExtractor',
  ];
  if (!kinds.includes(kind)) {
    throw configError(
      config,
      `clipPreprocess: image_processor_type must be CLIPImageProcessor, got "${kind}"`,
    );
  }
}

function filterOf(config: ClipPreprocessConfig): Filter {
  const { resample = 3 } = config;
  const filter = filters[resample];
  if (!filter)
    throw configError(config, `clipPreprocess: resample must be 0 to ${filters.length - 1}, got ${resample}`);
  return filter;
}

const isLength = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 1;

/** [width, height] after the resize. `{shortest_edge}` keeps the aspect; the long edge is truncated. */
function resizedSize(image: Image, config: ClipPreprocessConfig): [number, number] {
  const { size = { shortest_edge: 224 } } = config;
  const {
    shortest_edge: edge,
    height,
    width,
  } = typeof size === 'number' ? { shortest_edge: size } : (size ?? {});
  if (isLength(edge) && height === undefined && width === undefined) {
    const short = Math.min(image.width, image.height);
    const long = Math.trunc((edge * Math.max(image.width, image.height)) / short);
    return image.width <= image.height ? [edge, long] : [long, edge];
  }
  if (edge === undefined && isLength(height) && isLength(width)) return [width, height];
  throw configError(
    config,
    `clipPreprocess: size must be {shortest_edge} or {height, width} in whole pixels, got ${JSON.stringify(size)}`,
  );
}

function cropSize(config: ClipPreprocessConfig): [number, number] {
  const { crop_size: size = 224 } = config;
  const { height, width } = typeof size === 'number' ? { height: size, width: size } : (size ?? {});
  if (isLength(height) && isLength(width)) return [width, height];
  throw configError(
    config,
    `clipPreprocess: crop_size must be {height, width} in whole pixels, got ${JSON.stringify(size)}`,
  );
}

/** Offsets are floored when cutting; where the picture is smaller than the crop, zeros surround it. */
function centreCrop(image: Image, width: number, height: number): Image {
  const out = newImage(width, height);
  const left = -Math.floor((image.width - width) / 2);
  const top = -Math.floor((image.height - height) / 2);
  pasteImage(out, image, left, top);
  return out;
}

function channels(
  config: ClipPreprocessConfig,
  name: string,
  value: number | readonly number[],
): readonly number[] {
  const list = typeof value === 'number' ? [value, value, value] : value;
  if (!Array.isArray(list) || list.length !== 3 || !list.every(Number.isFinite)) {
    throw configError(
      config,
      `clipPreprocess: ${name} must be a number or 3 numbers, got ${JSON.stringify(value)}`,
    );
  }
  return list;
}
