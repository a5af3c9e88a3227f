import { z } from 'zod';
import { parseConfig } from '../base/index.ts';
import { Parameters, sizeOf } from '../graph/index.ts';
import { autoregressorConfig } from '../models/autoregressor/index.ts';
import { cacheTensor } from '../models/llama/index.ts';
import { quantizationBlock } from '../nn/index.ts';
import {
  type FilmPart,
  type MemoryPlan,
  type ModelForm,
  type ModelName,
  modelsFor,
  modelsOf,
  type Preset,
  PresetError,
  type WeightFormat,
  weightFormats,
  withoutVersion,
} from '../presets/index.ts';
import type { DeviceName } from '../runtime/index.ts';
import { contextCapacity } from './autoregressor.ts';
import { running } from './declare.ts';
import { generationConfig, optionalConfig } from './generationConfig.ts';
import { readImageCodecConfig, scaleOf } from './imageCodec.ts';

const form: z.ZodType<ModelForm> = z.strictObject({
  format: z.enum(weightFormats as [WeightFormat, ...WeightFormat[]]),
  cacheBits: z.union([z.literal(32), z.literal(8), z.literal(4)]).optional(),
  roundInputs: z.enum(['all', 'attention', 'none']).optional(),
  tile: z.number().int().min(8).optional(),
});
/** `memory.json` of a preset: for each model its forms, the best first, and the memory that films may take. */
const memoryFile = z.strictObject({
  budget: z.string(),
  models: z.record(z.string(), z.array(form).min(1)),
});

const stageNames = ['tokens', 'keyframes', 'clips'] as const;
type StageName = (typeof stageNames)[number];
const partOf: Readonly<Record<StageName, FilmPart>> = {
  tokens: 'tokens',
  keyframes: 'keyframe',
  clips: 'clip',
};

export interface StageMemory {
  readonly stage: StageName;
  /** Estimated bytes of each model while the stage runs. */
  readonly models: Readonly<Partial<Record<ModelName, number>>>;
  readonly total: number;
}

/** A budget in bytes from words like 8GB, 7.5 GiB or 900MB. Throws RangeError. */
export function parseMemory(text: string): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B)\s*$/i.exec(text) ?? [];
  if (!number || !unit)
    throw new RangeError(`expected an amount of memory such as 8GB or 900MB, got '${text}'`);
  const power = 'KMGT'.indexOf((unit[0] as string).toUpperCase()) + 1;
  return Number(number) * (unit.length === 3 ? 1024 : 1000) ** power;
}

export interface MemoryOptions {
  /** Bytes that a stage may take. Default that of the preset's `memory.json`, and on a device as much as it takes. */
  readonly budget?: number | undefined;
  /** The last stage that will run. Default clips. */
  readonly last?: StageName;
  /** Where models run. Default cpu. */
  readonly device?: DeviceName;
}

/**
 * The best forms of a preset's models with which every stage of a film, up to the `last`, fits into the budget; undefined
 * where the preset has no `memory.json`, and models run as they are stored. Starting from the best forms, the least change that
 * suffices is made, or the one that saves the most. Throws `PresetError` with the figures where nothing fits.
 */
