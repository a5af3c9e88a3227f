/*
 * Writes presets/theatre/vocabulary.json, what the theatre's scripts can say, from the code that draws it:
 *     npx tsx bench/vocabulary.ts
 * src/theatre/vocabulary.test.ts fails where the file is not of today.
 */
import { writeFileSync } from 'node:fs';
import { theatreVocabulary } from '../src/theatre/index.ts';

const path = new URL('../presets/theatre/vocabulary.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(theatreVocabulary(), null, 1)}\n`);
