import { pump } from '../../base/pump.ts';
import type { Claim } from '../../files/index.ts';
import type { DreamEvent } from '../events.ts';
import type { RunFolder } from './runFolder.ts';

/** Claims a film's folder; where that takes a while, a notice says what is waited for. */
export async function* claimFolder(
  folder: RunFolder,
  signal: AbortSignal | undefined,
): AsyncGenerator<DreamEvent, Claim, void> {
  let claimed: Claim | undefined;
  let isGiven = false;
  try {
    yield* pump<DreamEvent>(signal, async (emit, stop) => {
      const onWait = (message: string): void => emit({ type: 'notice', message });
      claimed = await folder.claim({ onWait, signal: stop });
    });
    isGiven = true;
    return claimed as unknown as Claim;
  } finally {
    if (!isGiven) await (claimed as Claim | undefined)?.release(); // nobody listened any more
  }
}
