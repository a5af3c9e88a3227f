import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from './manifest.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifest-'));
});
afterAll(() => rm(folder, { recursive: true }));

const read = async (part: object): Promise<unknown> => {
  await writeFile(join(folder, 'models.json'), JSON.stringify({ parts: { vae: part } }));
  return readManifest(folder);
};
const part = {
  kind: 'published',
  about: 'x',
  licence: { name: 'MIT', link: 'https://example.org' },
  source: { repo: 'org/name', weights: { full: ['model.safetensors'] } },
  bytes: { full: 1 },
};

describe('models.json', () => {
  it("names who publishes the paper's models, in every part that is published", async () => {
    const manifest = await readManifest(fileURLToPath(new URL('../../presets/paper', import.meta.url)));
    const kinds = Object.entries(manifest?.parts ?? {}).map(([name, { kind }]) => `${name} ${kind}`);
    expect(kinds).toEqual([
      'clip published',
      'text published',
      'face published',
      'vae published',
      'compressor trained',
      'unet published',
      'renderer trained',
      'autoregressor layered',
      'animator published',
      'animator_vae published',
      'animator_image_encoder published',
    ]);
  });

  it('may be missing', async () => {
    expect(await readManifest(join(folder, 'nowhere'))).toBeUndefined();
  });

  it('says where it is wrong', async () => {
    await expect(read({ ...part, colour: 'red' })).rejects.toThrow(/models\.json: .*colour/);
    await expect(read({ ...part, source: { ...part.source, repo: 'name' } })).rejects.toThrow(/vae\.source/);
    const escaping = { ...part.source, weights: { full: ['../../model.safetensors'] } };
    await expect(read({ ...part, source: escaping })).rejects.toThrow(/vae\.source/);
    await expect(read({ ...part, source: { ...part.source, folder: '../x' } })).rejects.toThrow(
      /vae\.source/,
    );
    await writeFile(join(folder, 'models.json'), '{');
    await expect(readManifest(folder)).rejects.toMatchObject({ name: 'HubError' });
  });
});
