import { stringify } from 'yaml';
import { type ScriptFile, scriptSchema } from './schema.ts';

/** A script file's text, in the layout of our examples; `parseScript` reads it back. Throws when the data is not valid. */
export function formatScript(script: ScriptFile): string {
  scriptSchema.parse(script);
  return stringify(script, { lineWidth: 110, flowCollectionPadding: true });
}
