import { describe, expect, it } from 'vitest';
import { disableTelemetry } from './telemetry.ts';

const environmentAfter = (environment: NodeJS.ProcessEnv, isRealEnvironment = true): NodeJS.ProcessEnv => {
  disableTelemetry(environment, isRealEnvironment);
  return environment;
};

describe('ONNX Runtime’s telemetry', () => {
  it.each<[NodeJS.ProcessEnv, NodeJS.ProcessEnv]>([
    [{}, { ORT_DISABLE_TELEMETRY: '1' }],
    [{ ORT_DISABLE_TELEMETRY: '' }, { ORT_DISABLE_TELEMETRY: '1' }],
    [{ ORT_DISABLE_TELEMETRY: '0' }, { ORT_DISABLE_TELEMETRY: '0' }],
    [{ ORT_DISABLE_TELEMETRY: 'true' }, { ORT_DISABLE_TELEMETRY: 'true' }],
    [{ MOVIEDREAMER_ORT_TELEMETRY: '1' }, { MOVIEDREAMER_ORT_TELEMETRY: '1' }],
    [{ MOVIEDREAMER_ORT_TELEMETRY: '0' }, { MOVIEDREAMER_ORT_TELEMETRY: '0', ORT_DISABLE_TELEMETRY: '1' }],
  ])('%j becomes %j', (environment, expected) => {
    expect(environmentAfter({ ...environment })).toEqual(expected);
  });

  it('is not left on in silence where a worker thread cannot turn it off', () => {
    expect(() => environmentAfter({}, false)).toThrow(/Set ORT_DISABLE_TELEMETRY=1 for the process/);
    for (const name of ['ORT_DISABLE_TELEMETRY', 'MOVIEDREAMER_ORT_TELEMETRY'])
      expect(environmentAfter({ [name]: '1' }, false)).toEqual({ [name]: '1' });
  });
});
