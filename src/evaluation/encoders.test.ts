import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../checkpoints/index.ts';
import { f32, input, Parameters } from '../graph/index.ts';
import { newImage } from '../media/index.ts';
import { clipOpenaiImage, readClipOpenaiConfig } from '../models/clip/index.ts';
import { Random } from '../random/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import { writeTinyPreset } from '../testing/tinyPreset.ts';
import { openEncoders } from './encoders.ts';

let folder: string;
let preset: string;
let weights: string;
let host: WorkerHost;
const random = Random.of(1, 'encoders');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'encoders-'));
  ({ preset, weights } = await writeTinyPreset(folder));
  await writeTinyDetector(preset, weights);
  host = await WorkerHost.start({ threads: 1 });
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

/** A model of the preset as it would be published: all of its files in one folder. */
async function published(part: 'clip' | 'face', name: string): Promise<string> {
  const to = join(folder, name);
  await mkdir(to, { recursive: true });
  const own = part === 'clip' ? ['tokenizer.json', 'model.safetensors'] : ['model.safetensors'];
  for (const file of own) await copyFile(join(weights, part, file), join(to, file));
  for (const file of ['config.json', 'preprocessor_config.json'])
    await copyFile(join(preset, part, file), join(to, file));
  return to;
}
const picture = newImage(20, 20, [250, 20, 60]);

