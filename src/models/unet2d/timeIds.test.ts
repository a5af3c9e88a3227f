import { describe, expect, it } from 'vitest';
import { timeIds, timeIdsInput } from './index.ts';

describe('timeIds', () => {
  it('says height before width, no crop, once for each picture', () => {
    const ids = timeIds(2, { width: 896, height: 512 });
    expect(ids).toMatchObject({ dtype: 'float32', shape: [2, 6] });
    const one = [512, 896, 0, 0, 512, 896];
    expect([...(ids.data as Float32Array)]).toEqual([...one, ...one]);
    expect(timeIdsInput(2).shape).toEqual(ids.shape);
  });
});
