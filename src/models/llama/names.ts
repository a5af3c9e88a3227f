/** Names of a layer's cache inputs. */
export const pastName = (layer: number, part: 'key' | 'value'): string => `past_${part}.${layer}`;
/** Names of a layer's outputs, which go into its cache. */
export const currentName = (layer: number, part: 'key' | 'value'): string => `${part}.${layer}`;
