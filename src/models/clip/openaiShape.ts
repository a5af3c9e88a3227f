import { ConfigError } from '../configs.ts';
import type { ClipEncoderConfig, ClipOpenaiConfig } from './configs.ts';

/** What `readClipOpenaiShape` looks at; a `Checkpoint` of the runtime is one. */
export interface NamedShapes {
  /** Names of all tensors. */
  names(): Iterable<string>;
  /** Whether there is a tensor `name`. */
  has(name: string): boolean;
  /** Shape of the tensor `name`. */
  info(name: string): { readonly shape: readonly number[] };
}

/** A checkpoint may hold one tower only. */
export interface ClipOpenaiShape {
  /** The vision tower’s config. */
  readonly vision: ClipOpenaiConfig['vision'] | undefined;
  /** The text tower’s config. */
  readonly text: ClipOpenaiConfig['text'] | undefined;
  /** Rows of the first of LongCLIP's two position tables that are used; undefined where there is one table. */
  readonly keepLength: number | undefined;
}

/** Every head of OpenAI's transformers has this width. */
const headWidth = 64;
/**
 * LongCLIP keeps the first rows of CLIP's positions; its class has the number, and its checkpoints do not.
 */
const longClipKeeps = 20;

/**
 * The config of a CLIP in OpenAI's layout (CLIP, LongCLIP, FaRL) from its tensors' names and shapes: such
 * checkpoints come without a config file, and OpenAI's `build_model` derives it so, too. Pictures are then as
 * large as the table of positions says, heads 64 wide, and the activation is quick_gelu. Throws `ConfigError`
 * for towers that are no transformers of this layout, and where shapes contradict each other.
 */
export function readClipOpenaiShape(tensors: NamedShapes): ClipOpenaiShape {
  const shapes = new Shapes(tensors);
  const hasVision = tensors.has('visual.conv1.weight');
  const hasText = tensors.has('token_embedding.weight');
  if (hasVision || hasText) {
    return {
      vision: hasVision ? visionOf(shapes) : undefined,
      text: hasText ? textOf(shapes) : undefined,
      keepLength: hasText && tensors.has('positional_embedding_res') ? longClipKeeps : undefined,
    };
  }
  const some = [...tensors.names()].slice(0, 3).join(', ');
  const isTransformers = [...tensors.names()].some((name) => /^(text|vision)_model\./.test(name));
  const advice = isTransformers ? ': these are the names of transformers, whose config.json says it' : '';
  throw new ConfigError(
    "CLIP (OpenAI layout): neither 'visual.conv1.weight' nor 'token_embedding.weight' is there, " +
      `but ${some || 'nothing'}${advice}`,
  );
}

function visionOf(shapes: Shapes): ClipOpenaiConfig['vision'] {
  if (!shapes.has('visual.class_embedding')) {
    throw new ConfigError(
      "CLIP (OpenAI layout): 'visual.class_embedding' is missing: a ResNet tower is not supported, ViT is",
    );
  }
  const [d, channels, patchSize, patchWidth] = shapes.of('visual.conv1.weight', 4) as FourNumbers;
  if (patchSize !== patchWidth) shapes.fail('visual.conv1.weight', 'must have square patches');
  const rows = shapes.of('visual.positional_embedding', 2)[0] as number;
  const side = Math.round(Math.sqrt(rows - 1));
  if (rows < 2 || side * side !== rows - 1) {
    shapes.fail('visual.positional_embedding', 'must have one row for the class and a square of patches');
  }
  const projectionDim = shapes.of('visual.proj', 2)[1] as number;
  shapes.must('visual.positional_embedding', [rows, d]);
  shapes.must('visual.proj', [d, projectionDim]);
  return {
    ...encoderOf(shapes, 'visual.transformer', d, projectionDim),
    channels,
    imageSize: side * patchSize,
    patchSize,
    initializerRange: 0.02,
  };
}

function textOf(shapes: Shapes): ClipOpenaiConfig['text'] {
  const [vocabSize, d] = shapes.of('token_embedding.weight', 2) as [number, number];
  const positions = shapes.of('positional_embedding', 2)[0] as number;
  const projectionDim = shapes.of('text_projection', 2)[1] as number;
  shapes.must('positional_embedding', [positions, d]);
  if (shapes.has('positional_embedding_res')) shapes.must('positional_embedding_res', [positions, d]);
  shapes.must('text_projection', [d, projectionDim]);
  shapes.must('ln_final.weight', [d]);
  return {
    ...encoderOf(shapes, 'transformer', d, projectionDim),
    vocabSize,
    positions,
    eosTokenId: 2, // the highest id ends a sequence
  };
}

/** A stack of blocks of width `d`, named `<path>.resblocks.<n>`. */
function encoderOf(shapes: Shapes, path: string, d: number, projectionDim: number): ClipEncoderConfig {
  const layers = shapes.blocks(`${path}.resblocks.`);
  if (d % headWidth !== 0) {
    throw new ConfigError(
      `CLIP (OpenAI layout): '${path}' is ${d} wide, and heads of ${headWidth} do not divide it`,
    );
  }
  for (let i = 0; i < layers; i++) {
    shapes.must(`${path}.resblocks.${i}.attn.in_proj_weight`, [3 * d, d]);
    shapes.must(`${path}.resblocks.${i}.mlp.c_fc.weight`, [4 * d, d]);
  }
  return {
    hiddenSize: d,
    intermediateSize: 4 * d,
    layers,
    heads: d / headWidth,
    activation: 'quick_gelu',
    layerNormEps: 1e-5,
    projectionDim,
    initializerFactor: 1,
  };
}

type FourNumbers = [number, number, number, number];

/** Shapes by name, with errors that say which one does not fit. */
class Shapes {
  private readonly tensors: NamedShapes;

  constructor(tensors: NamedShapes) {
    this.tensors = tensors;
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** A shape of so many axes, none of them empty. */
  of(name: string, axes: number): readonly number[] {
    if (!this.has(name)) throw new ConfigError(`CLIP (OpenAI layout): '${name}' is missing`);
    const { shape } = this.tensors.info(name);
    if (shape.length !== axes || shape.includes(0)) this.fail(name, `must have ${axes} axes`);
    return shape;
  }

  must(name: string, expected: readonly number[]): void {
    if (this.of(name, expected.length).join() !== expected.join()) this.fail(name, `must be [${expected}]`);
  }

  /** How many numbers follow `prefix` in names; they must count from 0. */
  blocks(prefix: string): number {
    const numbers = new Set<string>();
    for (const name of this.tensors.names()) {
      if (name.startsWith(prefix)) numbers.add(name.slice(prefix.length).split('.', 1)[0] as string);
    }
    for (let i = 0; i < numbers.size; i++) {
      if (!numbers.has(String(i))) throw new ConfigError(`CLIP (OpenAI layout): '${prefix}${i}' is missing`);
    }
    if (numbers.size === 0) throw new ConfigError(`CLIP (OpenAI layout): '${prefix}0' is missing`);
    return numbers.size;
  }

  fail(name: string, problem: string): never {
    const { shape } = this.tensors.info(name);
    throw new ConfigError(`CLIP (OpenAI layout): '${name}' ${problem}; got [${shape}]`);
  }
}
