import { f32, input, type Tensor, type TensorData } from '../../graph/index.ts';

/** SDXL's size conditioning of one picture: original height and width, crop top and left, target height and width. */
const width = 6;

/** The graph's input for `timeIds`: `time_ids` [n, 6]. */
export function timeIdsInput(n: number): Tensor {
  return input('time_ids', [n, width]);
}

/**
 * The size conditioning of n pictures that are made whole at one size, in pixels: float32 [n, 6]. Podell et al., 2023,
 * section 2.2; the order is that of `_get_add_time_ids` in diffusers' SDXL pipeline.
 */
export function timeIds(n: number, picture: { readonly width: number; readonly height: number }): TensorData {
  const { width: w, height: h } = picture;
  const ids = [h, w, 0, 0, h, w];
  return f32(Array.from({ length: n }, () => ids).flat(), [n, width]);
}
