/**
 * Paths of a U-Net's layers in files of kohya-ss and of Stability's own code, as diffusers calls them:
 * - flattened (`lora_unet_down_blocks_1_attentions_0_..._to_q`): `_` stands for `.`, and also for itself;
 * - by the blocks of the original code (`input_blocks.4.1....to_q`), which trainers of SDXL use, flattened or not.
 */

/** Names of modules that have a `_` in them. */
const compound = [
  'add_embedding',
  'conv_in',
  'conv_out',
  'conv_shortcut',
  'down_blocks',
  'emb_layers',
  'ff_in',
  'in_layers',
  'input_blocks',
  'label_emb',
  'linear_1',
  'linear_2',
  'mid_block',
  'middle_block',
  'out_layers',
  'output_blocks',
  'proj_in',
  'proj_out',
  'skip_connection',
  'spatial_res_block',
  'temporal_res_block',
  'temporal_transformer_blocks',
  'time_emb_proj',
  'time_embed',
  'time_embedding',
  'time_mixer',
  'time_pos_embed',
  'to_k',
  'to_out',
  'to_q',
  'to_v',
  'transformer_blocks',
  'up_blocks',
];

const word = new RegExp(
  `(?:${[...compound].sort((a, b) => b.length - a.length).join('|')}|[^_]+)(?=_|$)`,
  'g',
);

/** `down_blocks_1_attentions_0_proj_in` is `down_blocks.1.attentions.0.proj_in`. */
export const unflattened = (name: string): string => (name.match(word) ?? [name]).join('.');

/** Layers of a block in the published U-Nets (SD 1, SD 2, SDXL, SVD). */
const layersPerBlock = 2;

const outside: readonly (readonly [RegExp, string])[] = [
  [/^input_blocks\.0\.0$/, 'conv_in'],
  [/^out\.2$/, 'conv_out'],
  [/^time_embed\.0$/, 'time_embedding.linear_1'],
  [/^time_embed\.2$/, 'time_embedding.linear_2'],
  [/^label_emb\.0\.0$/, 'add_embedding.linear_1'],
  [/^label_emb\.0\.2$/, 'add_embedding.linear_2'],
];

const inResnet: readonly (readonly [RegExp, string])[] = [
  [/^in_layers\.2$/, 'conv1'],
  [/^out_layers\.3$/, 'conv2'],
  [/^emb_layers\.1$/, 'time_emb_proj'],
  [/^skip_connection$/, 'conv_shortcut'],
];

const replaced = (name: string, table: readonly (readonly [RegExp, string])[]): string =>
  table.reduce((s, [pattern, by]) => s.replace(pattern, by), name);

/** A path by the original code's blocks, as diffusers calls it; any other path as it is. */
export function diffusersPath(path: string): string {
  const plain = replaced(path, outside);
  if (plain !== path) return plain;
  const [, side, i = '', j = '', rest = ''] =
    /^(input_blocks|output_blocks)\.(\d+)\.(\d+)\.(.+)$/.exec(path) ?? [];
  if (side) {
    const n = side === 'input_blocks' ? Number(i) - 1 : Number(i);
    const block = `${side === 'input_blocks' ? 'down' : 'up'}_blocks.${Math.floor(n / (layersPerBlock + 1))}`;
    if (rest === 'op') return `${block}.downsamplers.0.conv`;
    if (rest === 'conv') return `${block}.upsamplers.0.conv`;
    return `${block}.${layer(Number(j), n % (layersPerBlock + 1), rest)}`;
  }
  const [, k, inner = ''] = /^middle_block\.([012])\.(.+)$/.exec(path) ?? [];
  return k ? `mid_block.${layer(Number(k) % 2, Math.floor(Number(k) / 2), inner)}` : path;
}

const layer = (kind: number, index: number, rest: string): string =>
  kind === 0 ? `resnets.${index}.${replaced(rest, inResnet)}` : `attentions.${index}.${rest}`;
