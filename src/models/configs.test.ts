import { describe, expect, it } from 'vitest';
import { ConfigError, ConfigReader } from './configs.ts';

describe('ConfigReader', () => {
  const read = (json: Record<string, unknown>): ConfigReader => new ConfigReader('Some model', json);

  it('takes published defaults for missing and null keys', () => {
    expect(read({}).count('width', 8)).toBe(8);
    expect(read({ width: null }).count('width', 8)).toBe(8);
    expect(read({ width: 4 }).count('width', 8)).toBe(4);
  });

  it('says who, which key, what is allowed and what came', () => {
    expect(() => read({ width: 2.5 }).count('width')).toThrow(ConfigError);
    expect(() => read({ width: 2.5 }).count('width')).toThrow(
      "Some model config: 'width' must be a whole number from 1; got 2.5",
    );
    expect(() => read({}).count('width')).toThrow("'width' must be a whole number from 1; got nothing");
    expect(() => read({ act: 'mish' }).choice('act', ['gelu', 'silu'])).toThrow(
      `'act' must be one of "gelu", "silu"; got "mish"`,
    );
    expect(() => read({ bias: 1 }).boolean('bias', false)).toThrow("'bias' must be true or false; got 1");
    expect(() => read({ eps: -1 }).positive('eps')).toThrow("'eps' must be a positive number; got -1");
    expect(() => read({ id: -1 }).index('id')).toThrow("'id' must be a whole number from 0; got -1");
    expect(() => read({ part: [] }).object('part')).toThrow("'part' must be an object; got []");
  });

  it('refuses features that it does not have, unless they are switched off', () => {
    expect(() => read({ factor: 0.5 }).neutral('factor', 1)).toThrow(
      "'factor' is not supported unless left out, null, 1; got 0.5",
    );
    for (const json of [{}, { factor: null }, { factor: 1 }]) read(json).neutral('factor', 1);
  });
});
