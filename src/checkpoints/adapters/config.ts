import { CheckpointError, quote } from '../checkpointError.ts';

/** What the scale of adapters depends on; they say themselves which layers they adapt. */
export interface AdapterConfig {
  readonly alpha: number | undefined;
  /** alpha of single layers, by patterns of their paths. */
  readonly alphaPattern: Readonly<Record<string, number>>;
  readonly rslora: boolean;
  /** Path or repo of the model that was adapted. */
  readonly base: string | undefined;
}

/** Keys of PEFT's LoraConfig that make an adapter compute something else, unless they are empty. */
const unsupported = [
  'use_dora',
  'use_qalora',
  'use_bdlora',
  'lora_bias',
  'fan_in_fan_out',
  'modules_to_save',
  'layer_replication',
  'target_parameters',
  'trainable_token_indices',
  'alora_invocation_tokens',
  'arrow_config',
  'kasa_config',
  'velora_config',
  'monteclora_config',
];

/** Ways to begin that also change the weights of the model that is adapted. */
const changesBase = /^(pissa|olora|loftq|corda|lora_ga)/;

/**
 * Reads PEFT's `adapter_config.json`, or the same keys from the metadata of a diffusers file. Throws `CheckpointError`
 * for adapters of another kind than LoRA's plain one.
 */
export function readAdapterConfig(file: string, json: Readonly<Record<string, unknown>>): AdapterConfig {
  const fail = (key: string, expected: string): never => {
    throw new CheckpointError({
      file,
      problem: `'${key}' is not supported`,
      expected,
      got: quote(json[key]),
      help: 'Merge the adapter into its model with the library that made it',
    });
  };
  const { peft_type: type = 'LORA', bias = 'none', init_lora_weights: init, alpha_pattern: pattern } = json;
  if (type !== 'LORA') fail('peft_type', '"LORA"');
  if (bias !== 'none') fail('bias', '"none"');
  if (typeof init === 'string' && changesBase.test(init)) fail('init_lora_weights', 'true or "gaussian"');
  for (const key of unsupported) if (!isEmpty(json[key])) fail(key, 'nothing, null or false');
  const alpha = json.lora_alpha ?? undefined;
  if (alpha !== undefined && !Number.isFinite(alpha)) fail('lora_alpha', 'a number');
  if (!isPattern(pattern ?? {})) fail('alpha_pattern', 'numbers by regular expressions of paths');
  return {
    alpha: alpha as number | undefined,
    alphaPattern: (pattern ?? {}) as Record<string, number>,
    rslora: json.use_rslora === true,
    base: typeof json.base_model_name_or_path === 'string' ? json.base_model_name_or_path : undefined,
  };
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** Whether keys match paths, as PEFT matches them, and values are numbers. */
function isPattern(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, alpha]) => {
    try {
      return Number.isFinite(alpha) && matching(key) !== undefined;
    } catch {
      return false;
    }
  });
}

const matching = (key: string): RegExp => new RegExp(`^(.*\\.)?(${key})$`);

/** alpha / r, or with rank stabilisation alpha / sqrt(r) (Kalajdzievski, 2023). */
export const adapterScale = (r: number, alpha: number, rslora: boolean): number =>
  alpha / (rslora ? Math.sqrt(r) : r);

/** A layer's alpha, as PEFT finds it; r where nothing says it, which diffusers takes too. */
export function alphaOf({ alpha, alphaPattern }: AdapterConfig, path: string, r: number): number {
  const key = Object.keys(alphaPattern).find((k) => matching(k).test(path));
  return (key === undefined ? alpha : alphaPattern[key]) ?? r;
}
