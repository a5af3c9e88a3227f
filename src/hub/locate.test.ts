import { mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Located, type LocateOptions, locate } from './locate.ts';
import type { Part } from './manifest.ts';

const licence = { name: 'MIT', link: 'https://example.org' };
const common = { about: 'x', licence, gated: false };
const repo = { repo: 'org/pictures', revision: 'main', needs: [] as string[], extras: [] };
const parts = {
  unet: {
    kind: 'published',
    ...common,
    source: {
      ...repo,
      folder: 'unet',
      weights: { full: ['model.safetensors'], fp16: ['model.fp16.safetensors'] },
    },
    bytes: { full: 1000, fp16: 500 },
  },
  text: {
    kind: 'published',
    ...common,
    source: { ...repo, repo: 'org/long', needs: [], weights: { full: ['long-L.pt'] } },
    bytes: { full: 1000 },
  },
  face: {
    kind: 'published',
    ...common,
    source: { url: 'https://example.org/face.pth', file: 'face.pth' },
    bytes: { full: 1000 },
  },
  autoregressor: {
    kind: 'layered',
    ...common,
    source: {
      ...repo,
      repo: 'org/language',
      needs: ['tokenizer.json'],
      weights: {
        full: ['model.safetensors.index.json', 'model-1-of-2.safetensors', 'model-2-of-2.safetensors'],
      },
    },
    bytes: { full: 1000 },
    additions: { about: 'head', bytes: { full: 100 } },
  },
  compressor: { kind: 'trained', about: 'x', bytes: { full: 100 } },
} as const satisfies Record<string, Part>;

let root: string;
let options: LocateOptions;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'locate-'));
  options = { packaged: join(root, 'packaged'), environment: { HF_HUB_CACHE: join(root, 'cache') } };
});
afterEach(() => rm(root, { recursive: true }));

const put = async (path: string, bytes: number | string = 10): Promise<string> => {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof bytes === 'string' ? bytes : '');
  if (typeof bytes === 'number') await truncate(file, bytes);
  return file;
};
const find = (name: keyof typeof parts, more: Partial<LocateOptions> = {}): Promise<Located> =>
  locate(name, parts[name], { ...options, ...more });
/** Paths from the root, and how they were found. */
const layers = async (name: keyof typeof parts, more: Partial<LocateOptions> = {}): Promise<string[]> =>
  (await find(name, more)).layers.map(({ path, how }) => `${path.slice(root.length + 1)}: ${how}`);
const given = (): Partial<LocateOptions> => ({ weights: join(root, 'given') });
const index = JSON.stringify({
  weight_map: { a: 'model-1-of-2.safetensors', b: 'model-2-of-2.safetensors' },
});