describe('openEncoders', () => {
  it("takes the preset's, each with its name and fingerprint", async () => {
    const { clip, face, detector, aesthetic, absent } = await openEncoders(host, { preset, weights });
    expect([clip, face, detector].map((e) => e?.identity.name)).toEqual([
      'tiny/clip',
      'tiny/face',
      'tiny/detector',
    ]);
    const prints = [clip, face, detector].map((e) => e?.identity.fingerprint);
    expect(prints.every((p) => /^[0-9a-f]{64}$/.test(p ?? ''))).toBe(true);
    expect(new Set(prints).size).toBe(3);
    expect([aesthetic, Object.keys(absent)]).toEqual([undefined, ['aesthetic', 'inception']]);
  });

  it('says of those that are not there how to get them', async () => {
    const { clip, absent } = await openEncoders(host, { preset, weights: join(folder, 'nothing') });
    expect(clip).toBeUndefined();
    expect(absent).toEqual({
      clip: expect.stringMatching(
        /^no weights in .*nothing\/clip; give a CLIP with --clip FOLDER, or train one: .*train clip$/,
      ),
      face: expect.stringMatching(/nothing\/face; .*--face FOLDER/),
      detector: expect.stringMatching(/nothing\/detector; .*npx moviedreamer train detector$/),
      aesthetic: expect.stringMatching(/--aesthetic FILE/),
      inception: expect.stringMatching(/--inception FILE/),
    });
  });

  it('takes others from their folders, by their own names', async () => {
    const [clip, face] = [await published('clip', 'other-clip'), await published('face', 'other-face')];
    const own = await openEncoders(host, { preset, weights });
    const other = await openEncoders(host, { preset, weights, clip, face });
    expect([other.clip?.identity.name, other.face?.identity.name]).toEqual(['other-clip', 'other-face']);
    expect((await other.clip?.model.images.encode([picture]))?.embeds).toEqual(
      (await own.clip?.model.images.encode([picture]))?.embeds,
    );
    expect(await other.face?.model.encode([picture])).toEqual(await own.face?.model.encode([picture]));
  });

  it('takes a CLIP with the files that transformers 5 writes, and those of versions before 4', async () => {
    const clip = await published('clip', 'newer-clip');
    const sentence = 'A woman walks along the beach.';
    const before = await openEncoders(host, { preset, weights, clip });
    const expected = [
      (await before.clip?.model.images.encode([picture]))?.embeds,
      await before.clip?.model.sentences.encode([sentence]),
    ];
    const json = async (name: string): Promise<Record<string, unknown>> =>
      JSON.parse(await readFile(join(clip, name), 'utf8'));
    const inner = {
      ...(await json('preprocessor_config.json')),
      image_processor_type: 'CLIPImageProcessorPil',
    };
    const processor = { image_processor: inner, processor_class: 'CLIPProcessor' };
    await writeFile(join(clip, 'processor_config.json'), JSON.stringify(processor));
    // transformers reads the new one first
    await writeFile(join(clip, 'preprocessor_config.json'), '{"do_resize": "nonsense"');
    await writeFile(
      join(clip, 'config.json'),
      JSON.stringify({ ...(await json('config.json')), dtype: 'float16' }),
    );
    const { vocab, merges } = (await json('tokenizer.json')).model as { vocab: object; merges: string[][] };
    await rm(join(clip, 'tokenizer.json'));
    await writeFile(join(clip, 'vocab.json'), JSON.stringify(vocab));
    await writeFile(
      join(clip, 'merges.txt'),
      ['#version: 0.2', ...merges.map((pair) => pair.join(' ')), ''].join('\n'),
    );
    const after = await openEncoders(host, { preset, weights, clip });
    expect((await after.clip?.model.images.encode([picture]))?.embeds).toEqual(expected[0]);
    expect(await after.clip?.model.sentences.encode([sentence])).toEqual(expected[1]);
    await rm(join(clip, 'merges.txt'));
    await expect(openEncoders(host, { preset, weights, clip })).rejects.toThrow(/tokenizer\.json is missing/);
  });

  it("takes a face encoder in OpenAI's layout, as FaRL is published", async () => {
    const face = join(folder, 'farl');
    await mkdir(face);
    const tower = { image_resolution: 16, vision_layers: 1, vision_width: 8, vision_patch_size: 8 };
    const json = { embed_dim: 4, ...tower, transformer_width: 8, transformer_layers: 1 };
    await writeFile(join(face, 'config.json'), JSON.stringify(json));
    await copyFile(join(preset, 'face/preprocessor_config.json'), join(face, 'preprocessor_config.json'));
    const parameters = new Parameters();
    const config = readClipOpenaiConfig(json);
    clipOpenaiImage(parameters.scope(), config, input('pixels', [1, 3, 16, 16]));
    const tensors = [...parameters].map(
      (p) => [p.name, f32(random.normals(p.tensor.size), p.shape)] as const,
    );
    await writeSafetensors(join(face, 'model.safetensors'), Object.fromEntries(tensors));
    const encoder = (await openEncoders(host, { preset, weights, face })).face;
    expect([encoder?.identity.name, encoder?.model.dim]).toEqual(['farl', 4]);
    expect(Math.hypot(...((await encoder?.model.encode([picture])) ?? []))).toBeCloseTo(1, 5);
  });

  it('names the file that a folder lacks, and a damaged one', async () => {
    const open = (choice: object) => openEncoders(host, { preset, weights, ...choice });
    const clip = await published('clip', 'broken-clip');
    await writeFile(join(clip, 'preprocessor_config.json'), '{"size": ');
    await expect(open({ clip })).rejects.toThrow(/preprocessor_config\.json[\s\S]*not valid JSON/);
    await rm(join(clip, 'preprocessor_config.json'));
    await expect(open({ clip })).rejects.toThrow(
      /--clip .*broken-clip: preprocessor_config\.json is missing; it must be/,
    );
    await expect(open({ face: join(folder, 'gone') })).rejects.toThrow(
      /--face .*gone: there is no such folder/,
    );
    const tower = await published('clip', 'half-clip');
    await writeFile(
      join(tower, 'config.json'),
      '{"vision_config": {"projection_dim": 8}, "text_config": {"projection_dim": 6}}',
    );
    await expect(open({ clip: tower })).rejects.toThrow(
      /embeddings of 8 numbers and texts of 6; give the folder of a whole/,
    );
  });

  it('takes an aesthetic head that fits the CLIP', async () => {
    const aesthetic = join(folder, 'head.safetensors');
    const weight = random.normals(3 * 8);
    const last = random.normals(3);
    const open = () => openEncoders(host, { preset, weights, aesthetic });
    await writeSafetensors(aesthetic, {
      'layers.0.weight': f32(weight, [3, 8]),
      'layers.0.bias': f32([1, 2, 3], [3]),
      'layers.2.weight': f32(last, [1, 3]),
      'layers.2.bias': f32([5], [1]),
    });
    const { aesthetic: head, absent } = await open();
    expect([head?.identity.name, absent.aesthetic]).toEqual(['head.safetensors', undefined]);
    const embeds = random.normals(2 * 8);
    const expected = [0, 1].map((n) => {
      const hidden = [0, 1, 2].map((i) =>
        Array.from({ length: 8 }, (_, k) => weight[i * 8 + k]! * embeds[n * 8 + k]!).reduce(
          (a, b) => a + b,
          i + 1,
        ),
      );
      return hidden.reduce((sum, h, i) => sum + h * last[i]!, 5);
    });
    const scores = await head?.model.score(embeds);
    expected.forEach((want, i) => {
      expect(scores?.[i]).toBeCloseTo(want, 4);
    });

    await writeSafetensors(aesthetic, { weight: f32(random.normals(768), [1, 768]), bias: f32([5], [1]) });
    await expect(open()).rejects.toThrow(
      /--aesthetic .*embeddings of 768 numbers, and tiny\/clip gives 8; give the CLIP .*--clip/,
    );
    await writeSafetensors(aesthetic, { other: f32([5], [1]) });
    await expect(open()).rejects.toThrow(/aesthetic head: expected one linear layer.*got other/);
  });
});
