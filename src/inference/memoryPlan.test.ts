import { describe, expect, it } from 'vitest';
import { type ModelName, Preset } from '../presets/preset.ts';
import { parseMemory, planMemory } from './memoryPlan.ts';

const GB = 1e9;

describe('parseMemory', () => {
  it('reads amounts as people write them', () => {
    expect(['8GB', '7.5 GiB', '900mb', '1TB'].map(parseMemory)).toEqual([8e9, 7.5 * 2 ** 30, 9e8, 1e12]);
    for (const wrong of ['8', 'GB', '8 apples', '-1GB']) expect(() => parseMemory(wrong)).toThrow(RangeError);
  });
});

describe("planMemory of the paper's preset", () => {
  const plan = async (budget?: number, last: 'tokens' | 'keyframes' | 'clips' = 'clips') => {
    const result = await planMemory(await Preset.open('paper'), { budget, last });
    if (!result) throw new Error('no plan');
    return result;
  };

  it('takes the best forms where there is room', async () => {
    const { plan: forms, stages } = await plan(64 * GB);
    expect(forms.unet).toEqual({ format: 'float32' });
    expect(forms.autoregressor).toEqual({ format: 'int4', cacheBits: 8, roundInputs: 'all' });
    expect(stages.map(({ stage }) => stage)).toEqual(['tokens', 'keyframes', 'clips']);
    // 2.57 G values of float32 and what a step needs
    expect(stages[1]?.models.unet).toBeGreaterThan(10.2 * GB);
    expect(stages[1]?.models.unet).toBeLessThan(12 * GB);
  });

  it('gives up as little as fits, stage by stage', async () => {
    const most = 14 * GB;
    const { plan: forms, stages } = await plan();
    expect(forms.unet?.format).toBe('float32');
    expect(forms.vae?.tile).toBe(32);
    for (const { total } of stages) expect(total).toBeLessThanOrEqual(most);
    const { plan: small, stages: two } = await plan(8 * GB, 'keyframes');
    expect(two.map(({ stage }) => stage)).toEqual(['tokens', 'keyframes']);
    expect(small.unet?.format).not.toBe('float32');
    expect(small.autoregressor?.format).toBe('int4');
    for (const { total } of two) expect(total).toBeLessThanOrEqual(8 * GB);
  });

  it('says which models do not fit', async () => {
    const message =
      /tokens need about \d\.\d GB even with the smallest forms \(.*autoregressor \d\.\d GB.*--memory/;
    await expect(plan(3 * GB)).rejects.toThrow(message);
  });

  it('knows models that the stages need', async () => {
    const names = Object.keys((await plan(64 * GB)).plan) as ModelName[];
    const preset = await Preset.open('paper');
    for (const name of names) expect(await preset.has(name), name).toBe(true);
  });
});

describe('planMemory on devices', () => {
  it('takes weights as they are stored, and a cache that devices have', async () => {
    const preset = await Preset.open('paper');
    const { plan } = (await planMemory(preset, { device: 'webgpu' })) ?? {};
    expect(plan).toMatchObject({
      unet: { format: 'stored' },
      vae: { format: 'stored', tile: 64 },
      autoregressor: { format: 'int4', cacheBits: 32 },
    });
    const { plan: small } = (await planMemory(preset, { device: 'webgpu', budget: 13 * GB })) ?? {};
    expect(small?.unet?.format).toBe('int8');
    await expect(planMemory(preset, { device: 'webgpu', budget: 4 * GB })).rejects.toThrow(
      'more than 4.0 GB',
    );
  });
});

describe('planMemory of the theatre', () => {
  it('has nothing to choose', async () => {
    const preset = await Preset.open('theatre');
    expect(await planMemory(preset)).toBeUndefined();
    await expect(planMemory(preset, { budget: GB })).rejects.toThrow('has no memory.json');
  });
});
