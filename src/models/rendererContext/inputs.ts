import { concatRows, f32, input, type Tensor, type TensorData } from '../../graph/index.ts';
import type { Random } from '../../random/index.ts';
import { contextRows, placeIndex, placeWidth, type RendererContextConfig, rowKinds } from './config.ts';

// Every condition of a picture is one line of a table below: graphs, feeds and checks are made from it.
// Legend: b batch, rows as in `contextRows`.

/** One frame's script, encoded: at most as many rows each as the config has. */
export interface FrameConditions {
  /** Sentence embeddings, each of `sentenceDim` values. */
  readonly sentences: readonly Float32Array[];
  /** Face embeddings, each of `faceDim` values, in the order of the people. */
  readonly faces: readonly Float32Array[];
  /** Each sentence's person, as the index of the face, or -1; all -1 by default. For `places` and `columns`. */
  readonly owners?: readonly number[] | undefined;
}

/** All that a frame is rendered from. */
export interface ConditionedFrame extends FrameConditions {
  /** The compressed tokens, each of `tokenDim` values. */
  readonly tokens: readonly Float32Array[];
}

/** Inputs of `rendererContext`; those that the config has no use for are left out. */
export interface RendererContextInputs {
  /** Compressed tokens [b, tokens, D]. */
  readonly tokens: Tensor;
  /** Sentence embeddings, padded with zeros [b, sentences, sentenceDim]. */
  readonly sentences?: Tensor | undefined;
  /** Face embeddings, padded with zeros [b, faces, faceDim]. */
  readonly faces?: Tensor | undefined;
  /** 1 for rows that are there and not masked, else 0 [b, rows]. */
  readonly rows: Tensor;
  /** With `places` only: 1 for what each row is and whose it is, else 0 [b, rows, placeWidth]. */
  readonly places?: Tensor | undefined;
}

/** Inputs of the U-Net beside the context. */
export interface UNetConditionInputs {
  /** With `columns` only: how much of each row is told to each column of the picture [b, columns, rows]. */
  readonly columns?: Tensor | undefined;
}

/** Host arrays by the names of the inputs. */
export interface ConditionFeeds {
  /** Inputs of the renderer's context, by name, float32 [batch, ...]. */
  readonly context: Readonly<Record<string, TensorData>>;
  /** Inputs of the U-Net beside its latents and context, by name, float32 [batch, ...]. */
  readonly unet: Readonly<Record<string, TensorData>>;
}

interface Condition {
  /** Of one frame; undefined where the config has no such input. */
  shape(config: RendererContextConfig): readonly number[] | undefined;
  /** A checked frame's values, row-major. */
  values(frame: ConditionedFrame, config: RendererContextConfig, random?: Random): Float32Array;
}

type Conditions<Name extends string> = Readonly<Record<Name, Condition>>;

const contextConditions: Conditions<keyof RendererContextInputs> = {
  tokens: {
    shape: ({ tokens, tokenDim }) => [tokens, tokenDim],
    values: ({ tokens }, { tokenDim }) => concatRows(tokens, tokenDim),
  },
  sentences: {
    shape: ({ sentences, sentenceDim }) => (sentences > 0 ? [sentences, sentenceDim] : undefined),
    values: (frame, { sentences, sentenceDim }) => padded(frame.sentences, sentences, sentenceDim),
  },
  faces: {
    shape: ({ faces, faceDim }) => (faces > 0 ? [faces, faceDim] : undefined),
    values: (frame, { faces, faceDim }) => padded(frame.faces, faces, faceDim),
  },
  rows: { shape: (config) => [contextRows(config)], values: rowsThere },
  places: {
    shape: (config) => (config.places ? [contextRows(config), placeWidth(config)] : undefined),
    values: placesOf,
  },
};

const unetConditions: Conditions<keyof UNetConditionInputs> = {
  columns: {
    shape: (config) => (config.columns > 0 ? [config.columns, contextRows(config)] : undefined),
    values: columnsOf,
  },
};

/** The shape of an input of `rendererContext` for a batch; undefined where the config has no such input. */
export function contextInputShape(
  name: keyof RendererContextInputs,
  batch: number,
  config: RendererContextConfig,
): number[] | undefined {
  const shape = contextConditions[name].shape(config);
  return shape && [batch, ...shape];
}

/** Graph inputs for a batch, each under the name that `feedsOf` gives its values. */
export function inputsOf(
  batch: number,
  config: RendererContextConfig,
): { readonly context: RendererContextInputs; readonly unet: UNetConditionInputs } {
  const declared = <Name extends string>(conditions: Conditions<Name>): Partial<Record<Name, Tensor>> =>
    mapped(conditions, ({ shape }, name) => {
      const own = shape(config);
      return own && input(name, [batch, ...own]);
    });
  // every config has tokens and rows
  return {
    context: declared(contextConditions) as RendererContextInputs,
    unet: declared(unetConditions),
  };
}

