import { f32, GraphError, type ParameterInfo, sizeOf, type TensorData } from '../../graph/index.ts';

/**
 * The tensor of the image U-Net that the same layer of the video U-Net can start from, by its name; undefined for
 * layers that only a video U-Net has (along time, and the added numbers' embedding).
 */
export function imageWeightName(videoName: string): string | undefined {
  if (/(^|\.)(temporal_\w+|time_mixer|time_pos_embed|add_embedding)\./.test(videoName)) return undefined;
  return videoName.replace('.spatial_res_block.', '.');
}

/**
 * First values for a video U-Net from an image U-Net of the same levels (Blattmann et al., 2023, section 3): every
 * layer that looks at single pictures is taken over; the new input channels of `conv_in`, where the still picture
 * comes in, begin at zero. Layers that are not in the result keep their own initialisation, under which a video
 * U-Net does to each frame what the image U-Net does.
 *
 * @param wanted the video U-Net's parameters
 * @param image the image U-Net's float32 tensor of a name, or undefined
 * @throws GraphError where a layer's shapes differ
 */
export function inflateImageWeights(
  wanted: Iterable<ParameterInfo>,
  image: (name: string) => TensorData | undefined,
): Map<string, TensorData> {
  const result = new Map<string, TensorData>();
  for (const { name, shape } of wanted) {
    const source = imageWeightName(name);
    const value = source === undefined ? undefined : image(source);
    if (!value) continue;
    if (value.shape.join() === shape.join()) result.set(name, value);
    else if (name === 'conv_in.weight') result.set(name, widenInput(value, shape));
    else {
      throw new GraphError(
        `inflateImageWeights: '${name}' is [${shape}] in the video U-Net and [${value.shape}] in the image U-Net; give both the same levels and widths`,
      );
    }
  }
  return result;
}

/** Zeros for the input channels that come after the ones of `value` [out, c, kh, kw]. */
function widenInput({ data, shape: from }: TensorData, shape: readonly number[]): TensorData {
  const [out, c, ...kernel] = shape as [number, number, ...number[]];
  if (from[0] !== out || (from[1] as number) > c || from.slice(2).join() !== kernel.join()) {
    throw new GraphError(`inflateImageWeights: conv_in.weight [${from}] cannot be widened to [${shape}]`);
  }
  const [row, wide] = [sizeOf(from.slice(1)), sizeOf(shape.slice(1))];
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < out; i++) values.set((data as Float32Array).subarray(i * row, (i + 1) * row), i * wide);
  return f32(values, shape);
}
