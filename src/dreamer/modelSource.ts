import { compile, Parameters, type Scope, type Tensor, type TensorData } from '../graph/index.ts';
import {
  Checkpoint,
  checkTensors,
  type ParameterStore,
  type Resident,
  type RunOptions,
  type Session,
  type WorkerHost,
} from '../runtime/index.ts';

/** Compiles graphs over one model's weights, wherever these are: in a checkpoint, or in a training run's memory. */
export interface ModelSource {
  readonly host: WorkerHost;
  /** Builds a graph with the model's parameters and prepares it to run. */
  load(build: (p: Scope) => Readonly<Record<string, Tensor>>): Promise<Network>;
}

/** A compiled graph with its weights. */
export interface Network {
  run(
    feeds: Readonly<Record<string, TensorData | Resident>>,
    options?: Omit<RunOptions, 'weights'>,
  ): Promise<Record<string, TensorData>>;
  release(): Promise<void>;
}

/** Buffers that published checkpoints carry and no model reads. */
const ignored = [/(^|\.)position_ids$/, /(^|\.)rotary_emb\.inv_freq$/, /(^|\.)logit_scale$/];

/**
 * The weights of a checkpoint file or folder, mapped in place. `prefix` is put before every parameter path. Throws
 * `CheckpointError` where a tensor that the graph needs is missing or has another shape.
 */
export async function checkpointSource(host: WorkerHost, path: string, prefix = ''): Promise<ModelSource> {
  const checkpoint = await Checkpoint.open(path);
  await checkpoint.close(); // its headers are read, and ONNX Runtime maps the files itself
  return {
    host,
    load: async (build) => {
      const parameters = new Parameters(checkpoint.names());
      const outputs = build(parameters.scope(prefix));
      const expected = new Map([...parameters].map((p) => [p.name, { shape: p.shape }]));
      // one network may use a part of the checkpoint (an encoder without its decoder): what is more is no fault
      checkTensors(checkpoint, expected, { ignore: [...ignored, /./] });
      return networkOf(await host.load(compile(outputs, { weights: checkpoint.weights() })));
    },
  };
}

/** The averaged weights of a training run in progress. */
export function storeSource(host: WorkerHost, store: ParameterStore, prefix = ''): ModelSource {
  return {
    host,
    load: async (build) => {
      const outputs = build(new Parameters().scope(prefix));
      return networkOf(await host.load(compile(outputs), { store }), { weights: 'ema' });
    },
  };
}

function networkOf(session: Session, fixed: RunOptions = {}): Network {
  return {
    run: (feeds, options = {}) => session.run(feeds, { ...options, ...fixed }),
    release: () => session.release(),
  };
}
