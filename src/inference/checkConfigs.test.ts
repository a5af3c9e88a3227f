import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, type ConfigJson, fromFile } from '../base/index.ts';
import { parsePythonJson } from '../checkpoints/index.ts';
import { modelNames, packageRoot } from '../presets/index.ts';
import { checkModel } from './checkConfigs.ts';
import { clipStatistics } from './preprocess/clipPreprocess.ts';
import { samplerOf } from './sampler.ts';

/** What a mistake of the finger, or of another program, leaves in the place of a value. */
const wrong: readonly unknown[] = [undefined, null, 'x', -1, 0, 1.5, true, [], {}, ['x'], [0, 0]];

const read = (preset: string, part: string, file: string): ConfigJson =>
  parsePythonJson(readFileSync(join(packageRoot, 'presets', preset, part, file), 'utf8')) as ConfigJson;

/** A config without its class is read as the usual one, whose other keys are then missed. */
const isClass = (key: string, value: unknown): boolean => key === '_class_name' && (value ?? null) === null;

/** Runs `check` over the config with each key replaced by each wrong value; gives what was not said in one line. */
function badlySaid(json: ConfigJson, check: (json: ConfigJson) => unknown): string[] {
  const found: string[] = [];
  for (const key of Object.keys(json)) {
    for (const value of wrong) {
      try {
        check(fromFile({ ...json, [key]: value }, 'FILE'));
      } catch (error) {
        const { message } = error as Error;
        const isGood =
          ConfigError.isInstance(error) &&
          message.startsWith('FILE: ') &&
          !message.includes('\n') &&
          (message.includes(key) || message.includes('sizes do not fit') || isClass(key, value));
        if (!isGood) found.push(`${key}: ${JSON.stringify(value)}: ${error}`);
      }
    }
  }
  return found;
}

const parts = (['theatre', 'paper'] as const).flatMap((preset) =>
  readdirSync(join(packageRoot, 'presets', preset), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'training')
    .flatMap(({ name }) =>
      readdirSync(join(packageRoot, 'presets', preset, name)).map((file) => [preset, name, file] as const),
    ),
);

describe('a config with one wrong value is refused with its file and key, or followed', () => {
  it.each(
    parts.filter(([, part, file]) => file === 'config.json' && modelNames.some((name) => name === part)),
  )('%s %s/%s', (preset, part, file) => {
    const name = modelNames.find((known) => known === part);
    if (name) expect(badlySaid(read(preset, part, file), (json) => checkModel(name, json))).toEqual([]);
  });

  it.each(parts.filter(([, , file]) => file === 'scheduler_config.json'))(
    '%s %s/%s',
    (preset, part, file) => {
      expect(badlySaid(read(preset, part, file), (json) => samplerOf(json))).toEqual([]);
    },
  );

  it.each(parts.filter(([, , file]) => file === 'preprocessor_config.json'))(
    '%s %s/%s',
    (preset, part, file) => {
      expect(badlySaid(read(preset, part, file), (json) => clipStatistics(json))).toEqual([]);
    },
  );
});
