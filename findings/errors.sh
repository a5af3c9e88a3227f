#!/bin/bash
# yaml (eemeli) 2.9.1: `toJS({ maxAliasCount: n })` refuses a document with n aliases of one anchor, and takes n - 1: the anchor
# itself is counted as a use. Its documentation: "Prevent exponential entity expansion attacks by limiting data aliasing count".
# So a limit of 100 that is printed as "more than 100 aliases" refuses a file with exactly 100, and says "Excessive alias count".
set -euo pipefail
cd "$(mktemp -d)"
npm init -y >/dev/null
npm install --silent yaml@2.9.1
cat > check.mjs <<'JS'
import { parseDocument } from 'yaml';
const read = (aliases) => {
  const items = Array.from({ length: aliases + 1 }, (_, i) => (i === 0 ? '- &p Rain' : '- *p'));
  try {
    return `${parseDocument(items.join('\n')).toJS({ maxAliasCount: 100 }).length} items`;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
const seen = [99, 100].map((n) => `${n} aliases, maxAliasCount 100: ${read(n)}`);
console.log(seen.join('\n'));
const expected = [
  '99 aliases, maxAliasCount 100: 100 items',
  '100 aliases, maxAliasCount 100: ReferenceError: Excessive alias count indicates a resource exhaustion attack',
];
if (JSON.stringify(seen) !== JSON.stringify(expected)) process.exit(1);
JS
node check.mjs
