import { f32, input, rowsOf, type TensorData } from '../graph/index.ts';
import { type CompressorConfig, compressor } from '../models/compressor/index.ts';
import type { ModelSource } from '../presets/index.ts';
import { Networks } from './networks.ts';

/**
 * The paper's keyframe tokenizer behind the image encoder (3.2): spatial tokens of pictures to a few compressed tokens
 * each. The renderer turns these back into pictures.
 */
export class Tokenizer {
  readonly config: CompressorConfig;
  private readonly networks: Networks;

  constructor(source: ModelSource, config: CompressorConfig) {
    this.config = config;
    this.networks = new Networks(source);
  }

  /**
   * @param spatial float32 [n, tokens, inputDim], as `ImageEncoder.encode` gives them
   * @returns compressed tokens [n, outputTokens, outputDim]
   * @throws RangeError where the shape is another
   */
  async encode(spatial: TensorData): Promise<TensorData> {
    const { tokens, inputDim } = this.config;
    const [n] = spatial.shape;
    if (n === undefined || spatial.shape.join() !== [n, tokens, inputDim].join()) {
      throw new RangeError(
        `Tokenizer: expected spatial tokens [n, ${tokens}, ${inputDim}], got [${spatial.shape}]`,
      );
    }
    const network = await this.networks.get(`${n}`, (p) => ({
      tokens: compressor(p, input('spatial', [n, tokens, inputDim]), this.config),
    }));
    const { tokens: compressed } = await network.run({ spatial });
    return compressed as TensorData;
  }

  /** `encode` for one picture, its tokens apart: `outputTokens` arrays of `outputDim` values. */
  async encodeOne(spatial: Float32Array): Promise<Float32Array[]> {
    const { tokens, inputDim } = this.config;
    return rowsOf(await this.encode(f32(spatial, [1, tokens, inputDim])));
  }

  release(): Promise<void> {
    return this.networks.release();
  }
}
