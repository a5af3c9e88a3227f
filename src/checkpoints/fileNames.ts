/**
 * The one table of which file of a folder is the model, under the names that diffusers, transformers, PEFT and their
 * trainers have written:
 *
 * | name | is |
 * |---|---|
 * | `<stem>[.<variant>].<format>` | all weights in one file |
 * | `<stem>.<format>.index[.<variant>].json` | the index of shards |
 * | `<stem>[.<variant>]-00001-of-00002[.<variant>].<format>` | a shard |
 * | `adapter_model.<format>` with `adapter_config.json`, `pytorch_lora_weights.<format>` | an adapter |
 * | `additions.safetensors` | tensors that were trained here beside the published ones |
 *
 * Names only: nothing is opened here. What the weights are called inside is the reader's matter.
 */

/** Formats that are read, the preferred one first; `torch` is what torch.save writes. */
export type WeightsFormat = 'safetensors' | 'torch';

/**
 * What is trained here beside the tensors of a published model lies in a file of its own, so that other libraries load
 * the model's as it is.
 */
export const additionsFile = 'additions.safetensors';
export const adapterConfigFile = 'adapter_config.json';

/** Files of adapters by the library whose layout they have, the preferred one first. */
export const adapterFileNames = {
  peft: ['adapter_model.safetensors', 'adapter_model.bin'],
  diffusers: ['pytorch_lora_weights.safetensors', 'pytorch_lora_weights.bin'],
} as const;

/** Names of diffusers and of transformers. Which of them comes first matters only where a folder has both. */
const stems: { readonly [F in WeightsFormat]: readonly string[] } = {
  safetensors: ['diffusion_pytorch_model', 'model'],
  torch: ['pytorch_model', 'diffusion_pytorch_model', 'model'],
};

/** Variants, the preferred one first: full precision, half, what was not averaged. */
export const weightVariants: readonly string[] = ['', 'fp32', 'fp16', 'bf16', 'ema', 'non_ema'];

const extensions: { readonly [F in WeightsFormat]: readonly string[] } = {
  safetensors: ['safetensors'],
  torch: ['bin', 'pt', 'pth', 'ckpt'],
};

/** Whether a file's name is one of those under which torch.save's files are published. */
export const isTorchFile = (path: string): boolean => /\.(pt|pth|bin|ckpt)$/.test(path);

/** Whether a file holds tensors in a format that is read, by its name. */
export const isWeightsFile = (path: string): boolean => path.endsWith('.safetensors') || isTorchFile(path);

/** Whether a file holds adapters, which are no checkpoint of their own. */
export const isAdapterFile = (name: string): boolean =>
  (Object.values(adapterFileNames).flat() as string[]).includes(name);

/**
 * Whether a file does not belong to a folder's contents: hidden ones (`.DS_Store`, `._model.safetensors`), what operating
 * systems and editors leave, and files that are still being written or fetched.
 */
export const isBystander = (name: string): boolean =>
  name.startsWith('.') || systemFiles.test(name) || unfinishedFiles.test(name);

