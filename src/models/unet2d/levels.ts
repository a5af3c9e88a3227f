import type { ConfigJson } from '../../base/configJson.ts';
import { blockTypes, checkDivides, counts, countsPerLevel } from '../blocks/index.ts';
import type { ConfigReader } from '../configs.ts';

/** What one resolution level is made of. */
export interface Level {
  /** Channels of the level. */
  readonly channels: number;
  /** Residual blocks on the way down; one more on the way up. */
  readonly layers: number;
  /** Attention heads. */
  readonly heads: number;
  /** Transformer layers behind each residual block on the way down; 0 where the level has no attention. */
  readonly down: number;
  /** The same on the way up. */
  readonly up: number;
}

/** How a family of U-Nets calls things in its configs. */
export interface LevelNames {
  /** Name of a down block without attention. */
  readonly plainDown: string;
  /** Name of a down block with cross-attention. */
  readonly crossDown: string;
  /** Name of an up block without attention. */
  readonly plainUp: string;
  /** Name of an up block with cross-attention. */
  readonly crossUp: string;
  /** Key of the numbers of attention heads, and their default. */
  readonly heads: string;
  /** Attention heads where the config gives none. */
  readonly defaultHeads: number | readonly number[];
}

const layersKey = 'transformer_layers_per_block';
const upLayersKey = 'reverse_transformer_layers_per_block';

/** Reads the levels of a U-Net, finest first. */
export function readLevels(r: ConfigReader, json: ConfigJson, names: LevelNames): Level[] {
  const { plainDown, crossDown, plainUp, crossUp } = names;
  const channels = counts(r, json, 'block_out_channels', [320, 640, 1280, 1280]);
  const n = channels.length;
  const layers = countsPerLevel(r, json, 'layers_per_block', n, 2);
  const heads = countsPerLevel(r, json, names.heads, n, names.defaultHeads);
  const downs = [crossDown, crossDown, crossDown, plainDown];
  const ups = [plainUp, crossUp, crossUp, crossUp];
  const downTypes = blockTypes(r, json, 'down_block_types', n, [plainDown, crossDown], downs);
  const upTypes = blockTypes(r, json, 'up_block_types', n, [plainUp, crossUp], ups).toReversed();
  const down = countsPerLevel(r, json, layersKey, n, 1, 0);
  const up = r.has(upLayersKey) ? countsPerLevel(r, json, upLayersKey, n, 1, 0).toReversed() : down;
  return channels.map((c, i) => {
    const attends = downTypes[i] === crossDown || upTypes[i] === crossUp || i === n - 1;
    if (attends) checkDivides(r, names.heads, heads[i] as number, [c]);
    if (downTypes[i] === crossDown && down[i] === 0)
      r.fail(layersKey, `must not be 0 at level ${i}, a ${crossDown}`);
    if (upTypes[i] === crossUp && up[i] === 0)
      r.fail(r.has(upLayersKey) ? upLayersKey : layersKey, `must not be 0 at level ${i}, a ${crossUp}`);
    return {
      channels: c,
      layers: layers[i] as number,
      heads: heads[i] as number,
      down: downTypes[i] === crossDown ? (down[i] as number) : 0,
      up: upTypes[i] === crossUp ? (up[i] as number) : 0,
    };
  });
}

/** Transformer layers of the middle: the last level's, whether that level has attention or not. */
export function readMiddleLayers(r: ConfigReader, json: ConfigJson, levels: number): number {
  const layers = countsPerLevel(r, json, layersKey, levels, 1, 0).at(-1) as number;
  if (layers === 0) r.fail(layersKey, 'must not end in 0, as the middle has attention');
  return layers;
}
