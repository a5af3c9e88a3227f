import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../checkpoints/index.ts';
import { f32, type TensorData } from '../graph/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { formulaPicture, formulaWeights } from '../testing/inceptionFormula.ts';
import { writeTinyPreset } from '../testing/tinyPreset.ts';
import { openEncoders } from './encoders.ts';

let folder: string;
let host: WorkerHost;
let choice: { preset: string; weights: string };
/** The network of FID, as pytorch-fid has it. */
const published = formulaWeights('fid');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inception-'));
  choice = await writeTinyPreset(folder);
  host = await WorkerHost.start({ threads: 1 });
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

const path = (name: string): string => join(folder, name);
const open = (name: string) => openEncoders(host, { ...choice, inception: path(name) });

async function file(name: string, tensors: Readonly<Record<string, TensorData>>): Promise<string> {
  await writeSafetensors(path(name), tensors);
  return name;
}

describe('--inception', () => {
  it('opens a published file, without the head that only training needs, and names its variant', async () => {
    const name = await file('inception.safetensors', {
      ...published,
      'AuxLogits.fc.bias': f32([0], [1]),
      'Mixed_5b.branch1x1.bn.num_batches_tracked': { dtype: 'int64', shape: [], data: BigInt64Array.of(7n) },
    });
    const { inception, absent } = await open(name);
    expect(inception?.identity).toMatchObject({
      role: 'inception',
      name: 'inception.safetensors (TensorFlow port)',
      path: path(name),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(Object.keys(absent)).not.toContain('inception');
    const [a, b] = [formulaPicture('a', 40, 30), formulaPicture('b', 30, 40)];
    const alone = await inception?.model.look([b]);
    const both = await inception?.model.look([a, b]);
    expect(both).toHaveLength(2);
    expect(both?.[1]).toEqual(alone?.[0]);
    expect([both?.[0]?.features.length, both?.[0]?.logits.length]).toEqual([2048, 1008]);
    expect(both?.[0]?.features).not.toEqual(both?.[1]?.features);
    expect(await inception?.model.look([])).toEqual([]);
    await inception?.model.release();
  });

  it('is absent until it is given', async () => {
    const { inception, absent } = await openEncoders(host, choice);
    expect([inception, absent.inception]).toEqual([
      undefined,
      expect.stringMatching(/--inception FILE\.safetensors/),
    ]);
  });

  it('says of a file that does not fit which tensor, and what was expected, before any picture is read', async () => {
    const { 'Mixed_6a.branch3x3.conv.weight': _, ...others } = published;
    const missing = await file('missing.safetensors', others);
    await expect(open(missing)).rejects.toThrow(
      /missing\.safetensors: does not fit the model\n +1 missing: "Mixed_6a\.branch3x3\.conv\.weight" \[384,288,3,3\]\./,
    );
    const wrong = await file('wrong.safetensors', {
      ...published,
      'Conv2d_1a_3x3.bn.bias': f32(new Float32Array(31), [31]),
      'Mixed_8a.conv.weight': f32([1], [1]),
    });
    await expect(open(wrong)).rejects.toThrow(
      /1 unexpected: "Mixed_8a\.conv\.weight" \[1\]\n.*"Conv2d_1a_3x3\.bn\.bias" expected float \[32\], got float32 \[31\]/,
    );
    const other = await file('other.safetensors', { 'fc.weight': f32(new Float32Array(20), [10, 2]) });
    await expect(open(other)).rejects.toThrow(/Inception-v3: expected fc\.weight .* got fc\.weight \[10,2\]/);
  });

  it('names what is no file of weights', async () => {
    await writeFile(path('inception.pth'), Buffer.from('PK\x03\x04 a pickle in an archive'));
    await expect(open('inception.pth')).rejects.toThrow(/inception\.pth: wrong zip archive/);
    await expect(open('gone.safetensors')).rejects.toThrow(/gone\.safetensors: no such file/);
    await expect(open('.')).rejects.toThrow(/--inception .* is a folder; give the \.safetensors file in it/);
  });
});