const systemFiles =
  /^(thumbs\.db|ehthumbs\.db|desktop\.ini|icon\s|__macosx|@eadir|\$recycle\.bin|~\$.*|#.*#|.*~|.*\.(sw[op]|lnk|lock))$/i;
const unfinishedFiles = /\.(crdownload|incomplete|part|partial|download|opdownload|aria2|tmp|temp|!ut)$/i;

/** What trainers save with torch.save beside a model: no weights of it. */
const trainingFiles =
  /^(optimizer|scheduler|scaler|sampler|training_args|trainer_state|random_states|rng_state)\w*\.\w+$/;

/** What is not read: of other frameworks, and layouts before they were converted. */
const foreignFiles: readonly (readonly [RegExp, string])[] = [
  [
    /^(consolidated[.\w-]*|params\.json)$/,
    "in its authors' own layout; the repo that ends in -hf has the other",
  ],
  [/\.(msgpack|h5|ot|gguf|ggml|onnx|mlmodel|mlpackage|tflite|flashpack|npz)$/, 'of another framework'],
  [/^(openvino_\w+|ggml-[\w.-]+)\.bin$/, 'of another framework'],
  [/^learned_embeds\w*(-\w+)*\.(safetensors|bin)$/, 'embeddings of a word, which are not supported'],
];

const foreignKind = (name: string): string | undefined =>
  foreignFiles.find(([pattern]) => pattern.test(name))?.[1];

const shardPattern = /^(.+?)-\d+-of-(\d+)(?:\.(\w+))?\.(safetensors|bin)$/;

/** Weights that may be opened. */
export interface WeightsCandidate {
  /** Name of the file to open: of weights, or of the index of shards. */
  readonly file: string;
  readonly format: WeightsFormat;
  /** '' for full precision, or where the name does not say it. */
  readonly variant: string;
  readonly isIndex: boolean;
}

/** What a folder holds, by the names of its files. */
export interface FolderWeights {
  /** What may be opened as the model, the preferred one first. Empty where there is nothing, or it cannot be told. */
  readonly candidates: readonly WeightsCandidate[];
  readonly hasAdditions: boolean;
  /** Why nothing can be taken though weights lie there, and what to do: a clause, then a sentence. */
  readonly problem?: { readonly what: string; readonly help: string };
  /** Weights that lie there and are not read, each with the reason. Shards of an index that is there are not among them. */
  readonly unused: readonly string[];
}

/**
 * Says which of a folder's files are the model. Taken are the names of diffusers and transformers, in full precision
 * before half and safetensors before torch's own format, then the only file of weights whatever it is called.
 * @param variant takes this one only, such as 'fp16'
 */
export function folderWeights(entries: readonly string[], variant?: string): FolderWeights {
  const names = entries.filter((name) => !isBystander(name));
  const wanted = variant === undefined ? weightVariants : [variant];
  const named = wanted.flatMap((v) => namedWeights(names, v));
  const shards = names.filter((name) => shardPattern.test(name) && !foreignKind(name));
  const single = names.filter((name) => isModelFile(name) && !shards.includes(name) && !isNamed(name));
  const of = (format: WeightsFormat): string[] => single.filter((name) => formatOf(name) === format);
  // what was converted beside its original is as good, and loads faster
  const [unnamed, format] =
    of('safetensors').length > 0
      ? [of('safetensors'), 'safetensors' as const]
      : [of('torch'), 'torch' as const];
  const only =
    unnamed.length === 1 && variant === undefined
      ? [{ file: unnamed[0] as string, format, variant: '', isIndex: false }]
      : [];
  const hasSafetensors = named.some((candidate) => candidate.format === 'safetensors');
  const isConverted = format === 'safetensors' && !hasSafetensors;
  const candidates = named.length === 0 ? only : isConverted ? [...only, ...named] : named;
  const problem = candidates.length > 0 ? undefined : problemOf(names, shards, unnamed, variant);
  return {
    candidates,
    hasAdditions: names.includes(additionsFile),
    ...(problem ? { problem } : {}),
    unused: unusedOf(names, single, candidates),
  };
}

/** Files of weights that are neither an adapter nor additions nor a trainer's, and in a layout that is read. */
const isModelFile = (name: string): boolean =>
  isWeightsFile(name) &&
  !isAdapterFile(name) &&
  name !== additionsFile &&
  !trainingFiles.test(name) &&
  !foreignKind(name);

const formatOf = (name: string): WeightsFormat => (name.endsWith('.safetensors') ? 'safetensors' : 'torch');

/** The names of one variant that are there. */
function namedWeights(names: readonly string[], variant: string): WeightsCandidate[] {
  const suffix = variant && `.${variant}`;
  return (['safetensors', 'torch'] as const).flatMap((format) =>
    stems[format].flatMap((stem) =>
      extensions[format]
        .flatMap((extension) => [
          { file: `${stem}${suffix}.${extension}`, isIndex: false },
          { file: `${stem}.${extension}.index${suffix}.json`, isIndex: true },
        ])
        .filter(({ file }) => names.includes(file))
        .map((found) => ({ ...found, format, variant })),
    ),
  );
}

const allNamed = new Set(
  weightVariants.flatMap((variant) =>
    (['safetensors', 'torch'] as const).flatMap((format) =>
      stems[format].flatMap((stem) =>
        extensions[format].map((e) => `${stem}${variant && `.${variant}`}.${e}`),
      ),
    ),
  ),
);
const isNamed = (name: string): boolean => allNamed.has(name) || name.endsWith('.json');

function problemOf(
  names: readonly string[],
  shards: readonly string[],
  unnamed: readonly string[],
  variant: string | undefined,
): FolderWeights['problem'] {
  if (unnamed.length > 1) {
    return {
      what: `${list(unnamed)} lie there, and which of them is the model cannot be told`,
      help: `Keep one of them there, or rename it to ${stems.safetensors[1]}.${unnamed[0]?.split('.').at(-1)}`,
    };
  }
  const [shard] = shards;
  if (shard !== undefined) {
    const [, stem = '', count, old, extension = ''] = shardPattern.exec(shard) ?? [];
    return {
      what: `${shards.length} of ${Number(count)} shards lie there without their index`,
      help: `Put ${indexOf(old ? `${stem}.${old}` : stem, extension)} beside them, which lies where they come from`,
    };
  }
  const foreign = names.filter((name) => foreignKind(name) && name !== 'params.json');
  if (foreign.length > 0) {
    return {
      what: `${list(foreign)}: ${foreignKind(foreign[0] as string)}, not read here`,
      help: 'Fetch or convert the model as .safetensors under the names of diffusers or transformers',
    };
  }
  if (variant === undefined) return undefined;
  const others = folderWeights(names).candidates.map(({ file }) => file);
  if (others.length === 0) return undefined;
  return { what: `no weights of variant '${variant}', only ${list(others)}`, help: 'Leave the variant out' };
}

/** `model.fp16-00001-of-00002.safetensors` belongs to `model.safetensors.index.fp16.json`. */
function indexOf(shardStem: string, extension: string): string {
  const variant = weightVariants.find((v) => v !== '' && shardStem.endsWith(`.${v}`));
  const stem = variant ? shardStem.slice(0, -variant.length - 1) : shardStem;
  return `${stem}.${extension}.index${variant ? `.${variant}` : ''}.json`;
}

/** What a person may believe to be in use. */
function unusedOf(
  names: readonly string[],
  single: readonly string[],
  [taken, ...others]: readonly WeightsCandidate[],
): string[] {
  if (!taken) return [];
  const unread = new Set([...others.map(({ file }) => file), ...single]);
  unread.delete(taken.file);
  const lines = [...unread].map((name) =>
    isNamed(taken.file) && single.includes(name)
      ? `${name} is not read: ${taken.file} is the model; an adapter must be called ${adapterFileNames.diffusers[0]} ` +
        `or ${adapterFileNames.peft[0]}`
      : `${name} is not read: ${taken.file} lies beside it and comes first`,
  );
  for (const name of names) {
    const kind = foreignKind(name);
    if (kind && isWeightsFile(name) && !/^(consolidated|openvino)/.test(name))
      lines.push(`${name} is not read: ${kind}`);
  }
  return lines;
}

const list = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(' and ');

/** The files of adapters among a folder's, those of one layout after those of the other. */
export const adapterFilesIn = (entries: readonly string[]): string[] =>
  Object.values(adapterFileNames)
    .flat()
    .filter((name) => entries.includes(name));
