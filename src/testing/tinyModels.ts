import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelLoader } from '../inference/loader.ts';
import { Preset } from '../presets/preset.ts';
import { WorkerHost } from '../runtime/index.ts';
import { writeTinyPreset } from './tinyPreset.ts';

/** The tiny preset's models on a worker of one thread; `close` removes everything. */
export async function tinyModels(): Promise<{ models: ModelLoader; close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
  const { preset, weights } = await writeTinyPreset(folder);
  const host = await WorkerHost.start({ threads: 1 });
  return {
    models: new ModelLoader(await Preset.open(preset, { weights }), host),
    close: async () => {
      await host.close();
      await rm(folder, { recursive: true });
    },
  };
}
