import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { FrameRows, type FrameSet, frameImage, RowWriter } from '../../corpus/index.ts';
import { resizeImage } from '../../media/index.ts';

/** The frames of a set squeezed into squares, [side, side, 3] bytes each, by the frames' rows; made on first use. */
export async function smallFrames(
  set: FrameSet,
  side: number,
  onProgress?: (done: number, total: number) => void,
): Promise<FrameRows> {
  const path = join(set.folder, `frames-${side}.rgb`);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const writer = await RowWriter.create(path, { dtype: 'uint8', shape: [side, side, 3] });
    try {
      for (let row = 0; row < set.count; row++) {
        await writer.append(resizeImage(await frameImage(set, row), side, side).data);
        onProgress?.(row + 1, set.count);
      }
      await writer.finish();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }
  return FrameRows.open(path, [side, side, 3]);
}
