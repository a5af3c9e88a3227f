import { parseConfig } from '../base/index.ts';
import type { Preset } from '../presets/index.ts';
import {
  type Finding,
  type Script,
  type Vocabulary,
  VocabularyCheck,
  vocabularySchema,
} from '../script/index.ts';

const FILE = 'vocabulary.json';

/**
 * What a preset's models have met in training; undefined where the preset does not say.
 * @throws ConfigError that names file and key
 */
export async function readVocabulary(preset: Preset): Promise<Vocabulary | undefined> {
  if (!(await preset.hasFile(FILE))) return undefined;
  return parseConfig(vocabularySchema, await preset.config('', FILE));
}

/** Words that the notice names. */
const SHOWN = 5;

/**
 * One sentence on what of a script a preset's models were never trained on; undefined where that is nothing, or where the preset has no list.
 * No model is loaded.
 * @throws ConfigError where the preset's vocabulary.json is damaged
 */
export async function unknownNotice(preset: Preset, script: Script): Promise<string | undefined> {
  const vocabulary = await readVocabulary(preset);
  if (!vocabulary) return undefined;
  const check = new VocabularyCheck(vocabulary);
  const shots = script.shots.map((shot) => check.shot(script, shot).findings);
  const people = script.characters.flatMap(({ description }) => check.person(description).findings);
  const findings = [...shots.flat(), ...people];
  if (findings.length === 0) return undefined;
  const affected = shots.filter(({ length }) => length > 0).length;
  const words = [...new Set(findings.flatMap(unmetWords))];
  const more = words.length > SHOWN ? ` and ${words.length - SHOWN} more` : '';
  const where =
    affected === 0 ? 'descriptions of people ask' : `${affected} of ${script.shots.length} shots ask`;
  const what = words.length === 0 ? '' : ` (${words.slice(0, SHOWN).join(', ')}${more})`;
  return (
    `${where} for what the models of '${preset.name}' have never met or cannot show${what}; what is wrong and what to write ` +
    `instead: npx moviedreamer check ${script.file}${preset.name === 'theatre' ? '' : ` --preset ${preset.given}`}`
  );
}

const unmetWords = (finding: Finding): string[] =>
  finding.type === 'unmet' ? finding.words.map(({ word }) => word) : [];
