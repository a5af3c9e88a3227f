import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { it } from 'vitest';

const candidates = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'];

/** Chromium's path or name, where it is installed. */
const chromium: string | undefined = candidates.find((name) => {
  try {
    if (name) execFileSync(name, ['--version'], { stdio: 'ignore', timeout: 60_000 });
    return Boolean(name);
  } catch {
    return false;
  }
});

/** A test that runs where Chromium does, and elsewhere is skipped under a name that says what to install. */
export function itInChromium(name: string, test: () => Promise<void>): void {
  const how = 'needs Chromium: apt-get install chromium, or its path in CHROMIUM';
  it.skipIf(!chromium)(chromium ? name : `${name}: SKIPPED, ${how}`, test);
}

/** Opens a page without a window and gives what Chromium prints: of `--dump-dom` the document as it was understood. */
export async function openInChromium(url: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    chromium as string,
    [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars'],
      ...['--allow-file-access-from-files', '--virtual-time-budget=5000', ...args, url],
    ],
    { maxBuffer: 2 ** 26 },
  );
  return stdout;
}
