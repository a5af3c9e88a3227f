import { configureLog } from '../base/index.ts';

/** Names what is logged, see `configureLog`. */
export const LOG_VARIABLE = 'MOVIEDREAMER_LOG';

let applied: string | undefined;

/**
 * Lets the environment's MOVIEDREAMER_LOG say what is logged; where it is not set, what a program chose by `configureLog`
 * stays. A value that is not understood is said on the standard error stream, once, and nothing is logged.
 */
export function logFromEnvironment(): void {
  const levels = process.env[LOG_VARIABLE];
  if (levels === undefined || levels === applied) return;
  applied = levels;
  try {
    configureLog(levels);
  } catch (error) {
    console.error(`${LOG_VARIABLE}: ${(error as Error).message}; nothing is logged`);
  }
}