export async function planMemory(
  preset: Preset,
  { budget, last = 'clips', device = 'cpu' }: MemoryOptions = {},
): Promise<{ plan: MemoryPlan; stages: StageMemory[] } | undefined> {
  const json = await optionalConfig(preset, '.', 'memory.json');
  if (!json) {
    if (budget === undefined) return undefined;
    throw new PresetError(
      `preset '${preset.name}' has no memory.json: its models have one form only, --memory cannot choose`,
    );
  }
  const parsed = parseConfig(memoryFile, withoutVersion(json, `preset '${preset.name}', memory.json`));
  const isCpu = device === 'cpu';
  const most = budget ?? (isCpu ? parseMemory(parsed.budget) : Number.POSITIVE_INFINITY);
  const listed = parsed.models as Partial<Record<ModelName, ModelForm[]>>;
  const forms = isCpu ? listed : formsOnDevices(listed);
  const sizes = await Sizes.of(preset);
  const chosen = Object.fromEntries(Object.keys(forms).map((name) => [name, 0])) as Record<ModelName, number>;
  const formOf = (name: ModelName): ModelForm => forms[name]?.[chosen[name]] ?? { format: 'stored' };
  const planned = stageNames.slice(0, stageNames.indexOf(last) + 1);
  for (const stage of planned) {
    for (;;) {
      const memory = sizes.stage(stage, formOf);
      if (memory.total <= most) break;
      const savings = sizes.modelsIn(stage).map((name) => {
        const next = forms[name]?.[(chosen[name] ?? 0) + 1];
        return { name, saved: next ? sizes.model(name, formOf(name)) - sizes.model(name, next) : 0 };
      });
      const over = memory.total - most;
      const best = savings.reduce((a, b) => (isBetter(b.saved, a.saved, over) ? b : a));
      if (best.saved <= 0) throw new PresetError(tooLarge(preset, memory, most));
      chosen[best.name]++;
    }
  }
  const names = Object.keys(forms) as ModelName[];
  return {
    plan: Object.fromEntries(names.map((name) => [name, formOf(name)])),
    stages: planned.map((stage) => sizes.stage(stage, formOf)),
  };
}

/**
 * Forms for devices. Float32 copies are made for mapping: to a device weights go as they are stored, half as large where that
 * is half precision. Quantised caches are the CPU's.
 */
function formsOnDevices(
  forms: Partial<Record<ModelName, ModelForm[]>>,
): Partial<Record<ModelName, ModelForm[]>> {
  const onDevice = ({ format, cacheBits, ...rest }: ModelForm): ModelForm => ({
    format: format === 'float32' ? 'stored' : format,
    ...(cacheBits ? { cacheBits: 32 } : {}),
    ...rest,
  });
  return Object.fromEntries(
    Object.entries(forms).map(([name, list]) => {
      const all = new Map(list.map(onDevice).map((form) => [JSON.stringify(form), form]));
      return [name, [...all.values()]];
    }),
  );
}

/** The least change that suffices, and where none does, the one that saves the most. */
function isBetter(saved: number, other: number, over: number): boolean {
  if (saved >= over && other >= over) return saved < other;
  return saved > other;
}

function tooLarge(preset: Preset, { stage, models, total }: StageMemory, most: number): string {
  const parts = Object.entries(models).map(([name, bytes]) => `${name} ${gigabytes(bytes)}`);
  return (
    `preset '${preset.name}': ${stage} need about ${gigabytes(total)} even with the smallest forms (${parts.join(', ')}), ` +
    `more than ${gigabytes(most)}. Allow more with --memory, or take a smaller preset`
  );
}

export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/**
 * Estimates of 2026-11-23 from one machine, two cores of an AMD EPYC with AVX-512 and VNNI, 24 GB, ONNX Runtime 1.30:
 * LLaMA-2-7B, SDXL's U-Net and VAE in `npx tsx bench/fullSize.ts llama|unet|vae --weights DIR` (docs/performance.md, "At
 * the paper's size"). A processor for which ONNX Runtime orders matrices otherwise, or another version of it,
 * may take more: measure with that command before changing them.
 */
const measured = {
  /** The program itself, before any model is there. */
  base: 0.25e9,
  /** Bytes that a value of a linear layer takes. */
  perValue: {
    stored: 4,
    float32: 4,
    // ONNX Runtime's own order of the matrix, its scales and sums, beside the mapped scales
    int8: { all: 1.4, attention: 1.4, none: 1.4 },
    int4: { all: 0.89, attention: 0.71, none: 0.63 },
  },
  /**
   * Bytes that a U-Net's step and the VAE's decoder take for each pixel of the picture, beside the weights. The animator's
   * is older than its measurement (`bench/fullSize.ts animator`), in which 14 frames of 576x320 took 5.8 GB, 31e3 a pixel.
   */
  perPixel: { unet: 2.2e3, animator: 12e3, vae: 9e3 },
  /** An allowance in bytes for one run beside weights and cache: of the autoregressor, and of each of the others. */
  perRun: { autoregressor: 0.1e9, other: 0.05e9 },
} as const;

