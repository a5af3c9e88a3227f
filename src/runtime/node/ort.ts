import ort from 'onnxruntime-node';
import type { DType, TypedArray } from '../../graph/index.ts';
import { type DeviceName, deviceError, type ProbedDevice, probeProgram } from '../devices.ts';
import type { SessionTuning } from '../protocol.ts';
import { describeOrtError } from '../sessionError.ts';
import { type Placement, Profile } from './placement.ts';

/** The one file that talks to ONNX Runtime; it is loaded in workers only. */
export type OrtTensor = ort.Tensor;

ort.env.logLevel = 'fatal'; // every error is thrown as well, with the same words

/** A view of host memory, no copy. */
export function ortTensor(dtype: DType, data: TypedArray, shape: readonly number[]): OrtTensor {
  // float16 as raw bits is what the native binding takes; the constructor's types know other arrays only.
  return new ort.Tensor(dtype as 'float32', data as Float32Array, shape);
}

/**
 * The same values in the device's memory, in another shape of the same size. Only to feed or to write into: reading
 * such a tensor's data in JavaScript aborts the process.
 */
export function viewOf(tensor: OrtTensor, shape: readonly number[]): OrtTensor {
  const options = { dataType: tensor.type as 'float32', dims: shape };
  return ort.Tensor.fromGpuBuffer(tensor.gpuBuffer as never, options) as OrtTensor;
}

export interface OrtSessionSettings extends SessionTuning {
  readonly threads: number;
  readonly device: DeviceName;
  readonly external: string | undefined;
  /** `device`: what `compute` returns stays in the device's memory (WebGPU only). Default: it comes to the host. */
  readonly location?: 'device' | undefined;
}

/** Masked softmax makes denormals, with which arithmetic is three to four times slower than with zeros. */
const fastDenormals: Readonly<Record<string, string>> = { set_denormal_as_zero: '1' };

/** An ONNX Runtime session whose outputs are written into memory that the caller gives. */
export class OrtSession {
  private readonly session: ort.InferenceSession;
  private readonly inPlace: boolean;

  private readonly profile: Profile | undefined;

  private constructor(session: ort.InferenceSession, profile: Profile | undefined) {
    this.session = session;
    this.profile = profile;
    this.inPlace = session.outputNames.includes(stopName);
  }

  /** Throws `SessionError` with the node and operator where ONNX Runtime names them. */
  static async create(bytes: Uint8Array, settings: OrtSessionSettings): Promise<OrtSession> {
    const { external, optimization = 'all', spinning = true, prepacking = external === undefined } = settings;
    const session: Record<string, string> = {
      disable_prepacking: prepacking ? '0' : '1',
      'intra_op.allow_spinning': spinning ? '1' : '0',
      ...fastDenormals,
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
      ...(settings.location === 'device' ? { preferredOutputLocation: 'gpu-buffer' } : {}),
      extra: { session },
    };
    const profile = settings.profile ? new Profile() : undefined;
    if (profile) Object.assign(options, { enableProfiling: true, profileFilePrefix: profile.prefix });
    const program = settings.location === 'device' ? bytes : withStop(bytes);
    try {
      return new OrtSession(await ort.InferenceSession.create(program, options), profile);
    } catch (error) {
      profile?.remove();
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

  /** Runs the program; all outputs are fresh tensors, for sessions with `location: 'device'` there. */
  async compute(feeds: Record<string, OrtTensor>): Promise<Readonly<Record<string, OrtTensor>>> {
    try {
      return await this.session.run(feeds);
    } catch (error) {
      throw describeOrtError('running a program', error);
    }
  }

  /** Where each operator ran. Ends the profile: sessions made with `profile` only, once. */
  placement(): Placement[] {
    if (!this.profile) throw new Error('placement: this session was made without a profile');
    this.session.endProfiling();
    return this.profile.read(notOfTheProgram);
  }

  async release(): Promise<void> {
    await this.session.release();
    this.profile?.remove();
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

/** What this file and ONNX Runtime add to a program: the stop, and copies between the device and the host. */
const notOfTheProgram: ReadonlySet<string> = new Set(['SequenceEmpty', 'MemcpyFromHost', 'MemcpyToHost']);

/** Sessions that stay as long as the process. */
const kept: ort.InferenceSession[] = [];

/**
 * Runs a tiny program on the device. Throws `DeviceError`. The session stays: with its last session ONNX Runtime closes a
 * GPU and forgets its compiled shaders, which would make the first run of every program 100 times as long.
 */
export async function probeDevice({ device, precision }: ProbedDevice): Promise<void> {
  try {
    // ONNX Runtime takes a thread's setting for denormals from the first session of the process
    const extra = { session: fastDenormals };
    const options = { executionProviders: [device], logSeverityLevel: 4, extra } as const;
    const session = await ort.InferenceSession.create(probeProgram(precision), options);
    const results = await session.run({ x: ortTensor('float32', Float32Array.of(1, -2), [2]) });
    const values = results.y?.data as Float32Array;
    if (device === 'cpu') await session.release();
    else kept.push(session);
    if (values?.[0] !== -1 || values[1] !== 2) throw new Error(`it computes -[1, -2] as [${values}]`);
  } catch (cause) {
    throw deviceError({ device, precision }, cause);
  }
}
