import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readImage } from '../media/index.ts';
import { SafetensorsFile, WorkerHost } from '../runtime/index.ts';
import { deviceParity } from './deviceParity.ts';
import { cli, tinyFilm } from './testing/tinyFilm.ts';

const gpu = await WorkerHost.start({ device: 'webgpu' }).catch(() => undefined);

describe.skipIf(!gpu)('webgpu (without a Vulkan driver skipped: docs/devices.md has one in software)', () => {
  afterAll(() => gpu?.close());

  it('computes every op as the CPU does', async () => {
    const cpu = await WorkerHost.start({ threads: 1 });
    const wrong: string[] = [];
    for await (const { op, ok, problem } of deviceParity(cpu, gpu as WorkerHost, 1))
      if (!ok) wrong.push(`${op}: ${problem}`);
    await cpu.close();
    expect(wrong).toEqual([]);
  }, 300_000);

  it('makes the tokens and keyframes of a film as the CPU does', async () => {
    const film = await tinyFilm();
    const make = async (device: string): Promise<Record<string, Float32Array>> => {
      const out = join(film.folder, device);
      const args = [film.script, '--out', out, '--seed', '7', '--stage', 'keyframes', ...film.models];
      const { code, err } = await cli('generate', ...args, '--device', device);
      expect({ code, err }).toMatchObject({ code: 0 });
      const file = await SafetensorsFile.open(join(out, 'tokens.safetensors'));
      const made: Record<string, Float32Array> = {};
      for (const name of file.names()) made[name] = (await file.readFloat32(name)).data;
      await file.close();
      for (const shot of ['0001', '0003'])
        made[shot] = Float32Array.from((await readImage(join(out, `keyframes/${shot}.png`))).data);
      return made;
    };
    const [cpu, device] = [await make('cpu'), await make('webgpu')];
    expect(Object.keys(device)).toEqual(Object.keys(cpu));
    for (const [name, values] of Object.entries(cpu)) {
      const off = values.map((v, i) => v - (device[name]?.[i] as number));
      expect(Math.hypot(...off) / Math.hypot(...values), name).toBeLessThan(0.02);
    }
    await film.remove();
  }, 300_000);
});
