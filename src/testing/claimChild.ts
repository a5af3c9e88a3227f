import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClaimError, claim } from '../files/index.ts';

/**
 * A process for tests of claims: `node claimChild.ts hold PATH [PATIENCE]` claims, says `held`, and waits to be killed (or says
 * why not); `node claimChild.ts fight PATH ROUNDS` claims again and again, dies now and then (in its note), and appends
 * `enter`, `leave` or `clash` to PATH.log.
 */
const [mode, path = '', number] = process.argv.slice(2);
const options = { beat: 40, patience: mode === 'hold' && number ? Number(number) : 500 };

async function hold(): Promise<void> {
  try {
    const { lost } = await claim(path, options);
    lost.addEventListener('abort', () => console.log(`lost: ${lost.reason.message}`));
    console.log('held');
    setInterval(() => {}, 1000);
  } catch (error) {
    console.log(`${(error as Error).name}: ${(error as Error).message}`);
  }
}

/** Leaves a note as a process of this machine does that was killed. */
async function dieInNote(): Promise<void> {
  const note = JSON.parse(await readFile(`${path}.pid`, 'utf8'));
  const dead = `${path}.dead-${process.pid}`;
  await writeFile(dead, JSON.stringify({ ...note, id: crypto.randomUUID(), pid: 999_999_999 }));
  await rename(dead, `${path}.pid`);
}

async function fight(): Promise<void> {
  for (let round = 0; round < Number(number); ) {
    try {
      const held = await claim(path, options);
      // 'wx' fails where another process is inside as well
      const isAlone = await writeFile(`${path}.inside`, '', { flag: 'wx' }).then(
        () => true,
        () => false,
      );
      await appendFile(`${path}.log`, isAlone ? 'enter\n' : 'clash\n');
      await sleep(2);
      if (isAlone) await rm(`${path}.inside`);
      if (++round % 2 === 0) await dieInNote();
      await held.release();
    } catch (error) {
      if (!(error instanceof ClaimError)) throw error;
      await sleep(1);
    }
  }
}

await (mode === 'hold' ? hold() : fight());
