import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Manifest } from '../hub/manifest.ts';
import { type HubServer, startHub } from './hubServer.ts';

/** A hub on this machine with small repos in the shapes of published ones, and a place to fetch to. */
export interface TinyRepos {
  readonly folder: string;
  readonly hub: HubServer;
  readonly manifest: Manifest;
  /** What the repos hold, by `<repo>/<path>`. */
  readonly contents: ReadonlyMap<string, Buffer>;
  /** For `pull` and `locate`: the stand-in's address, and a cache of its own. */
  readonly environment: Record<string, string>;
  remove(): Promise<void>;
}

/** Bytes of the largest file; a few of the server's pieces. */
export const LARGEST = 300_000;

export async function tinyRepos(): Promise<TinyRepos> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-'));
  const contents = new Map<string, Buffer>();
  const add = async (path: string, content: string | number): Promise<void> => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : randomBytes(content);
    contents.set(path, bytes);
    await mkdir(dirname(join(folder, 'repos', path)), { recursive: true });
    await writeFile(join(folder, 'repos', path), bytes);
  };
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
  await add('org/pictures/unet/config.json', '{"a":1}');
  await add('org/pictures/unet/diffusion_pytorch_model.safetensors', LARGEST);
  await add('org/pictures/unet/diffusion_pytorch_model.fp16.safetensors', 20_000);
  await add('org/pictures/unet/diffusion_flax_model.msgpack', 5000);
  await add('org/pictures/vae/diffusion_pytorch_model.safetensors', 4000);
  await add('org/pictures/README.md', 'pictures');
  const index = { weight_map: { a: shards[0], b: shards[1], c: shards[0] } };
  await add('meta/language/model.safetensors.index.json', JSON.stringify(index));
  await add(`meta/language/${shards[0]}`, 30_000);
  await add(`meta/language/${shards[1]}`, 20_000);
  await add('meta/language/tokenizer.json', '{}');
  await add('files/face.pth', 50_000);
  const hub = await startHub(join(folder, 'repos'));
  const licence = { name: 'MIT', link: 'https://example.org/licence' };
  const image = { full: ['diffusion_pytorch_model.safetensors'] };
  const repo = { repo: 'org/pictures', revision: 'main', needs: [], extras: ['config.json'] };
  const manifest: Manifest = {
    parts: {
      unet: {
        kind: 'published',
        about: 'paints',
        licence,
        gated: false,
        source: {
          ...repo,
          folder: 'unet',
          weights: { ...image, fp16: ['diffusion_pytorch_model.fp16.safetensors'] },
        },
        bytes: { full: LARGEST, fp16: 20_000 },
      },
      vae: {
        kind: 'published',
        about: 'codes',
        licence,
        gated: false,
        source: { ...repo, folder: 'vae', weights: image },
        bytes: { full: 4000 },
      },
      autoregressor: {
        kind: 'layered',
        about: 'reads',
        licence,
        gated: true,
        source: {
          repo: 'meta/language',
          revision: 'main',
          needs: ['tokenizer.json'],
          extras: [],
          weights: { full: ['model.safetensors.index.json', ...shards] },
        },
        bytes: { full: 50_000 },
        additions: { about: 'its head', bytes: { full: 1000 } },
      },
      face: {
        kind: 'published',
        about: 'faces',
        licence,
        gated: false,
        source: { url: `${hub.files}/face.pth`, file: 'face.pth' },
        bytes: { full: 50_000 },
      },
      compressor: { kind: 'trained', about: 'compresses', bytes: { full: 1000 } },
    },
  };
  return {
    folder,
    hub,
    manifest,
    contents,
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: join(folder, 'home') },
    remove: async () => {
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
