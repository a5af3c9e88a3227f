import { describe, it } from 'vitest';
import type { Precision } from '../graph/index.ts';
import { WorkerHost } from '../runtime/workerHost.ts';

async function works(precision: Precision): Promise<boolean> {
  try {
    await (await WorkerHost.start({ device: 'webgpu', precision })).close();
    return true;
  } catch {
    return false;
  }
}

const isThere = await works('float32');
const hasHalf = isThere && (await works('float16'));

/** A suite that runs where WebGPU does, and elsewhere is skipped under a name that says what to install. */
export function describeOnWebgpu(name: string, suite: () => void): void {
  const how =
    'needs a Vulkan driver, in software: apt-get install libvulkan1 chromium-common (docs/devices.md)';
  describe.skipIf(!isThere)(isThere ? name : `${name}: SKIPPED, ${how}`, suite);
}

/** A test that runs where WebGPU computes in half precision, and elsewhere is skipped under a name that says so. */
export function itInHalfPrecision(name: string, test: () => Promise<void>): void {
  const how = 'needs a device with shader-f16, in software: Mesa 25 (docs/devices.md)';
  it.skipIf(!hasHalf)(hasHalf ? name : `${name}: SKIPPED, ${how}`, test);
}
