/**
 * How a run's outputs come into the arrays that the caller gives for them. All give the same numbers.
 * - `stopped`: ONNX Runtime fills them, and the binding is stopped before it copies them once more.
 * - `filled`: ONNX Runtime fills them; the copies are thrown away.
 * - `copied`: the binding returns arrays of its own, and they are copied.
 */
export type OutputMode = 'stopped' | 'filled' | 'copied';

/** The fastest first: the order in which they are tried. */
export const outputModes: readonly OutputMode[] = ['stopped', 'filled', 'copied'];

/** A mode and, for `stopped`, the message of the error that a stopped run ends with. */
export interface Outputs {
  readonly mode: OutputMode;
  readonly stopMessage?: string | undefined;
}

/*
 * onnxruntime-node 1.30 fills outputs that the caller gives, and then copies each of them once more into a new
 * array that nobody asked for: 40 ms for 80 MB of gradients, as long as the whole optimizer. It hands outputs over
 * in the model's order and stops at the first that is no tensor. So a program gets an empty sequence as its first
 * output, where a probe found at the start of the worker that this binding does so.
 */
export const stopName = '%stop';

/**
 * Serialised protobuf messages merge when they are concatenated, repeated fields in order, so a model with one node
 * and one output put in front of another model's bytes makes these the first of the whole.
 */
export function withStop(bytes: Uint8Array): Uint8Array {
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