/** Tables of which a film reads a few rows only, so that most of their pages stay on the disk. */
const isTable = /(embed_tokens|token_embedding)\.weight$/;

/** Estimates of what a preset's models take while they run. */
class Sizes {
  private readonly values: ReadonlyMap<ModelName, { linear: number; other: number }>;
  private readonly cacheValues: number;
  private readonly pixels: number;
  /** Pixels of a keyframe, which the VAE may paint larger than what its latents stand for. */
  private readonly painted: number;

  private constructor(
    values: ReadonlyMap<ModelName, { linear: number; other: number }>,
    cacheValues: number,
    pixels: number,
    painted: number,
  ) {
    this.values = values;
    this.cacheValues = cacheValues;
    this.pixels = pixels;
    this.painted = painted;
  }

  static async of(preset: Preset): Promise<Sizes> {
    const values = new Map<ModelName, { linear: number; other: number }>();
    for (const name of await modelsOf(preset, Object.values(partOf))) {
      const linear = new Set<string>();
      const parameters = new Parameters(undefined, {
        linear: (p, rows, _out, plain) => {
          if (rows.dim(1) % quantizationBlock === 0) linear.add(`${p.path}.weight`);
          return plain();
        },
      });
      running[name](parameters.scope(), await preset.config(name));
      const read = [...parameters].filter(({ name }) => !isTable.test(name));
      const count = (isLinear: boolean): number =>
        read.reduce((n, p) => n + (linear.has(p.name) === isLinear ? sizeOf(p.shape) : 0), 0);
      values.set(name, { linear: count(true), other: count(false) });
    }
    const config = parseConfig(autoregressorConfig, await preset.config('autoregressor'));
    const settings = await generationConfig(preset, 'autoregressor');
    const capacity = contextCapacity(config, settings);
    const { shape } = cacheTensor(config.llama, { capacity, bits: 32 });
    const { width, height } = await generationConfig(preset, 'renderer');
    const pixels = width * height;
    const painted = pixels * scaleOf(readImageCodecConfig(await preset.config('vae'))) ** 2;
    return new Sizes(values, 2 * config.llama.layers * sizeOf(shape), pixels, painted);
  }

  stage(stage: StageName, formOf: (name: ModelName) => ModelForm): StageMemory {
    const models = Object.fromEntries(
      this.modelsIn(stage).map((name) => [name, this.model(name, formOf(name))]),
    );
    const total = Object.values(models).reduce((a, b) => a + b, measured.base);
    return { stage, models, total };
  }

  model(name: ModelName, { format, roundInputs = 'all', cacheBits = 32, tile }: ModelForm): number {
    const { linear, other } = this.values.get(name) ?? { linear: 0, other: 0 };
    const { perValue, perPixel, perRun } = measured;
    const each = perValue[format];
    const weights = linear * (typeof each === 'number' ? each : each[roundInputs]) + other * 4;
    switch (name) {
      case 'autoregressor':
        return weights + (this.cacheValues * cacheBits) / 8 + perRun.autoregressor;
      case 'unet':
        return weights + perPixel.unet * this.pixels;
      case 'animator':
        return weights + perPixel.animator * this.pixels;
      case 'vae':
      case 'animator_vae': {
        const pixels = name === 'vae' ? this.painted : this.pixels;
        return weights + perPixel.vae * (tile ? Math.min(pixels, (tile * 8) ** 2) : pixels);
      }
      default:
        return weights + perRun.other;
    }
  }

  /** The models that run in a stage. */
  modelsIn(stage: StageName): ModelName[] {
    return modelsFor([partOf[stage]], (name) => this.values.has(name));
  }
}
