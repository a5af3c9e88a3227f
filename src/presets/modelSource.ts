import { type Adapter, Checkpoint, checkAdapter, checkTensors } from '../checkpoints/index.ts';
import {
  type CompileOptions,
  compile,
  type LinearRule,
  type NBitsAttributes,
  Parameters,
  type Precision,
  type Scope,
  type Shape,
  type Tensor,
  type TensorData,
} from '../graph/index.ts';
import { adaptedLinear, packedName, quantizedLinear } from '../nn/index.ts';
import type {
  ParameterStore,
  Resident,
  RunOptions,
  Session,
  SessionTuning,
  WorkerHost,
} from '../runtime/index.ts';

/** Compiles graphs over one model's weights, wherever these are: in a checkpoint, or in a training run's memory. */
export interface ModelSource {
  /** The worker that networks run in. */
  readonly host: WorkerHost;
  /** Builds a graph with the model's parameters and prepares it to run. */
  load(build: (p: Scope) => Readonly<Record<string, Tensor>>, options?: NetworkOptions): Promise<Network>;
}

/** How one network is compiled and run. */
export interface NetworkOptions extends SessionTuning {
  /** See `CompileOptions`: a dimension that is known only when the network runs. */
  readonly unknown?: number;
  /** Instead of the host's: for networks whose values half precision does not hold. */
  readonly precision?: Precision;
}

/** A compiled graph with its weights. */
export interface Network {
  /**
   * Computes the outputs by name. `feeds` has a tensor for every input of the graph, of its shape and dtype.
   * @throws {SessionError} when ONNX Runtime fails, or `release` was called before.
   * @throws {TypeError} for a feed that is missing or of another shape or dtype.
   */
  run(
    feeds: Readonly<Record<string, TensorData | Resident>>,
    options?: Omit<RunOptions, 'weights'>,
  ): Promise<Record<string, TensorData>>;
  /**
   * Frees the network’s memory in the worker. Call it once the network is no longer needed; nothing else frees it before
   * the worker ends.
   */
  release(): Promise<void>;
}

/** Buffers that published checkpoints carry and no model reads. */
const ignored = [/(^|\.)position_ids$/, /(^|\.)rotary_emb\.inv_freq$/, /(^|\.)logit_scale$/];

type Compute = (path: string) => NBitsAttributes['compute'];

export interface CheckpointSourceOptions {
  /** Put before every parameter path. */
  readonly prefix?: string;
  /** What a linear layer with quantised weights multiplies in, see `quantizedLinear`. Default: int8. */
  readonly compute?: Compute;
  /** How sessions are made, where a network does not say otherwise. */
  readonly tuning?: SessionTuning;
  /** Computed beside the linear layers that it adapts. */
  readonly adapter?: Adapter | undefined;
}

/**
 * The weights of a checkpoint file or folder, or of several in layers (`Checkpoint.open`), mapped in place. Throws
 * `CheckpointError` where a tensor that the graph needs is missing or has another shape.
 */
export async function checkpointSource(
  host: WorkerHost,
  path: string | readonly string[],
  { prefix = '', compute = () => 'int8', tuning = {}, adapter }: CheckpointSourceOptions = {},
): Promise<ModelSource> {
  const paths = typeof path === 'string' ? [path] : path;
  const checkpoint = await Checkpoint.open(adapter ? [...paths, adapter.file] : paths);
  try {
    if (adapter) await checkAdapter(adapter, checkpoint, packedName);
  } finally {
    await checkpoint.close(); // its headers are read, and ONNX Runtime maps the files itself
  }
  return {
    host,
    load: async (build, { unknown, precision, ...own } = {}) => {
      const quantized = quantizedRule(checkpoint, compute);
      const linear = adapter ? adaptedLinear(adapter.layers, quantized) : quantized;
      const parameters = new Parameters(checkpoint.names(), linear ? { linear } : {});
      const outputs = build(parameters.scope(prefix));
      const expected = new Map(
        [...parameters].map(({ name, shape, tensor: { dtype } }) => [
          name,
          { shape, ...(dtype === 'float32' ? {} : { dtype }) },
        ]),
      );
      // one network may use a part of the checkpoint (an encoder without its decoder): what is more is no fault
      const stored = checkTensors(checkpoint, expected, {
        ignore: [...ignored, /./],
        aliases: (name) => [adapter?.stored.get(name) ?? name],
      });
      const options = {
        ...host.target,
        weights: checkpoint.weights(stored),
        ...(unknown ? { unknown } : {}),
        ...(precision ? { precision } : {}),
      };
      // ONNX Runtime multiplies with quantised matrices in an order of its own, into which it brings them now or each time
      const prepacking = quantized ? { prepacking: true } : {};
      return networkOf(await host.load(compile(outputs, options), { ...prepacking, ...tuning, ...own }));
    },
  };
}

/** How linear layers compute where a checkpoint's weights were quantised; undefined where they were not. */
export function quantizedRule(
  checkpoint: Pick<Checkpoint, 'names' | 'has' | 'info'>,
  compute: Compute = () => 'int8',
): LinearRule | undefined {
  if (!checkpoint.names().some((name) => name.endsWith(packedName('weight')))) return undefined;
  const shapeOf = (name: string): Shape | undefined =>
    checkpoint.has(name) ? checkpoint.info(name).shape : undefined;
  return quantizedLinear(shapeOf, compute);
}

/** Weights that a training run leaves as they are, where they lie; the others are those of its store. */
export interface FrozenWeights {
  /** Where each frozen parameter lies, by its path. */
  readonly weights: NonNullable<CompileOptions['weights']>;
  /** How linear layers compute: with adapters, or quantised. */
  readonly linear?: LinearRule | undefined;
  /** How sessions over them are made. */
  readonly tuning?: SessionTuning | undefined;
}

/** The averaged weights of a training run in progress. */
export function storeSource(
  host: WorkerHost,
  store: ParameterStore,
  prefix = '',
  frozen?: FrozenWeights,
): ModelSource {
  const { weights, linear, tuning = {} } = frozen ?? {};
  return {
    host,
    load: async (build, { unknown, precision, ...own } = {}) => {
      const outputs = build(new Parameters(undefined, linear ? { linear } : {}).scope(prefix));
      const program = compile(outputs, {
        ...host.target,
        ...(weights ? { weights } : {}),
        ...(unknown ? { unknown } : {}),
        ...(precision ? { precision } : {}),
      });
      return networkOf(await host.load(program, { ...tuning, ...own, store }), { weights: 'ema' });
    },
  };
}

function networkOf(session: Session, fixed: RunOptions = {}): Network {
  return {
    run: (feeds, options = {}) => session.run(feeds, { ...options, ...fixed }),
    release: () => session.release(),
  };
}