/**
 * A batch's values for `inputsOf`: rows that are missing are zeros.
 * @param random training only: each row, the compressed tokens included, is masked with `maskProbability`
 * @throws RangeError where a frame has another number of tokens, too many rows, or a row of another width
 */
export function feedsOf(
  frames: readonly ConditionedFrame[],
  config: RendererContextConfig,
  random?: Random,
): ConditionFeeds {
  frames.forEach((frame, i) => {
    checkFrame(frame, i, config);
  });
  const fed = (conditions: Conditions<string>): Record<string, TensorData> =>
    mapped(conditions, ({ shape, values }) => {
      const own = shape(config);
      return (
        own && f32(concatRows(frames.map((frame) => values(frame, config, random))), [frames.length, ...own])
      );
    }) as Record<string, TensorData>;
  return { context: fed(contextConditions), unet: fed(unetConditions) };
}

/** The conditions that a config has, as something else. */
function mapped<Name extends string, T>(
  conditions: Conditions<Name>,
  as: (condition: Condition, name: Name) => T | undefined,
): Partial<Record<Name, T>> {
  const result: Partial<Record<Name, T>> = {};
  for (const name of Object.keys(conditions) as Name[]) {
    const value = as(conditions[name], name);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function checkFrame(frame: ConditionedFrame, index: number, config: RendererContextConfig): void {
  const { tokens, faces, owners = [] } = frame;
  if (tokens.length !== config.tokens || tokens.some((t) => t.length !== config.tokenDim)) {
    const got = tokens.map((t) => t.length).join(', ') || 'none';
    throw new RangeError(
      `renderer: frame ${index} needs ${config.tokens} tokens of ${config.tokenDim} values, got ${got}`,
    );
  }
  for (const [kind, dim] of [
    ['sentences', config.sentenceDim],
    ['faces', config.faceDim],
  ] as const) {
    const rows = frame[kind];
    if (rows.length > config[kind]) {
      throw new RangeError(
        `renderer: frame ${index} has ${rows.length} ${kind}, there are ${config[kind]} rows for them`,
      );
    }
    rows.forEach((row, j) => {
      if (row.length === dim) return;
      throw new RangeError(
        `renderer: ${kind}[${j}] of frame ${index} must have ${dim} values, got ${row.length}`,
      );
    });
  }
  const stray = config.places ? frame.sentences.findIndex((_, j) => (owners[j] ?? -1) >= faces.length) : -1;
  if (stray >= 0) {
    throw new RangeError(
      `renderer: sentence ${stray} of frame ${index} speaks of person ${owners[stray]} of ${faces.length} (from 0)`,
    );
  }
}

function padded(rows: readonly Float32Array[], capacity: number, width: number): Float32Array {
  const data = new Float32Array(capacity * width);
  data.set(concatRows(rows, width));
  return data;
}

/** 1 for each row that is there and, with a stream, not masked [rows]. */
function rowsThere(frame: ConditionedFrame, config: RendererContextConfig, random?: Random): Float32Array {
  const { tokens, sentences, maskProbability } = config;
  const rows = new Float32Array(contextRows(config));
  rows.fill(1, 0, tokens);
  rows.fill(1, tokens, tokens + frame.sentences.length);
  rows.fill(1, tokens + sentences, tokens + sentences + frame.faces.length);
  if (!random) return rows;
  // absent rows draw as well: a row's draw does not depend on what else is there
  return rows.map((there) => (random.chance(maskProbability) ? 0 : there));
}

/** What each row is, and whose, as ones among zeros [rows, placeWidth]. */
function placesOf(
  { sentences, faces, owners }: ConditionedFrame,
  config: RendererContextConfig,
): Float32Array {
  const width = placeWidth(config);
  const data = new Float32Array(contextRows(config) * width);
  const set = (row: number, index: number): void => {
    data[row * width + index] = 1;
  };
  sentences.forEach((_, j) => {
    const row = config.tokens + j;
    const owner = owners?.[j] ?? -1;
    set(row, rowKinds.sentence);
    if (owner >= 0) set(row, placeIndex(owner, faces.length));
  });
  faces.forEach((_, j) => {
    const row = config.tokens + config.sentences + j;
    set(row, rowKinds.face);
    set(row, placeIndex(j, faces.length));
  });
  return data;
}

/** For each column the face of its person and the mean of that person's sentences, as weights [columns, rows]. */
function columnsOf({ faces, owners = [] }: ConditionedFrame, config: RendererContextConfig): Float32Array {
  const { tokens, sentences, columns } = config;
  const rows = contextRows(config);
  const data = new Float32Array(columns * rows);
  if (faces.length === 0) return data;
  for (let x = 0; x < columns; x++) {
    const at = x * rows + tokens;
    const person = Math.floor(((x + 0.5) / columns) * faces.length);
    const own = owners.flatMap((owner, j) => (owner === person ? [j] : []));
    for (const j of own) data[at + j] = 1 / own.length;
    data[at + sentences + person] = 1;
  }
  return data;
}
