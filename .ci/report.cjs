/**
 * Reads vitest's JSON report: prints its ten slowest files and the total time, then the number of tests as the last line.
 * node report.cjs REPORT STATUS, where STATUS is not 0 when something before the tests failed. Exit code 1 for any failure.
 */
const { readFileSync } = require('node:fs');
const { relative } = require('node:path');

const [file, status] = process.argv.slice(2);
let result;
try {
  result = JSON.parse(readFileSync(file, 'utf8'));
} catch (error) {
  console.error(`no test report: ${error.message}`);
  process.exit(1);
}
const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1000;
const files = result.testResults
  .map((own) => ({ name: relative(process.cwd(), own.name), seconds: seconds(own) || 0 }))
  .sort((a, b) => b.seconds - a.seconds);
const total = Math.max(0, ...result.testResults.map((own) => own.endTime || 0)) - result.startTime;
console.log('the ten slowest test files:');
for (const own of files.slice(0, 10)) console.log(`${own.seconds.toFixed(1).padStart(8)} s  ${own.name}`);
console.log(`all ${files.length} files in ${(total / 1000).toFixed(0)} s`);

const skipped = result.numPendingTests + result.numTodoTests;
const isBroken = (own) => own.status === 'failed' && own.assertionResults.length === 0;
const failed = result.numFailedTests + result.testResults.filter(isBroken).length;
console.log(`${result.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || status !== '0' || result.numPassedTests === 0 ? 1 : 0);
