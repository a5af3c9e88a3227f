/**
 * Reads vitest's JSON reports: prints the ten slowest files and the total time, then the number of tests as the last line.
 * node report.cjs STATUS REPORT..., where STATUS is not 0 when something before the tests failed. Exit code 1 for any failure.
 */
const { readFileSync } = require('node:fs');
const { relative } = require('node:path');

const [status, ...reports] = process.argv.slice(2);
let results;
try {
  results = reports.map((file) => JSON.parse(readFileSync(file, 'utf8')));
} catch (error) {
  console.error(`no test report: ${error.message}`);
  process.exit(1);
}
const testResults = results.flatMap((own) => own.testResults);
const sum = (count) => results.reduce((total, own) => total + count(own), 0);
const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1000;
const files = testResults
  .map((own) => ({ name: relative(process.cwd(), own.name), seconds: seconds(own) || 0 }))
  .sort((a, b) => b.seconds - a.seconds);
const total = sum((own) => Math.max(0, ...own.testResults.map((file) => file.endTime || 0)) - own.startTime);
console.log('the ten slowest test files:');
for (const own of files.slice(0, 10)) console.log(`${own.seconds.toFixed(1).padStart(8)} s  ${own.name}`);
console.log(`all ${files.length} files in ${(total / 1000).toFixed(0)} s`);

const isBroken = (own) => own.status === 'failed' && own.assertionResults.length === 0;
const passed = sum((own) => own.numPassedTests);
const failed = sum((own) => own.numFailedTests) + testResults.filter(isBroken).length;
const skipped = sum((own) => own.numPendingTests + own.numTodoTests);
const isEmpty = results.length === 0 || results.some((own) => own.numPassedTests === 0);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || status !== '0' || isEmpty ? 1 : 0);
