import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigJson } from '../../base/configJson.ts';
import {
  Checkpoint,
  SafetensorsFile,
  type TensorHeader,
  type TorchTensorSource,
  writeTorchFile,
} from '../../checkpoints/index.ts';
import { f32, i64, input, type TensorData } from '../../graph/index.ts';
import { checkpointSource } from '../../presets/modelSource.ts';
import { WorkerHost } from '../../runtime/index.ts';
import {
  type ClipOpenaiShape,
  clipOpenaiImage,
  clipOpenaiText,
  readClipOpenaiConfig,
  readClipOpenaiShape,
  textEnds,
} from './index.ts';

// LongCLIP and FaRL from files as they are published: torch.save of a state dict, and of one below
// `state_dict`.

const fixture = fileURLToPath(new URL('../../../fixtures/longclip_openai/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'clip-openai-'));
let host: WorkerHost;
let stored: SafetensorsFile;
let io: SafetensorsFile;
beforeAll(async () => {
  host = await WorkerHost.start({ threads: 1 });
  stored = await SafetensorsFile.open(join(fixture, 'weights.safetensors'));
  io = await SafetensorsFile.open(join(fixture, 'io.safetensors'));
});
afterAll(async () => {
  await host.close();
  await stored.close();
  await io.close();
  rmSync(folder, { recursive: true });
});

const source = (name: string): TorchTensorSource => ({
  name,
  dtype: stored.info(name).dtype as TensorHeader['dtype'],
  shape: stored.info(name).shape,
  data: async () => (await stored.read(name)).data,
});

async function shapeOf(path: string): Promise<ClipOpenaiShape> {
  const checkpoint = await Checkpoint.open(path);
  await checkpoint.close();
  return readClipOpenaiShape(checkpoint);
}

async function expectClose(got: TensorData | undefined, name: string): Promise<void> {
  const wanted = await io.readFloat32(name);
  expect(got?.shape).toEqual(wanted.shape);
  const worst = wanted.data.reduce((most, v, i) => Math.max(most, Math.abs(v - Number(got?.data[i]))), 0);
  expect(worst, name).toBeLessThan(1e-4);
}

describe("CLIP in OpenAI's layout, in files of torch", () => {
  it('computes what LongCLIP computed', async () => {
    const path = join(folder, 'longclip-L.pt');
    await writeTorchFile(path, stored.names().map(source));
    const { text, vision, keepLength } = await shapeOf(path);
    const json = JSON.parse(readFileSync(join(fixture, 'config.json'), 'utf8')) as ConfigJson;
    expect({ text, vision, keepLength }).toEqual(readClipOpenaiConfig(json));
    if (!text) throw new Error('no text tower');

    const { shape, data } = await io.read('in.input_ids');
    const feed = i64(Array.from(data, Number), [...shape]);
    const model = await checkpointSource(host, path);
    const network = await model.load((p) => {
      const [ids, ends] = [input('ids', shape, 'int64'), input('ends', [shape[0] as number], 'int64')];
      return { ...clipOpenaiText(p, { text, keepLength }, ids, ends) };
    });
    const outputs = await network.run({ ids: feed, ends: textEnds(text, feed) });
    await expectClose(outputs.textEmbeds, 'out.encode_text');
    await expectClose(outputs.lastHiddenState, 'out.encode_text_full');
    await network.release();
  });

  it("computes a face's embedding from the picture's tower alone, below state_dict", async () => {
    const path = join(folder, 'FaRL-Base-Patch16.pth');
    const visual = stored.names().filter((name) => name.startsWith('visual.'));
    await writeTorchFile(path, visual.map(source), { under: 'state_dict' });
    const { text, vision } = await shapeOf(path);
    expect(text).toBeUndefined();
    if (!vision) throw new Error('no tower of pictures');

    const { shape, data } = await io.readFloat32('in.image');
    const model = await checkpointSource(host, path);
    const network = await model.load((p) => {
      return { embeds: clipOpenaiImage(p, { vision }, input('pixels', shape)).imageEmbeds };
    });
    const { embeds } = await network.run({ pixels: f32(data, [...shape]) });
    await expectClose(embeds, 'out.encode_image');
    await network.release();
  });

  it('takes later files over earlier ones', async () => {
    const [base, own] = [join(folder, 'base.pt'), join(folder, 'own.pth')];
    const zero = (t: TorchTensorSource): TorchTensorSource => ({
      ...t,
      data: async () => ((await t.data()) as Uint16Array).map(() => 0),
    });
    const visual = stored.names().filter((name) => name.startsWith('visual.'));
    const proj = source('visual.proj');
    await writeTorchFile(base, [...visual.filter((n) => n !== proj.name).map(source), zero(proj)]);
    await writeTorchFile(own, [proj], { under: 'state_dict' });
    const { vision } = await shapeOf(base);
    if (!vision) throw new Error('no tower of pictures');
    const { shape, data } = await io.readFloat32('in.image');
    const model = await checkpointSource(host, [base, own]);
    const network = await model.load((p) => {
      return { embeds: clipOpenaiImage(p, { vision }, input('pixels', shape)).imageEmbeds };
    });
    const { embeds } = await network.run({ pixels: f32(data, [...shape]) });
    await expectClose(embeds, 'out.encode_image');
    await network.release();
  });
});
