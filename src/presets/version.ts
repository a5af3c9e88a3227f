import { type ConfigJson, fileOf, fromFile } from '../base/configJson.ts';
import { PresetError } from './preset.ts';

/** The version of our own files of presets (`generation_config.json`, `memory.json`) that this program reads. */
const PRESET_VERSION = 1;

/**
 * A file of a preset without its optional `version`.
 * @param where names preset and file
 * @throws PresetError where it was written for a later program
 */
export function withoutVersion(json: ConfigJson, where: string): ConfigJson {
  const { version = PRESET_VERSION, ...rest } = json;
  if (version === PRESET_VERSION) return fromFile(rest, fileOf(json)); // errors go on naming the file
  const isLater = typeof version === 'number' && version > PRESET_VERSION;
  throw new PresetError(
    `${where} is of version ${JSON.stringify(version)}; this MovieDreamer reads version ${PRESET_VERSION}` +
      (isLater
        ? ': update MovieDreamer, or take a preset of that version'
        : ': write "version": 1, or leave it out'),
  );
}
