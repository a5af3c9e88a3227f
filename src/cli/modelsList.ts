import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { howToGet, type Located, type Manifest, type Part, sizeText, type Variant } from '../hub/index.ts';
import { type ModelName, modelNames, Preset } from '../presets/index.ts';
import { columns } from './columns.ts';
import type { Terminal } from './terminal.ts';

export interface ListOptions {
  readonly preset: string;
  readonly weights?: string;
  readonly variant?: Variant;
  readonly json?: boolean;
}

/** A checkpoint of a part, as it is listed; a part of two layers has two. */
interface Row {
  readonly part: string;
  readonly about: string;
  readonly state: 'found' | 'incomplete' | 'missing';
  readonly variant?: Variant;
  readonly bytes: number;
  /** Whether `bytes` is what the manifest says rather than what lies there. */
  readonly isAbout: boolean;
  readonly licence: string;
  readonly path?: string;
  readonly how?: string;
  /** Names of files that are not there. */
  readonly missing?: readonly string[];
}

/** Lists a preset's parts: what each is, where it is, how large, and under which licence; then what to do. */
export async function listModels(options: ListOptions, terminal: Terminal): Promise<void> {
  const { preset: name, weights, variant, json } = options;
  const preset = await Preset.open(name, { weights, variant });
  const { manifest } = preset;
  const located: Located[] = [];
  const rows: Row[] = [];
  const names = Object.keys(manifest?.parts ?? {}) as ModelName[];
  for (const model of names.length > 0 ? names : modelNames) {
    if (!(await preset.has(model))) continue;
    const part = manifest?.parts[model];
    const found = await preset.locate(model);
    if (!part || !found) rows.push(await shippedRow(preset, model));
    else {
      located.push(found);
      rows.push(...rowsOf(part, found, variant ?? 'full'));
    }
  }
  if (json) for (const row of rows) terminal.out(JSON.stringify(row));
  else for (const line of tableOf(rows)) terminal.out(line);
  if (json) return;
  for (const line of advice(preset, located, rows, manifest)) terminal.out(line);
  const unused = await preset.unusedWeights(modelNames);
  if (unused.length > 0) terminal.out(['', 'What lies there and is not read:'].join('\n'));
  for (const line of unused) terminal.out(`- ${line}`);
}

function rowsOf(part: Part, { name, layers, gaps }: Located, wanted: Variant): Row[] {
  const licence = part.kind === 'trained' ? 'trained here' : part.licence.name;
  const gapOf = (what: 'published' | 'trained'): Pick<Row, 'state' | 'path' | 'missing'> => {
    const { incomplete } = gaps.find((gap) => gap.what === what) ?? {};
    if (!incomplete) return { state: 'missing' };
    return { state: 'incomplete', path: incomplete.folder, missing: incomplete.missing };
  };
  const expected = ({ bytes }: Pick<Part, 'bytes'>): Pick<Row, 'bytes' | 'isAbout'> => ({
    bytes: bytes[wanted] ?? bytes.full,
    isAbout: true,
  });
  const rows = layers.map(({ path, how, variant, bytes }, i): Row => {
    const isAddition = part.kind === 'layered' && i > 0;
    return {
      part: name,
      about: isAddition ? part.additions.about : part.about,
      state: 'found',
      variant,
      bytes,
      isAbout: false,
      licence: isAddition ? 'trained here' : licence,
      path,
      how,
    };
  });
  if (gaps.some(({ what }) => what === (part.kind === 'trained' ? 'trained' : 'published'))) {
    const gap = gapOf(part.kind === 'trained' ? 'trained' : 'published');
    rows.unshift({ part: name, about: part.about, ...gap, ...expected(part), licence });
  }
  if (part.kind === 'layered' && gaps.some(({ what }) => what === 'trained')) {
    const { additions } = part;
    rows.push({
      part: name,
      about: additions.about,
      ...gapOf('trained'),
      ...expected(additions),
      licence: 'trained here',
    });
  }
  return rows;
}

/** A part of a preset whose weights come with the package. */
async function shippedRow(preset: Preset, model: ModelName): Promise<Row> {
  const folder = preset.weightsIn(model);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  const files = (entries ?? []).filter((e) => e.isFile() && !e.name.startsWith('.'));
  const sizes = await Promise.all(files.map(async ({ name }) => (await stat(join(folder, name))).size));
  const row = {
    part: model,
    about: shippedAbout[model] ?? '',
    bytes: sizes.reduce((a, b) => a + b, 0),
    isAbout: false,
    licence: 'Apache-2.0',
  };
  return files.length > 0
    ? { ...row, state: 'found', variant: 'full', path: folder }
    : { ...row, state: 'missing' };
}

const shippedAbout: Partial<Record<ModelName, string>> = {
  clip: 'pictures and sentences into vectors',
  face: 'portraits into face tokens',
  vae: 'pictures into latents and back',
  compressor: 'spatial tokens into two',
  unet: 'paints keyframes',
  renderer: 'tokens, sentences and faces into rows for the U-Net',
  autoregressor: 'reads the script, predicts tokens',
  animator: 'moves keyframes',
};

function tableOf(rows: readonly Row[]): string[] {
  const head = ['part', 'state', 'variant', 'size', 'licence', 'what it is', 'where'];
  const body = rows.map((row) => [
    row.part,
    row.state,
    row.variant ?? '',
    row.bytes > 0 ? `${row.isAbout ? 'about ' : ''}${sizeText(row.bytes)}` : '',
    row.licence,
    row.about,
    [row.path && homely(row.path), row.how && `(${row.how})`].filter(Boolean).join(' '),
  ]);
  return columns([head, ...body]);
}

const homely = (path: string): string =>
  path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path;

function advice(
  preset: Preset,
  located: readonly Located[],
  rows: readonly Row[],
  manifest: Manifest | undefined,
): string[] {
  const lacking = rows.filter(({ state }) => state !== 'found').map(({ part }) => part);
  if (lacking.length === 0) return ['', 'everything is there'];
  if (!manifest) {
    return [
      '',
      `no weights for ${lacking.join(', ')} in ${preset.weightsFolder}: npx moviedreamer train all`,
    ];
  }
  const steps = howToGet(located, manifest, preset.given).map((step) => `- ${step}`);
  return [
    '',
    'What is missing:',
    ...steps,
    '- docs/checkpoints.md has the rest: folders, licences, offline machines',
  ];
}
