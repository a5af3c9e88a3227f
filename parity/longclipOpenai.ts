import { input, Parameters } from '../src/graph/index.ts';
import { clipOpenaiImage, clipOpenaiText, readClipOpenaiConfig, textEnds } from '../src/models/clip/index.ts';
import type { ParityRow } from './compare.ts';
import { execute } from './execute.ts';
import { ids, outputRows, tensor, wanted, withFixture } from './fixture.ts';

/** Long-CLIP's own checkpoint layout: both towers. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async ({ config: json, io, weights }) => {
    const config = readClipOpenaiConfig(json);
    const p = new Parameters(weights.names()).scope();
    const picture = tensor(io, 'in.image');
    const inputIds = ids(io, 'in.input_ids');
    const ends = textEnds(config.text, inputIds);
    const image = clipOpenaiImage(p, config, input('image', picture.shape));
    const text = clipOpenaiText(
      p,
      config,
      input('input_ids', inputIds.shape, 'int64'),
      input('ends', ends.shape, 'int64'),
    );
    const outputs = wanted(io, {
      encode_image: image.imageEmbeds,
      encode_text: text.textEmbeds,
      encode_text_full: text.lastHiddenState,
    });
    return outputRows(io, await execute(outputs, { image: picture, input_ids: inputIds, ends }, weights));
  });
}
