import { afterEach, describe, expect, it } from 'vitest';
import { configureLog, type LogRecord, logLine, logOf } from './index.ts';

const records: LogRecord[] = [];
const hear = (levels: string | undefined): void => configureLog(levels, (record) => records.push(record));
const film = logOf('film');
const hub = logOf('hub');

/** What comes through of one message of each level from two scopes. */
function heard(): string[] {
  records.length = 0;
  for (const [name, log] of Object.entries({ film, hub }))
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](`${name} ${level}`);
  return records.map(({ message }) => message);
}

afterEach(() => configureLog(undefined));

describe('the log', () => {
  it.each([undefined, '', ' ', 'silent', 'debug,silent'])('is silent at %j', (levels) => {
    hear(levels);
    expect(heard()).toEqual([]);
    expect(film.hears('error')).toBe(false);
  });

  it.each([
    ['warn', ['film warn', 'film error', 'hub warn', 'hub error']],
    ['hub=info', ['hub info', 'hub warn', 'hub error']],
    ['error, hub = debug', ['film error', 'hub debug', 'hub info', 'hub warn', 'hub error']],
    ['debug,film=silent,hub=error', ['hub error']],
  ])('at %j lets through what it says', (levels, messages) => {
    hear(levels);
    expect(heard()).toEqual(messages);
  });

  it('carries data', () => {
    hear('debug');
    heard();
    hub.debug('GET', { status: 200 });
    expect(records.at(-1)).toEqual({ level: 'debug', scope: 'hub', message: 'GET', data: { status: 200 } });
    expect(logLine(records.at(-1) as LogRecord)).toBe('moviedreamer hub debug: GET {"status":200}');
  });

  it.each([
    ['loud', /no log level 'loud'; expected one of debug, info, warn, error, silent/],
    ['hub=', /no log level ''/],
    ['studio=debug', /no log scope 'studio'; expected one of film/],
  ])('refuses %j, and stays as it was', (levels, message) => {
    hear('hub=error');
    expect(() => hear(levels)).toThrow(message);
    expect(heard()).toEqual(['hub error']);
  });
});