describe('locate', () => {
  it('finds nothing where there is nothing', async () => {
    expect(await find('unet')).toEqual({ name: 'unet', layers: [], gaps: [{ what: 'published' }] });
    expect(await find('compressor')).toEqual({ name: 'compressor', layers: [], gaps: [{ what: 'trained' }] });
    expect((await find('autoregressor')).gaps).toEqual([{ what: 'published' }, { what: 'trained' }]);
  });

  it('looks into the given folder in each layout, then the package, then the cache', async () => {
    await put('cache/models--org--pictures/snapshots/abcdef0123/unet/model.safetensors');
    expect(await layers('unet', given())).toEqual([
      'cache/models--org--pictures/snapshots/abcdef0123/unet/model.safetensors: cache, abcdef0',
    ]);
    await put('packaged/unet/model.safetensors');
    expect(await layers('unet', given())).toEqual(['packaged/unet: package']);
    await rm(join(root, 'packaged'), { recursive: true });
    await put('given/models--org--pictures/snapshots/abc/unet/model.safetensors');
    expect(await layers('unet', given())).toEqual([
      'given/models--org--pictures/snapshots/abc/unet/model.safetensors: cache, abc',
    ]);
    await put('given/org/pictures/unet/model.safetensors');
    expect(await layers('unet', given())).toEqual([
      'given/org/pictures/unet/model.safetensors: as downloaded',
    ]);
    await put('given/pictures/unet/model.safetensors');
    expect(await layers('unet', given())).toEqual(['given/pictures/unet/model.safetensors: as downloaded']);
    await put('given/unet/anything.safetensors');
    expect(await layers('unet', given())).toEqual(['given/unet: given folder']);
  });

  it('takes full precision where both are there, or the wanted variant', async () => {
    await put('given/pictures/unet/model.fp16.safetensors', 500);
    expect((await find('unet', given())).layers).toMatchObject([{ variant: 'fp16', bytes: 500 }]);
    await put('given/pictures/unet/model.safetensors', 1000);
    expect((await find('unet', given())).layers).toMatchObject([{ variant: 'full', bytes: 1000 }]);
    expect((await find('unet', { ...given(), variant: 'fp16' })).layers).toMatchObject([{ variant: 'fp16' }]);
    await put('given/unet/model.safetensors');
    await put('given/unet/model.fp16.safetensors');
    expect(await layers('unet', given())).toEqual(['given/unet: given folder']);
    expect(await layers('unet', { ...given(), variant: 'fp16' })).toEqual([
      'given/unet/model.fp16.safetensors: given folder',
    ]);
  });

  it('finds a file by its name, and what was converted from it before it', async () => {
    await put('given/face.pth');
    await put('given/long-L.pt');
    expect(await layers('face', given())).toEqual(['given/face.pth: given folder']);
    expect(await layers('text', given())).toEqual(['given/long-L.pt: given folder']);
    await put('given/long-L.safetensors');
    expect(await layers('text', given())).toEqual(['given/long-L.safetensors: given folder']);
    await put('given/face/face.pth');
    expect(await layers('face', given())).toEqual(['given/face/face.pth: given folder']);
  });

  it('finds checkpoints under every name that diffusers and transformers have given them', async () => {
    const shards = JSON.stringify({ weight_map: { a: 'pytorch_model-00001-of-00001.bin' } });
    await put('given/language/pytorch_model.bin.index.json', shards);
    await put('given/language/pytorch_model-00001-of-00001.bin');
    await put('given/language/tokenizer.json', '{}');
    expect(await layers('autoregressor', given())).toEqual([
      'given/language/pytorch_model.bin.index.json: as downloaded',
    ]);
    await put('cache/models--org--pictures/snapshots/abc/unet/diffusion_pytorch_model.bin');
    expect(await layers('unet', given())).toEqual([
      'cache/models--org--pictures/snapshots/abc/unet/diffusion_pytorch_model.bin: cache, abc',
    ]);
    await put('given/pictures/unet/diffusion_pytorch_model.non_ema.bin');
    expect(await layers('unet', given())).toEqual([
      'given/pictures/unet/diffusion_pytorch_model.non_ema.bin: as downloaded',
    ]);
    for (const name of [
      'pytorch_model.bin',
      'model.ckpt',
      'diffusion_pytorch_model.bin',
      'any.safetensors',
    ]) {
      await put(`given/unet/${name}`);
      expect(await layers('unet', given())).toEqual(['given/unet: given folder']);
    }
  });

  it('says why it can take none of the weights that lie there', async () => {
    await put('given/unet/a.safetensors');
    await put('given/unet/b.safetensors');
    const [gap] = (await find('unet', given())).gaps;
    expect(gap?.incomplete).toEqual({
      folder: join(root, 'given/unet'),
      missing: [],
      problem:
        `in ${join(root, 'given/unet')}: a.safetensors and b.safetensors lie there, and which of them is the model cannot be ` +
        'told. Keep one of them there, or rename it to model.safetensors, or move them away',
    });
    await put('cache/models--org--pictures/snapshots/abc/unet/model.safetensors');
    expect((await find('unet', given())).gaps).toEqual([gap]); // what lies there is meant
    await rm(join(root, 'given/unet/b.safetensors'));
    expect((await find('unet', given())).gaps).toEqual([]);
  });

  it('puts what is trained here upon what is published', async () => {
    await put('given/language/model.safetensors.index.json', index);
    await put('given/language/model-1-of-2.safetensors');
    await put('given/language/model-2-of-2.safetensors');
    await put('given/language/tokenizer.json', '{}');
    const base = 'given/language/model.safetensors.index.json: as downloaded';
    expect(await layers('autoregressor', given())).toEqual([base]);
    expect((await find('autoregressor', given())).gaps).toEqual([{ what: 'trained' }]);
    await put('given/autoregressor/model.safetensors', 100);
    expect(await layers('autoregressor', given())).toEqual([base, 'given/autoregressor: given folder']);
    expect((await find('autoregressor', given())).gaps).toEqual([]);
  });

  it('takes adapters for no model, and what lies beside them for additions', async () => {
    for (const file of ['model.safetensors.index.json', 'tokenizer.json'])
      await put(`given/org/language/${file}`, file.includes('index') ? index : 10);
    for (const file of ['model-1-of-2.safetensors', 'model-2-of-2.safetensors'])
      await put(`given/org/language/${file}`, 500);
    for (const file of ['adapter_model.safetensors', 'additions.safetensors'])
      await put(`given/autoregressor/${file}`, 100);
    expect((await layers('autoregressor', given())).map((layer) => layer.split(':')[0])).toEqual([
      'given/org/language/model.safetensors.index.json',
      'given/autoregressor',
    ]);
    await put('given/unet/pytorch_lora_weights.safetensors');
    await put('given/org/pictures/unet/model.safetensors');
    expect(await layers('unet', given())).toEqual([
      'given/org/pictures/unet/model.safetensors: as downloaded',
    ]);
  });

  it('needs no base where all of the model was trained here', async () => {
    await put('given/autoregressor/model.safetensors', 100);
    expect((await find('autoregressor', given())).gaps).toEqual([{ what: 'published' }]);
    await put('given/autoregressor/model.safetensors', 1100);
    expect(await find('autoregressor', given())).toMatchObject({ layers: [{ bytes: 1100 }], gaps: [] });
  });

  it('names what an incomplete one lacks', async () => {
    const folder = join(root, 'given', 'language');
    const gap = async (): Promise<unknown> => (await find('autoregressor', given())).gaps[0]?.incomplete;
    await put('given/language/model-1-of-2.safetensors');
    const missing = ['model.safetensors.index.json', 'model-2-of-2.safetensors', 'tokenizer.json'];
    expect(await gap()).toEqual({ folder, missing });
    await put('given/language/model.safetensors.index.json', index);
    await put('given/language/tokenizer.json', '{}');
    expect(await gap()).toEqual({ folder, missing: ['model-2-of-2.safetensors'] });
    await symlink('nowhere', join(folder, 'model-2-of-2.safetensors'));
    expect(await gap()).toEqual({ folder, missing: ['model-2-of-2.safetensors'] });
    await rm(join(folder, 'model-2-of-2.safetensors'));
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n';
    await put('given/language/model-2-of-2.safetensors', pointer);
    expect(await gap()).toEqual({
      folder,
      missing: ['model-2-of-2.safetensors (a Git LFS pointer: git lfs pull)'],
    });
  });

  it('counts a download that broke off', async () => {
    await put('cache/models--org--pictures/blobs/123.incomplete', 40);
    expect((await find('unet')).gaps).toEqual([
      {
        what: 'published',
        incomplete: {
          folder: join(root, 'cache/models--org--pictures/blobs'),
          missing: ['model.safetensors'],
          unfinished: 40,
        },
      },
    ]);
  });

  it('takes the snapshot that the branch was last, else the newest complete one', async () => {
    const cache = 'cache/models--org--pictures';
    const snapshot = async (name: string, days: number, file = 'model.safetensors'): Promise<void> => {
      await put(`${cache}/snapshots/${name}/unet/${file}`);
      await utimes(join(root, cache, 'snapshots', name), days * 86400, days * 86400);
    };
    await snapshot('old', 1);
    await snapshot('new', 2);
    const path = (name: string): string =>
      `${cache}/snapshots/${name}/unet/model.safetensors: cache, ${name}`;
    expect(await layers('unet')).toEqual([path('new')]);
    await put(`${cache}/refs/main`, 'old');
    expect(await layers('unet')).toEqual([path('old')]);
    await snapshot('latest', 0, 'config.json');
    await put(`${cache}/refs/main`, 'latest');
    expect(await layers('unet')).toEqual([path('new')]);
  });
});
