import { readFile, realpath } from 'node:fs/promises';
import { writeFileAtomically } from '../files/index.ts';
import { parseScript, withShotIds } from '../script/index.ts';
import { RunError } from './run/runError.ts';

/**
 * Writes ids into a script file for the shots that have none; everything else in it stays as it is.
 * @param ids of all its shots, in their order
 * @throws RunError where the file cannot take them; it stays as it was
 */
export async function writeShotIds(path: string, ids: readonly string[]): Promise<void> {
  const file = await realpath(path); // a link stays one
  const whole = await readFile(file, 'utf8');
  const mark = whole.startsWith('\ufeff') ? '\ufeff' : '';
  let text: string;
  try {
    text = withShotIds(whole.slice(mark.length), ids);
    const written = parseScript(text, { file: path }).shots.map(({ id }) => id);
    if (written.join() !== ids.join()) throw new RangeError('the ids would not be read back');
  } catch (error) {
    throw new RunError(`${path} cannot take ids: ${(error as Error).message}`, { cause: error });
  }
  if (mark + text !== whole) await writeFileAtomically(file, mark + text);
}
