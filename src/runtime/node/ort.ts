import ort from 'onnxruntime-node';
import type { DType, TypedArray } from '../../graph/index.ts';
import { type DeviceName, deviceError, type ProbedDevice, probeProgram } from '../devices.ts';
import type { SessionTuning } from '../protocol.ts';
import { describeOrtError } from '../sessionError.ts';
import { type OutputMode, type Outputs, outputModes, stopName, withStop } from './outputMode.ts';
import { type Placement, Profile } from './placement.ts';

/** The one file that talks to ONNX Runtime; it is loaded in workers only. */
export type OrtTensor = ort.Tensor;

ort.env.logLevel = 'fatal'; // every error is thrown as well, with the same words

/** A view of host memory, no copy. */
export function ortTensor(dtype: DType, data: TypedArray, shape: readonly number[]): OrtTensor {
  // float16 as raw bits is what the native binding takes; the constructor's types list other arrays only.
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
  private readonly outputs: Outputs;
  private readonly profile: Profile | undefined;

  private constructor(session: ort.InferenceSession, outputs: Outputs, profile: Profile | undefined) {
    this.session = session;
    this.outputs = outputs;
    this.profile = profile;
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
    const outputs: Outputs = settings.location === 'device' ? { mode: 'filled' } : await chooseOutputs();
    const program = outputs.mode === 'stopped' ? withStop(bytes) : bytes;
    try {
      return new OrtSession(await ort.InferenceSession.create(program, options), outputs, profile);
    } catch (error) {
      profile?.remove();
      throw describeOrtError('loading a program', error);
    }
  }

  /** Runs the program; every output that is given is filled in place. */
  async run(feeds: Record<string, OrtTensor>, outputs: Record<string, OrtTensor>): Promise<void> {
    const { mode, stopMessage } = this.outputs;
    try {
      const results = await this.session.run(
        feeds,
        mode === 'stopped' ? { [stopName]: null, ...outputs } : outputs,
      );
      if (mode === 'copied') copyInto(outputs, results);
    } catch (error) {
      if (mode === 'stopped' && error instanceof Error && error.message === stopMessage) return;
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

/** How outputs come to the caller in this worker; found by the first session, or by `chooseOutputs`. */
let outputsHere: Promise<Outputs> | undefined;

/**
 * Finds out how the binding hands outputs over, with a program of one operator; sessions that are made from then on do as
 * found. `wanted` names one way. Throws `DeviceError` where it does not work, or none does.
 */
export function chooseOutputs(wanted?: OutputMode): Promise<Outputs> {
  outputsHere ??= firstThatWorks(wanted === undefined ? outputModes : [wanted]);
  return outputsHere;
}

async function firstThatWorks(modes: readonly OutputMode[]): Promise<Outputs> {
  let cause: unknown;
  for (const mode of modes) {
    try {
      const found = await tryOutputs(mode);
      if (found !== undefined) return found;
    } catch (error) {
      cause = error;
    }
  }
  cause ??= new Error(`outputs that are ${modes.join(' or ')} do not come out right`);
  throw deviceError({ device: 'cpu', precision: 'float32' }, cause);
}

/** Runs y = -x; undefined where the mode does not give y. */
async function tryOutputs(mode: OutputMode): Promise<Outputs | undefined> {
  const program = probeProgram('float32');
  const session = await ort.InferenceSession.create(mode === 'stopped' ? withStop(program) : program, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
    extra: { session: fastDenormals }, // see `probeDevice`
  });
  try {
    const y = ortTensor('float32', new Float32Array(2), [2]);
    const feeds = { x: ortTensor('float32', Float32Array.of(1, -2), [2]) };
    let stopMessage: string | undefined;
    if (mode === 'stopped') {
      await session.run(feeds, { [stopName]: null, y }).catch((error: Error) => {
        stopMessage = error.message;
      });
      if (stopMessage === undefined) return undefined;
    } else {
      const results = await session.run(feeds, { y });
      if (mode === 'copied') copyInto({ y }, results);
    }
    return y.data[0] === -1 && y.data[1] === 2 ? { mode, stopMessage } : undefined;
  } finally {
    await session.release();
  }
}

/** Writes results into the tensors that were given for them, those in the host's memory. */
function copyInto(outputs: Record<string, OrtTensor>, results: Readonly<Record<string, OrtTensor>>): void {
  for (const [name, output] of Object.entries(outputs)) {
    if (output.location !== 'cpu') continue; // the device has filled it
    const result = results[name]?.data;
    if (result !== undefined && result !== output.data)
      (output.data as Float32Array).set(result as Float32Array);
  }
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
