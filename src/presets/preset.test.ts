import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fingerprintFiles } from './fingerprint.ts';
import { Preset, packageRoot } from './preset.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'preset-'));
  vi.stubEnv('HF_HUB_CACHE', join(folder, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const put = async (path: string, content = 'x'): Promise<string> => {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
};
const index = (shard: string): string => JSON.stringify({ weight_map: { a: shard } });
const llama = 'weights/Llama-2-7b-hf';
/** A language model as it is downloaded, and the additions to it. */
async function putAutoregressor(): Promise<void> {
  await put(`${llama}/model.safetensors.index.json`, index('model-00001-of-00001.safetensors'));
  await put(`${llama}/model-00001-of-00001.safetensors`);
  await put(`${llama}/tokenizer.json`, '{}');
  await put(`${llama}/tokenizer_config.json`, '{}');
  await put('weights/autoregressor/model.safetensors');
}
const paper = (): Promise<Preset> => Preset.open('paper', { weights: join(folder, 'weights') });

describe('Preset', () => {
  it("has its weights in the package's own folder where no one else publishes them", async () => {
    const preset = await Preset.open('theatre');
    expect(preset.layers('unet')).toEqual([join(packageRoot, 'weights', 'theatre', 'unet')]);
    expect(preset.layers('unet')).toEqual([preset.weights('unet')]);
    expect(await preset.has('animator_vae')).toBe(false);
    await preset.requireWeights(['unet', 'animator_vae']); // it has none of the latter, and needs none
  });

  it('has the published base below what is trained here', async () => {
    await putAutoregressor();
    const preset = await paper();
    expect(preset.layers('autoregressor')).toEqual([
      join(folder, llama, 'model.safetensors.index.json'),
      join(folder, 'weights', 'autoregressor'),
    ]);
    expect(preset.weights('autoregressor')).toBe(join(folder, 'weights', 'autoregressor'));
    expect(await preset.file('autoregressor', 'tokenizer.json')).toBe(join(folder, llama, 'tokenizer.json'));
    expect(await preset.file('autoregressor', 'nothing.json')).toBeUndefined();
    await preset.requireWeights(['autoregressor']);
  });

  it('names all that is missing, and the commands that get it', async () => {
    await put(`${llama}/model.safetensors.index.json`, index('model-00001-of-00001.safetensors'));
    const preset = await paper();
    const attempt = preset.requireWeights(['unet', 'vae', 'autoregressor', 'compressor']);
    await expect(attempt).rejects.toMatchObject({ name: 'PresetError' });
    const message = await attempt.catch((error: Error) => error.message);
    expect(message).toContain(
      "preset 'paper': the weights of unet, vae, autoregressor, compressor are not all there",
    );
    expect(message).toContain('npx moviedreamer models pull unet vae autoregressor --preset paper');
    expect(message).toMatch(
      /autoregressor is incomplete in .*Llama-2-7b-hf: no model-00001-of-00001.safetensors/,
    );
    expect(message).toMatch(/train the additions to autoregressor, compressor, which nobody has published/);
  });

  it('sees what has come since it was opened', async () => {
    const preset = await paper();
    expect(preset.layers('compressor')).toEqual([preset.weights('compressor')]);
    await expect(preset.requireWeights(['compressor'])).rejects.toThrow();
    await put('weights/compressor/model.safetensors');
    await preset.requireWeights(['compressor']);
  });

  it('tells other shards apart by the fingerprint of their index', async () => {
    await putAutoregressor();
    const path = join(folder, llama, 'model.safetensors.index.json');
    const before = await fingerprintFiles(path);
    expect(await fingerprintFiles(path)).toBe(before);
    await put(`${llama}/model-00001-of-00001.safetensors`, 'y');
    expect(await fingerprintFiles(path)).not.toBe(before);
  });
});
