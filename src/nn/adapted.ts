import type { LinearRule } from '../graph/index.ts';
import { composeLinear, type LoraLayer, lora } from './lora.ts';

/** Linear layers with low-rank adapters, each by its path; `base` computes the rest, quantised weights say. */
export function adaptedLinear(layers: ReadonlyMap<string, LoraLayer>, base?: LinearRule): LinearRule {
  return composeLinear(
    lora((path) => layers.get(path)),
    base,
  );
}
