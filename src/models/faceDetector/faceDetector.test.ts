import { describe, expect, it } from 'vitest';
import { concat, input, Parameters, reshape } from '../../graph/index.ts';
import { expectGradients } from '../../testing/gradients.ts';
import { cellSize, faceDetector, faceDetectorConfig } from './index.ts';

const config = faceDetectorConfig.parse({ patch: 2, channels: [2, 4, 4], groups: 2, level: 1 });

describe('faceDetector', () => {
  it('says for each cell of its level whether a face is there, and where its sides are', async () => {
    const parameters = new Parameters();
    const { logits, sides } = faceDetector(parameters.scope(), input('pixels', [1, 3, 8, 16]), config);
    expect(cellSize(config)).toBe(4);
    expect(logits.shape).toEqual([1, 1, 2, 4]);
    expect(sides.shape).toEqual([1, 4, 2, 4]);
    await expectGradients(concat([reshape(logits, [8]), reshape(sides, [32])], 0), parameters);
  });

  it('names a size that does not fit, and a config that does not', () => {
    expect(() => faceDetector(new Parameters().scope(), input('pixels', [1, 3, 8, 12]), config)).toThrow(
      /multiples of 8, got input 'pixels' \[1, 3, 8, 12\]/,
    );
    expect(() => faceDetectorConfig.parse({ channels: [8], level: 1 })).toThrow(
      /below the number of channels/,
    );
    expect(() => faceDetectorConfig.parse({ channels: [6] })).toThrow(/divide into groups/);
  });
});
