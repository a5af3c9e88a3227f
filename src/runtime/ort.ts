import ort from 'onnxruntime-node';
import type { DType, TypedArray } from '../graph/index.ts';
import { type DeviceName, deviceError, probeProgram } from './devices.ts';
import type { SessionTuning } from './protocol.ts';
import { describeOrtError } from './sessionError.ts';

/** The one file that talks to ONNX Runtime; it is loaded in workers only. */
export type OrtTensor = ort.Tensor;

ort.env.logLevel = 'fatal'; // every error is thrown as well, with the same words

/** A view of host memory, no copy. */
export function ortTensor(dtype: DType, data: TypedArray, shape: readonly number[]): OrtTensor {
  // float16 as raw bits is what the native binding takes; the constructor's types know other arrays only.
  return new ort.Tensor(dtype as 'float32', data as Float32Array, shape);
}

export interface OrtSessionSettings extends SessionTuning {
  readonly threads: number;
  readonly device: DeviceName;
  readonly external: string | undefined;
}

/** An ONNX Runtime session whose outputs are written into memory that the caller gives. */
/** Masked softmax makes denormals, with which arithmetic is three to four times slower than with zeros. */
const fastDenormals: Readonly<Record<string, string>> = { set_denormal_as_zero: '1' };

export class OrtSession {
  private readonly session: ort.InferenceSession;
  private readonly inPlace: boolean;

  private constructor(session: ort.InferenceSession) {
    this.session = session;
    this.inPlace = session.outputNames.includes(stopName);
  }

  /** Throws `SessionError` with the node and operator where ONNX Runtime names them. */
  static async create(bytes: Uint8Array, settings: OrtSessionSettings): Promise<OrtSession> {
    const { external, optimization = 'all', spinning = true, prepacking = external === undefined } = settings;
    const session: Record<string, string> = {
      disable_prepacking: prepacking ? '0' : '1',
      'intra_op.allow_spinning': spinning ? '1' : '0',
      ...fastDenormals,
      ...(settings.fallback === false ? { disable_cpu_ep_fallback: '1' } : {}),
    };
    if (external !== undefined) session.model_external_initializers_file_folder_path = external;
    const options: ort.InferenceSession.SessionOptions = {
      executionProviders: [settings.device],
      intraOpNumThreads: settings.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: optimization,
      enableCpuMemArena: settings.arena ?? true,
      enableMemPattern: settings.memoryPattern ?? true,
      logSeverityLevel: 4,
      extra: { session },
    };
    try {
      // what must run whole on a device cannot have the stop, a node of the CPU
      const whole = settings.fallback === false;
      return new OrtSession(await ort.InferenceSession.create(whole ? bytes : withStop(bytes), options));
    } catch (error) {
      throw describeOrtError('loading a program', error);
    }
  }

  /** Runs the program; every output that is given is filled in place. */
  async run(feeds: Record<string, OrtTensor>, outputs: Record<string, OrtTensor>): Promise<void> {
    try {
      await this.session.run(feeds, this.inPlace ? { [stopName]: null, ...outputs } : outputs);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith(stopMessage)) return;
      throw describeOrtError('running a program', error);
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/*
 * onnxruntime-node 1.30 fills outputs that the caller gives, and then copies each of them once more into a new
 * array that nobody asked for: 40 ms for 80 MB of gradients, as long as the whole optimizer. It hands outputs over
 * in the model's order and stops at the first that is no tensor. So every program gets an empty sequence as its
 * first output. A binding that learns to return sequences would make this void, not wrong.
 */
const stopName = '%stop';
const stopMessage = 'Non tensor type';

/**
 * Serialised protobuf messages merge when they are concatenated, repeated fields in order, so a model with one node
 * and one output put in front of another model's bytes makes these the first of the whole.
 */
function withStop(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([stopFragment(), bytes]);
}

let fragment: Uint8Array | undefined;

/** ModelProto { graph { node { output: '%stop', op_type: 'SequenceEmpty' }, output { '%stop': sequence of float } } } */
function stopFragment(): Uint8Array {
  if (fragment !== undefined) return fragment;
  const field = (number: number, content: Uint8Array | string): Buffer => {
    const body = Buffer.from(content as string);
    return Buffer.concat([Buffer.of(number * 8 + 2, body.length), body]); // all are shorter than 128 bytes
  };
  const node = Buffer.concat([field(2, stopName), field(4, 'SequenceEmpty')]);
  const tensorOfFloat = field(1, Buffer.of(1 * 8, 1));
  const sequence = field(4, field(1, tensorOfFloat));
  const output = Buffer.concat([field(1, stopName), field(2, sequence)]);
  fragment = field(7, Buffer.concat([field(1, node), field(12, output)]));
  return fragment;
}

/** Runs a tiny program on the device. Throws `DeviceError`. */
export async function probeDevice(device: DeviceName): Promise<void> {
  try {
    // ONNX Runtime takes a thread's setting for denormals from the first session of the process
    const extra = { session: fastDenormals };
    const options = { executionProviders: [device], logSeverityLevel: 4, extra } as const;
    const session = await ort.InferenceSession.create(probeProgram(), options);
    const results = await session.run({ x: ortTensor('float32', Float32Array.of(1, -2), [2]) });
    const values = results.y?.data as Float32Array;
    await session.release();
    if (values?.[0] !== -1 || values[1] !== 2) throw new Error(`it computes -[1, -2] as [${values}]`);
  } catch (cause) {
    throw deviceError(device, cause);
  }
}
