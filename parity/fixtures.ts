import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

/** The fixtures by their folders' names, and the module beside this file that runs each. */
export const fixtureModules: Readonly<Record<string, string>> = {
  autoencoder_kl: 'autoencoderKl',
  autoencoder_kl_legacy_names: 'autoencoderKl',
  clip_preprocess: 'clipPreprocess',
  clip_text: 'clipText',
  clip_text_gelu: 'clipText',
  clip_vision: 'clipVision',
  clip_vision_gelu: 'clipVision',
  gmm: 'gmm',
  'inception-v3': 'inceptionV3',
  llama: 'llama',
  llama_gqa: 'llama',
  longclip_openai: 'longclipOpenai',
  longclip_text: 'clipText',
  metrics: 'metrics',
  schedulers: 'schedulers',
  svd_preprocess: 'svdPreprocess',
  svd_unet: 'svdUnet',
  svd_vae: 'svdVae',
  train_llama: 'trainLlama',
  train_unet: 'trainUnet',
  unet_sdxl: 'unetSdxl',
};

export interface FixtureFolders {
  /** Folders with a fixture's name, sorted by it. */
  readonly found: readonly { readonly name: string; readonly dir: string }[];
  /** Fixtures that are nowhere below. */
  readonly missing: readonly string[];
  /** Folders right below that hold no fixture. */
  readonly unknown: readonly string[];
}

const depth = 3;

/** Run folders of earlier versions lie beside the reference values. */
const otherFixtures = 'runs';

/** Looks for fixtures below `root`; where `root` is a fixture itself, it is the only one asked for. */
export async function findFixtures(root: string): Promise<FixtureFolders> {
  const name = basename(resolve(root));
  if (isFixture(name)) return { found: [{ name, dir: root }], missing: [], unknown: [] };
  const { found, unknown } = await look(root, depth);
  found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const names = new Set(found.map((f) => f.name));
  return { found, unknown, missing: Object.keys(fixtureModules).filter((n) => !names.has(n)) };
}

const isFixture = (name: string): boolean => Object.hasOwn(fixtureModules, name);

async function look(
  root: string,
  levels: number,
): Promise<{ found: { name: string; dir: string }[]; unknown: string[] }> {
  const found: { name: string; dir: string }[] = [];
  const unknown: string[] = [];
  const entries = await readdir(root, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const dir = join(root, entry.name);
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    if (isFixture(entry.name)) {
      found.push({ name: entry.name, dir });
      continue;
    }
    const below = levels > 1 ? (await look(dir, levels - 1)).found : [];
    found.push(...below);
    if (below.length === 0 && entry.name !== otherFixtures) unknown.push(entry.name);
  }
  return { found, unknown };
}
