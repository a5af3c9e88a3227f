import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The path of another Node's binary, from npm's package `node`, or why there is none. */
export async function binaryOf(
  version: string,
): Promise<{ readonly path: string } | { readonly why: string }> {
  const command = ['exec', '--yes', `--package=node@${version}`, '--', 'node', '-p', 'process.execPath'];
  try {
    const { stdout } = await run('npm', command, { timeout: 300_000 });
    return { path: stdout.trim() };
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    return { why: stderr.trim().split('\n')[0] || message };
  }
}
