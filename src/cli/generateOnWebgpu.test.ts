import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SafetensorsFile } from '../checkpoints/index.ts';
import { readImage } from '../media/index.ts';
import { cli, tinyFilm } from '../testing/tinyFilm.ts';
import { describeOnWebgpu } from '../testing/webgpu.ts';

describeOnWebgpu('generate --device webgpu', () => {
  it('makes the tokens and keyframes that the CPU makes', async () => {
    const film = await tinyFilm();
    const make = async (device: string): Promise<string> => {
      const out = join(film.folder, device);
      const args = ['--stage', 'keyframes', '--device', device, '--out', out];
      const { code, err } = await cli('generate', film.script, ...args, ...film.models);
      expect([code, err]).toEqual([0, expect.anything()]);
      return out;
    };
    const [cpu, gpu] = [await make('cpu'), await make('webgpu')];
    const tokens = async (out: string): Promise<number[]> => {
      const file = await SafetensorsFile.open(join(out, 'tokens.safetensors'));
      const all: number[] = [];
      for (const name of file.names()) all.push(...((await file.read(name)).data as Float32Array));
      await file.close();
      return all;
    };
    const [got, expected] = [await tokens(gpu), await tokens(cpu)];
    expect(expected.length).toBeGreaterThan(0);
    for (const [i, v] of expected.entries()) expect(got[i]).toBeCloseTo(v, 4);
    for (const shot of ['0001', '0002', '0003']) {
      const [a, b] = [
        await readImage(join(gpu, 'keyframes', `${shot}.png`)),
        await readImage(join(cpu, 'keyframes', `${shot}.png`)),
      ];
      const most = a.data.reduce((m, v, i) => Math.max(m, Math.abs(v - (b.data[i] as number))), 0);
      expect(most, `keyframe ${shot}`).toBeLessThanOrEqual(1);
    }
    await film.remove();
  });
});
