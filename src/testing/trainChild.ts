/** A tiny run in a process of its own, for tests that kill it: `trainChild.ts FOLDER STEPS`. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkerHost } from '../runtime/index.ts';
import { train } from '../training/trainer.ts';
import { tinySettings, tinyTask } from './tinyTask.ts';

const [folder = '.', steps = '60'] = process.argv.slice(2);
const host = await WorkerHost.start({ threads: 1 });
const settings = { ...tinySettings, steps: Number(steps), checkpointEvery: 25, sampleEvery: 50 };
const task = tinyTask({ settings, validate: async () => ({ validation_answer: 42 }) });
await train(task, {
  host,
  seed: 1,
  folder,
  say: (text) => void process.stdout.write(`${text}\n`),
  onProgress: ({ step }) => void process.stdout.write(`step ${step}\n`),
});
await appendFile(join(folder, 'done'), `${task.saved?.get('decoder.bias')?.join(' ')}\n`);
await host.close();
