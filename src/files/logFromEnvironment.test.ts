import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configureLog, logOf } from '../base/index.ts';
import { logFromEnvironment } from './index.ts';

const hub = logOf('hub');
let written: string[] = [];

beforeEach(() => {
  written = [];
  vi.spyOn(console, 'error').mockImplementation((text: string) => void written.push(text));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  configureLog(undefined);
});

describe('MOVIEDREAMER_LOG', () => {
  it('leaves what a program chose where it is not set', () => {
    configureLog('hub=debug');
    vi.stubEnv('MOVIEDREAMER_LOG', undefined);
    logFromEnvironment();
    expect(hub.hears('debug')).toBe(true);
  });

  it('turns the log on', () => {
    vi.stubEnv('MOVIEDREAMER_LOG', 'debug');
    logFromEnvironment();
    hub.debug('GET');
    expect(written).toEqual(['moviedreamer hub debug: GET']);
  });

  it('says once that it is not understood', () => {
    vi.stubEnv('MOVIEDREAMER_LOG', 'loud');
    logFromEnvironment();
    logFromEnvironment();
    hub.error('GET');
    expect(written).toEqual([
      expect.stringMatching(/^MOVIEDREAMER_LOG: there is no log level 'loud'; .*nothing is logged$/),
    ]);
  });
});
