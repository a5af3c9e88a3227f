import { afterAll, beforeAll, expect } from 'vitest';
import { logOf } from '../base/index.ts';

const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE', 'exit', 'uncaughtException', 'unhandledRejection'];

/** What the runtime sets for good, once. */
const lasting: ReadonlySet<string> = new Set(['ORT_DISABLE_TELEMETRY']);

interface State {
  readonly environment: ReadonlyMap<string, string | undefined>;
  readonly rest: Readonly<Record<string, unknown>>;
}

const stateOf = (): State => ({
  environment: new Map(Object.entries(process.env).filter(([name]) => !lasting.has(name))),
  rest: {
    folder: process.cwd(),
    umask: process.umask(),
    exitCode: process.exitCode,
    listeners: events.map((name) => `${process.listenerCount(name)} of ${name}`),
    logs: logOf('film').hears('error'),
  },
});

/** Names only: values may be secret. */
function changedVariables(before: State, after: State): string[] {
  const names = new Set([...before.environment.keys(), ...after.environment.keys()]);
  return [...names].filter((name) => before.environment.get(name) !== after.environment.get(name));
}

/*
 * Vitest's setup file: test files share their processes (`isolate: false`), so each leaves its process as it found it. One
 * that does not fails itself, not a file that happens to come after it.
 */
let before: State;
beforeAll(() => {
  before = stateOf();
});
afterAll(() => {
  const after = stateOf();
  expect(changedVariables(before, after), 'variables of the environment that this file left changed').toEqual(
    [],
  );
  expect(after.rest, 'what this file left changed in its process').toEqual(before.rest);
});
