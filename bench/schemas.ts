/** Writes the JSON Schemas of scripts and of files of models from the code that reads them: `npm run schemas`. */
import { writeFileSync } from 'node:fs';
import { modelsJsonSchema } from '../src/providers/modelsFile.ts';
import { scriptJsonSchema } from '../src/script/schema.ts';

const schemas = { script: scriptJsonSchema(), models: modelsJsonSchema() };
for (const [name, schema] of Object.entries(schemas)) {
  const path = new URL(`../schema/${name}.schema.json`, import.meta.url);
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
}
