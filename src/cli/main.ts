#!/usr/bin/env node
/*
 * The entry of the program, in syntax that Node 14 reads, and with nothing but a dynamic import: an older Node than the
 * program needs says so in a sentence, not in a syntax error from the middle of a file.
 */
const [oldestMajor, oldestMinor] = [20, 11]; // as in package.json's engines
const version = process.versions.node;
const [major = 0, minor = 0] = version.split('.').map(Number);

if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
  import('./cli.ts')
    .then(({ runCli }) => runCli(process.argv.slice(2)))
    .then((code) => {
      // a reader that has gone has set it already
      process.exitCode = code || process.exitCode;
    });
} else {
  console.error(
    `moviedreamer needs Node ${oldestMajor}.${oldestMinor} or newer, and this is Node ${version} (${process.execPath}). ` +
      'Install a newer one from https://nodejs.org or with your package manager, or put "npx -y node@22" before the path: ' +
      `npx -y node@22 ${process.argv[1]}`,
  );
  process.exitCode = 1;
}
