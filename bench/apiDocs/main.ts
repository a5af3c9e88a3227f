/** Writes the API reference, docs/api, from the doc comments of the public face: `npm run docs:api`. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractApi } from './extract.ts';
import { writeReference } from './markdown.ts';
import { listUndocumented } from './undocumented.ts';

const folder = fileURLToPath(new URL('../../docs/api', import.meta.url));
const entries = extractApi();
const files = writeReference(entries);
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name));
for (const [name, text] of files) writeFileSync(join(folder, name), text);
for (const line of listUndocumented(entries)) console.log(`no doc comment: ${line}`);
for (const { module, forgotten } of entries)
  for (const name of forgotten)
    console.log(`used in a public signature but not exported: ${module}: ${name}`);
