import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { modelsJsonSchema, parseModels } from './index.ts';
import { makersOf } from './makers.ts';

const problems = (text: string): string => {
  try {
    parseModels(text, 'models.yaml');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a file of models', () => {
  it('gives absolute paths', () => {
    const { keyframes, clips } = parseModels(
      'keyframes: { comfyui: "http://127.0.0.1:8188", workflow: k.json }\nclips: { module: ./m.mjs, export: clips }',
      '/films/models.yaml',
    );
    expect(keyframes).toEqual({ comfyui: 'http://127.0.0.1:8188', workflow: '/films/k.json' });
    expect(clips).toEqual({ module: '/films/m.mjs', export: 'clips' });
  });

  it.each([
    ['', 'models.yaml:1:1: expected keyframes, clips or both'],
    ['keyframe: {}', 'models.yaml:1:1: there is no "keyframe"; expected keyframes or clips'],
    [
      'clips: { model: a }',
      'models.yaml:1:8: clips must have one of comfyui, openai and module, got none of them',
    ],
    ['clips: { openai: "http://a/v1", comfyui: "http://a" }', 'got comfyui and openai'],
    [
      'clips:\n  openai: http://a/v1\n  modle: a',
      'models.yaml:3:3: there is no "modle" here; did you mean "model"?',
    ],
    [
      'clips:\n  openai: http://a/v1\n  model: a\n  apiKey: sk-1',
      'models.yaml:4:3: "apiKey": keys stand in no file',
    ],
    ['clips: { openai: "ftp://a", model: b }', 'clips.openai: expected an address with http:// or https://'],
    ['clips: { openai: "http://me:secret@a", model: b }', 'an address must hold no name, password or query'],
    ['clips: { openai: "http://a", model: b, price: { seconds: 1 } }', 'did you mean "second"?'],
    ['clips: { openai: "http://a", model: b, seconds: [0] }', 'clips.seconds.0'],
    ['clips: [', 'models.yaml:1:9: '],
  ])('%j is refused', (text, words) => {
    expect(problems(text)).toContain(words);
  });

  it('wants a key of the environment to be set', async () => {
    const choices = parseModels('clips: { openai: "http://a", model: b, keyFrom: NOT_SET }', 'm.yaml');
    await expect(makersOf(choices, {})).rejects.toThrow('the variable NOT_SET is not set');
  });

  it('has the JSON schema that ships', async () => {
    const shipped = await readFile(new URL('../../schema/models.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(shipped)).toEqual(JSON.parse(JSON.stringify(modelsJsonSchema())));
  });
});
