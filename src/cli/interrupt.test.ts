import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtForTests } from '../testing/buildOnce.ts';

const program = `
  import { listenForInterrupt } from '${join(builtForTests(), 'cli/interrupt.js')}';
  const interrupt = listenForInterrupt(() => console.log('first'));
  process.on('exit', () => console.log('exit'));
  interrupt.signal.addEventListener('abort', () => console.log(interrupt.exitCode));
  setInterval(() => {}, 1000); // work that does not look at the signal
  console.log('ready');
`;

describe('listenForInterrupt', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('tells the first %s, and dies of the second', async (signal, code) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const _ of text.matchAll(/ready|first/g)) child.kill(signal);
      out += text;
    });
    expect(await once(child, 'close')).toEqual([null, signal]);
    expect(out.split('\n')).toEqual(['ready', 'first', String(code), '']);
  });
});
