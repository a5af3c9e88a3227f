import { type ErrorCode, MovieDreamerError } from '../base/index.ts';
import { OnnxWriter, type Precision } from '../graph/index.ts';

/** Where programs run. */
export type DeviceName = 'cpu' | 'webgpu' | 'cuda';

/** All values of `DeviceName`, the default first. */
export const deviceNames: readonly DeviceName[] = ['cpu', 'webgpu', 'cuda'];

/** A device that this machine does not have, or that ONNX Runtime cannot reach: says what to install. */
export class DeviceError extends MovieDreamerError {
  static override readonly kind: string = 'DeviceError';
  static override readonly code: ErrorCode = 'DEVICE_UNAVAILABLE';
}

const requirements: { readonly [K in DeviceName]: string } = {
  cpu: 'Reinstall onnxruntime-node (npm rebuild onnxruntime-node): its library does not load on this system',
  webgpu:
    'It needs a GPU with a Vulkan driver (on Linux x64: the package libvulkan1 and your GPU vendor’s driver, ' +
    'mesa-vulkan-drivers for AMD and Intel; `vulkaninfo --summary` must list the GPU), Direct3D 12 on Windows or ' +
    'Metal on macOS; docs/devices.md says more',
  cuda:
    'It needs Linux x64, an NVIDIA driver, CUDA 12 and cuDNN 9, and onnxruntime-node’s CUDA library, which its ' +
    'install script downloads: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false',
};

/** Throws a `DeviceError` for a name that is no device. */
export function checkDeviceName(name: string): DeviceName {
  const known = deviceNames.find((d) => d === name);
  if (known === undefined)
    throw new DeviceError(`unknown device '${name}'; expected one of ${deviceNames.join(', ')}`);
  return known;
}

/** A device, and what programs compute in there. */
export interface ProbedDevice {
  readonly device: DeviceName;
  readonly precision: Precision;
}

/** Throws a `DeviceError` for a precision that is none, or that a device has no use for. */
export function checkPrecision({ device, precision }: ProbedDevice): Precision {
  if (precision !== 'float32' && precision !== 'float16')
    throw new DeviceError(`unknown precision '${precision}'; expected float32 or float16`);
  if (device !== 'cpu' || precision === 'float32') return precision;
  throw new DeviceError(
    'half precision (fp16) needs --device webgpu or cuda: ONNX Runtime has next to no arithmetic in it for CPUs and would ' +
      'widen and round every value around each operator; for smaller models on the CPU use --memory',
  );
}

/** What was wrong with a device, with what to install. */
export function deviceError({ device, precision }: ProbedDevice, cause: unknown): DeviceError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (precision === 'float16' && /requires f16/.test(detail)) {
    return new DeviceError(
      `device '${device}' does not compute in half precision (its driver has no shader-f16); leave --precision away`,
      { cause },
    );
  }
  const reason = detail.split('\n')[0]!.replace(/^.* was false\. /, '');
  return new DeviceError(`device '${device}' is not available: ${reason}. ${requirements[device]}`, {
    cause,
  });
}

/** The smallest program: y = -x, both [2], computed in the precision. A device is there if this runs on it. */
export function probeProgram(precision: Precision): Uint8Array {
  const onnx = new OnnxWriter();
  const x = { name: 'x', dtype: 'float32', shape: [2] } as const;
  const isHalf = precision === 'float16';
  const cast = (name: string, to: number): string => onnx.node('Cast', [name], { attributes: { to } })[0]!;
  const [minus] = onnx.node('Neg', [isHalf ? cast('x', 10) : 'x']) as [string];
  onnx.node('Identity', [isHalf ? cast(minus, 1) : minus], { outputs: ['y'] });
  return onnx.finish([x], [{ ...x, name: 'y' }]);
}
