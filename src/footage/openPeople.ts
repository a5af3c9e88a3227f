import { generationConfig, ModelLoader, readImageCodecConfig, scaleOf } from '../inference/index.ts';
import type { Preset } from '../presets/index.ts';
import { type DeviceName, WorkerHost } from '../runtime/index.ts';
import type { PeopleSource, PeopleSourceName } from './peopleSource.ts';
import { presetFaces, presetPeople } from './theatrePeople.ts';

export interface OpenPeopleOptions {
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
}

export interface OpenedPeople {
  readonly source: PeopleSource;
  release(): Promise<void>;
}

/** The size of the preset's keyframes, in pixels. */
export async function frameSizeOf(preset: Preset): Promise<{ width: number; height: number }> {
  const { width, height } = await generationConfig(preset, 'renderer');
  const scale = scaleOf(readImageCodecConfig(await preset.config('vae')));
  return { width: width * scale, height: height * scale };
}

/** Loads the models that look at pictures. */
export async function openPeople(
  name: Exclude<PeopleSourceName, 'none'>,
  preset: Preset,
  { device, threads }: OpenPeopleOptions,
): Promise<OpenedPeople> {
  if (name === 'human') {
    const { humanPeople } = await import('./humanPeople.ts');
    const source = await humanPeople();
    return { source, release: source.release };
  }
  const host = await WorkerHost.start({ ...(device ? { device } : {}), ...(threads ? { threads } : {}) });
  try {
    const models = new ModelLoader(preset, host);
    const finder = await presetPeople(models);
    const embedder = await presetFaces(models);
    const release = async (): Promise<void> => {
      await finder.release();
      await embedder.release();
      await host.close();
    };
    return { source: { finder, embedder }, release };
  } catch (error) {
    await host.close();
    throw error;
  }
}
