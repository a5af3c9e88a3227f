import { describe } from 'vitest';
import { WorkerHost } from '../workerHost.ts';

async function tryWebgpu(): Promise<boolean> {
  try {
    await (await WorkerHost.start({ device: 'webgpu' })).close();
    return true;
  } catch {
    return false;
  }
}

const isThere = await tryWebgpu();

/** A suite that runs where WebGPU does, and elsewhere is skipped under a name that says what to install. */
export function describeOnWebgpu(name: string, suite: () => void): void {
  const how =
    'needs a Vulkan driver, in software: apt-get install libvulkan1 chromium-common (docs/devices.md)';
  describe.skipIf(!isThere)(isThere ? name : `${name}: SKIPPED, ${how}`, suite);
}
