import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clipWorkflow, keyframeWorkflow } from '../testing/fakeComfy.ts';
import { cli } from '../testing/tinyFilm.ts';
import { promptId } from './comfyui.ts';
import { bindingsOf, parseWorkflow, proposed } from './comfyWorkflow.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('bindings of a workflow', () => {
  it('are proposed by the names of inputs', () => {
    expect(proposed(keyframeWorkflow)).toEqual({
      ...{ prompt: '6.text', seed: '3.seed', width: '5.width', height: '5.height' },
      references: ['10.image', '11.image'],
    });
    expect(proposed(clipWorkflow)).toEqual({
      ...{ prompt: '6.text', seed: '3.noise_seed', width: '7.width', height: '7.height', frames: '7.length' },
      ...{ fps: 'film.fps', keyframe: '10.image' },
    });
  });

  it('come from titles of nodes, too', () => {
    const titled = {
      '1': {
        class_type: 'LoadImage',
        inputs: { image: 'a.png' },
        _meta: { title: 'moviedreamer:reference 2' },
      },
      '2': {
        class_type: 'LoadImage',
        inputs: { image: 'a.png' },
        _meta: { title: 'moviedreamer:reference 1' },
      },
      '3': { class_type: 'Latent', inputs: { width: 1, height: 1 }, _meta: { title: 'moviedreamer:size' } },
      '4': { class_type: 'Text', inputs: { text: '' }, _meta: { title: 'moviedreamer:prompt (positive)' } },
    };
    expect(bindingsOf(titled, {}, 'w.json')).toEqual({
      ...{ references: ['2.image', '1.image'], width: '3.width', height: '3.height', prompt: '4.text' },
    });
  });

  it('that point nowhere are refused with what there is', () => {
    expect(() => bindingsOf(keyframeWorkflow, { seed: '3.sed' }, 'w.json')).toThrow(
      'w.json: seed is bound to 3.sed; node 3 (KSampler) has the inputs seed, steps, positive, latent_image: did you mean 3.seed?',
    );
    expect(() => bindingsOf(keyframeWorkflow, { seed: '4.seed' }, 'w.json')).toThrow(
      'expected "node.input" with one of the nodes 3, 5, 6',
    );
  });

  it('are listed by the command', async () => {
    const file = join(folder, 'w.json');
    await writeFile(file, JSON.stringify(keyframeWorkflow));
    const { code, out } = await cli('models', 'workflow', file);
    expect(code).toBe(0);
    expect(out).toContain('5 EmptyLatentImage\n    5.width = 512');
    expect(out).toContain('bind: {"prompt":"6.text","seed":"3.seed"');
    expect((await cli('models', 'workflow', join(folder, 'none.json'))).err).toContain('cannot be read');
  });
});

it.each([
  ['{', 'is no JSON'],
  ['{"nodes": [], "links": []}', "is a workflow as ComfyUI's editor saves it; export it in the API format"],
  ['{"1": {"inputs": {}}}', 'node 1 has no class_type or no inputs'],
  ['[]', "is no workflow in ComfyUI's API format"],
])('the workflow %s is refused', (text, words) => {
  expect(() => parseWorkflow(text, 'w.json')).toThrow(words);
});

it('prompt ids are canonical UUIDs of the key', () => {
  expect(promptId('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(promptId('a')).toBe(promptId('a'));
  expect(promptId('a')).not.toBe(promptId('b'));
});
