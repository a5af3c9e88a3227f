import { f32, type TensorData } from '../../graph/index.ts';
import type { Random } from '../../random/index.ts';
import { contextRows, placeIndex, placeWidth, type RendererContextConfig, rowKinds } from './config.ts';

/** One frame's script, encoded: at most as many rows each as the config has. */
export interface FrameConditions {
  /** Sentence embeddings. */
  readonly sentences: readonly Float32Array[];
  /** Face embeddings, one for each character in view. */
  readonly faces: readonly Float32Array[];
  /** Each sentence's person, as the index of the face, or -1; all -1 by default. For `places` and `columns`. */
  readonly owners?: readonly number[];
}

/** Host arrays for the inputs of `rendererContext`, without the tokens. */
export interface PackedContext {
  /** Sentence rows. */
  readonly sentences: TensorData;
  /** Face rows. */
  readonly faces: TensorData;
  /** Presence mask [b, rows]: 1 for a row that exists, 0 for padding. */
  readonly rows: TensorData;
  /** With `places` only. */
  readonly places?: TensorData;
  /** With `columns` only: how much of each row is told to each column [b, columns, rows]. */
  readonly columns?: TensorData;
}

/**
 * Pads the frames of a batch with zeros and marks the rows that are there.
 * @param random training only: each row, the compressed tokens included, is masked with `maskProbability`
 * @throws RangeError where a frame has too many rows or an embedding has another width
 */
export function packContext(
  frames: readonly FrameConditions[],
  config: RendererContextConfig,
  random?: Random,
): PackedContext {
  const b = frames.length;
  const width = contextRows(config);
  const rows = new Float32Array(b * width);
  const fill = (kind: 'sentences' | 'faces', dim: number, offset: number): TensorData => {
    const capacity = config[kind];
    const data = new Float32Array(b * capacity * dim);
    frames.forEach((frame, i) => {
      const list = frame[kind];
      if (list.length > capacity) {
        throw new RangeError(
          `packContext: frame ${i} has ${list.length} ${kind}, there are ${capacity} rows for them`,
        );
      }
      list.forEach((row, j) => {
        if (row.length !== dim) {
          throw new RangeError(
            `packContext: ${kind}[${j}] of frame ${i} must have ${dim} values, got ${row.length}`,
          );
        }
        data.set(row, (i * capacity + j) * dim);
        rows[i * width + offset + j] = 1;
      });
    });
    // a modality with no rows at all still needs a tensor to feed
    return capacity > 0 ? f32(data, [b, capacity, dim]) : f32(new Float32Array(b * dim), [b, 1, dim]);
  };
  for (let i = 0; i < b; i++) rows.fill(1, i * width, i * width + config.tokens);
  const sentences = fill('sentences', config.sentenceDim, config.tokens);
  const faces = fill('faces', config.faceDim, config.tokens + config.sentences);
  if (random) {
    rows.forEach((_, i) => {
      if (random.chance(config.maskProbability)) rows[i] = 0;
    });
  }
  return {
    sentences,
    faces,
    rows: f32(rows, [b, width]),
    ...(config.places ? { places: placesOf(frames, config) } : {}),
    ...(config.columns > 0 ? { columns: columnsOf(frames, config) } : {}),
  };
}

/** What each row is, and whose, as ones among zeros [b, rows, placeWidth]. */
function placesOf(frames: readonly FrameConditions[], config: RendererContextConfig): TensorData {
  const { tokens, sentences } = config;
  const rows = contextRows(config);
  const width = placeWidth(config);
  const data = new Float32Array(frames.length * rows * width);
  frames.forEach((frame, i) => {
    const people = frame.faces.length;
    const set = (row: number, index: number): void => {
      data[(i * rows + row) * width + index] = 1;
    };
    frame.sentences.forEach((_, j) => {
      const owner = frame.owners?.[j] ?? -1;
      if (owner >= people)
        throw new RangeError(
          `packContext: sentence ${j} of frame ${i} speaks of person ${owner} of ${people} (from 0)`,
        );
      set(tokens + j, rowKinds.sentence);
      if (owner >= 0) set(tokens + j, placeIndex(owner, people));
    });
    frame.faces.forEach((_, j) => {
      set(tokens + sentences + j, rowKinds.face);
      set(tokens + sentences + j, placeIndex(j, people));
    });
  });
  return f32(data, [frames.length, rows, width]);
}

/** For each column the face of its person and the mean of that person's sentences, as weights [b, columns, rows]. */
function columnsOf(frames: readonly FrameConditions[], config: RendererContextConfig): TensorData {
  const { tokens, sentences, columns } = config;
  const rows = contextRows(config);
  const data = new Float32Array(frames.length * columns * rows);
  frames.forEach(({ faces, owners = [] }, i) => {
    if (faces.length === 0) return;
    for (let x = 0; x < columns; x++) {
      const at = (i * columns + x) * rows + tokens;
      const person = Math.floor(((x + 0.5) / columns) * faces.length);
      const own = owners.flatMap((owner, j) => (owner === person ? [j] : []));
      for (const j of own) data[at + j] = 1 / own.length;
      data[at + sentences + person] = 1;
    }
  });
  return f32(data, [frames.length, columns, rows]);
}
