import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkpoint, mergeAdapter, readAdapter, SafetensorsFile } from '../../checkpoints/index.ts';
import { f32, input, Parameters } from '../../graph/index.ts';
import { declarations } from '../../inference/declare.ts';
import { linear } from '../../nn/index.ts';
import { checkpointSource } from '../../presets/modelSource.ts';
import { Preset } from '../../presets/preset.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeRandomWeights } from '../../testing/randomWeights.ts';
import { type TinyStage, writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import { FlatLayout } from '../flatState.ts';
import { type StageContext, startedFrom } from '../stage.ts';
import { autoregressorStage } from '../stages/autoregressor.ts';
import { rendererStage } from '../stages/renderer.ts';
import { sequenceLosses } from '../stages/sequenceLosses.ts';
import { tokenizerStage } from '../stages/tokenizer.ts';
import type { TrainingTask } from '../task.ts';
import { train } from '../trainer.ts';
import { baseOf } from './bases.ts';

const attention = { r: 2, alpha: 4, targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj'] };
const unet = { r: 2, alpha: 3, targets: ['to_q', 'to_k', 'to_v', 'to_out.0'] };
const learningRate = { peak: 0.05, warmup: 0, kind: 'constant' };
const losses = { batches: 2, batchSize: 2, length: 300 };

let folder: string;
let host: WorkerHost;
let context: StageContext;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapted-'));
  host = await WorkerHost.start({ threads: 1 });
  context = await contextWith({});
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

async function contextWith(changes: { readonly [K in TinyStage]?: object }): Promise<StageContext> {
  const tiny = await writeTinyTheatre(folder, {
    autoregressor: { lora: attention, learningRate },
    tokenizer: { lora: unet, draftSteps: 0 },
    renderer: { lora: unet, draftSteps: 0 },
    ...changes,
  });
  const preset = await Preset.open(tiny.preset, { weights: tiny.weights });
  return { preset, host, seed: 1, cache: join(folder, 'cache'), say: () => {} };
}
const run = (task: TrainingTask, name = task.name): Promise<void> =>
  train(task, { host, seed: 1, folder: join(folder, 'runs', name) });
const names = async (path: string): Promise<string[]> => {
  const checkpoint = await Checkpoint.open(path);
  await checkpoint.close();
  return checkpoint.names();
};

describe('the autoregressor with adapters', () => {
  it('trains them and the additions, and nothing else is in its store', async () => {
    const task = await autoregressorStage(context);
    const trained = task.parameters.map(({ name }) => name);
    expect(trained.filter((name) => name.startsWith('model.'))).toEqual(
      [0, 1].flatMap((i) =>
        attention.targets.flatMap((t) =>
          ['A', 'B'].map((m) => `model.layers.${i}.self_attn.${t}.lora_${m}.weight`),
        ),
      ),
    );
    expect(trained).toContain('gmm_head.weight');
    expect(trained).toContain('token_projector.linear_1.weight');
    const size = (p: { shape: readonly number[] }): number => p.shape.reduce((a, b) => a * b, 1);
    const values = task.parameters.reduce((n, p) => n + Math.ceil(size(p) / 16) * 16, 0);
    expect(new FlatLayout(task).length).toBe(values);
  });

  it('writes them as PEFT does, beside the model, which keeps its bytes', async () => {
    const place = context.preset.weights('autoregressor');
    const before = await readFile(join(place, 'model.safetensors'));
    const first = await sequenceLosses(context, 'validation', losses);
    await run(await autoregressorStage(context));
    expect((await readdir(place)).sort()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'additions.safetensors',
      'model.safetensors',
    ]);
    expect((await readFile(join(place, 'model.safetensors'))).equals(before)).toBe(true);
    expect(JSON.parse(await readFile(join(place, 'adapter_config.json'), 'utf8'))).toMatchObject({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      r: 2,
      lora_alpha: 4,
      target_modules: attention.targets,
      bias: 'none',
      fan_in_fan_out: false,
      base_model_name_or_path: place,
    });
    const file = await SafetensorsFile.open(join(place, 'adapter_model.safetensors'));
    expect(Object.fromEntries(file.metadata)).toEqual({ format: 'pt' });
    const k = 'base_model.model.model.layers.0.self_attn.k_proj';
    expect(file.info(`${k}.lora_A.weight`)).toMatchObject({ dtype: 'float32', shape: [2, 16] });
    expect(file.info(`${k}.lora_B.weight`)).toMatchObject({ dtype: 'float32', shape: [8, 2] });
    expect(file.names()).toHaveLength(2 * 4 * 2);
    await file.close();
    expect(await names(join(place, 'additions.safetensors'))).toEqual(
      (await names(join(place, 'model.safetensors'))).filter((n) => !n.startsWith('model.')).sort(),
    );
    const learned = await sequenceLosses(context, 'validation', losses);
    expect(learned.nll).toBeLessThan(first.nll);
  });

  it('computes with the adapter what the merged model computes', async () => {
    const place = context.preset.weights('autoregressor');
    const merged = join(folder, 'merged');
    const out = join(merged, 'autoregressor');
    expect(await mergeAdapter({ base: place, adapter: place, out })).toBe(8);
    expect((await readdir(out)).sort()).toEqual(['additions.safetensors', 'model.safetensors']);
    const beside = await sequenceLosses(context, 'validation', losses);
    for (const part of ['clip', 'face', 'compressor', 'vae'])
      await cp(context.preset.weights(part as 'clip'), join(merged, part), { recursive: true });
    const preset = await Preset.open(context.preset.folder, { weights: merged });
    const within = await sequenceLosses({ ...context, preset }, 'validation', losses);
    expect(within.nll).toBeCloseTo(beside.nll, 5);
    const plain = join(folder, 'plain');
    await cp(merged, plain, { recursive: true });
    await cp(join(place, 'model.safetensors'), join(plain, 'autoregressor/model.safetensors'));
    const without = await Preset.open(context.preset.folder, { weights: plain });
    expect((await sequenceLosses({ ...context, preset: without }, 'validation', losses)).nll).not.toBeCloseTo(
      beside.nll,
      5,
    );
  });

  it('finds its model by its name where only adapters and additions were copied', async () => {
    const place = context.preset.weights('autoregressor');
    const alone = join(folder, 'alone');
    for (const part of ['clip', 'face', 'compressor', 'vae', 'autoregressor'])
      await cp(context.preset.weights(part as 'clip'), join(alone, part), { recursive: true });
    await rm(join(alone, 'autoregressor/model.safetensors'));
    const preset = await Preset.open(context.preset.folder, { weights: alone });
    const there = await sequenceLosses(context, 'validation', losses);
    expect(await sequenceLosses({ ...context, preset }, 'validation', losses)).toEqual(there);
    await rename(place, `${place}-gone`);
    await expect(sequenceLosses({ ...context, preset }, 'validation', losses)).rejects.toThrow(
      /the model that it adapts is not there.*models merge/,
    );
    await rename(`${place}-gone`, place);
  });

  it('goes on from adapters in another folder, under other settings of their scale', async () => {
    const place = context.preset.weights('autoregressor');
    const from = join(folder, 'from');
    await cp(place, join(from, 'autoregressor'), { recursive: true });
    const adapter = await readAdapter(place);
    const other = await contextWith({
      autoregressor: { lora: { ...attention, alpha: 16, rslora: true }, learningRate },
    });
    const task = await startedFrom(await autoregressorStage({ ...other, from }), from);
    const name = 'model.layers.1.self_attn.v_proj.lora_B.weight';
    const checkpoint = await Checkpoint.open(adapter.file);
    const { data } = await checkpoint.readFloat32(adapter.stored.get(name) as string);
    await checkpoint.close();
    const factor = 2 / (16 / Math.sqrt(2));
    expect(await task.initial?.read(name)).toEqual(data.map((v) => v * factor));
    const fewer = await contextWith({ autoregressor: { lora: { ...attention, targets: ['q_proj'] } } });
    await expect(autoregressorStage({ ...fewer, from }).then((t) => startedFrom(t, from))).rejects.toThrow(
      /adapts layers that this run does not: name its layers in lora.targets: 'model.layers.0.self_attn.k_proj/,
    );
    const whole = await contextWith({ autoregressor: {} });
    await expect(autoregressorStage({ ...whole, from }).then((t) => startedFrom(t, from))).rejects.toThrow(
      /set lora in the settings of the stage, or merge it first/,
    );
  });

  it('says where there is no model to adapt', async () => {
    const preset = await Preset.open(context.preset.folder, { weights: join(folder, 'nothing') });
    await expect(baseOf({ preset, from: undefined }, 'renderer', 'unet')).rejects.toThrow(
      /renderer: lora needs the weights of the model that is adapted \(unet\).*--from or --weights/,
    );
  });

  it.each([
    [{ ...attention, targets: ['q_porj'] }, /lora.targets: 'q_porj': no linear layer/],
    [{ ...attention, dropout: 0.1 }, /'lora\.dropout': dropout of adapters is not supported/],
    [{ ...attention, targets: [] }, /lora.targets/],
  ])('refuses %j', async (lora, message) => {
    const wrong = await contextWith({ autoregressor: { lora } });
    await expect(autoregressorStage(wrong)).rejects.toThrow(message);
  });

  it.each(['float32', 'int8', 'int4'] as const)('trains over weights in %s', async (base) => {
    const learningRate = { peak: 0.01, warmup: 0, kind: 'constant' };
    const lora = { ...attention, base };
    const { preset } = await contextWith({ autoregressor: { lora, learningRate, steps: 30 } });
    // wide enough for blocks of 32 values
    const { llama, ...rest } = await preset.config('autoregressor');
    const wide = { ...rest, llama: { ...(llama as object), hidden_size: 32, intermediate_size: 64 } };
    await writeFile(join(preset.folder, 'autoregressor/config.json'), JSON.stringify(wide));
    await writeRandomWeights(preset);
    await rm(join(preset.weights('autoregressor'), 'additions.safetensors'), { force: true });
    const task = await autoregressorStage({ ...context, preset });
    const located = task.frozen?.weights.locate('model.layers.0.self_attn.q_proj.weight_packed');
    expect(located?.shape[2]).toBe({ float32: undefined, int8: 32, int4: 16 }[base]);
    await run(task, `autoregressor-${base}`);
    const lines = (await readFile(join(folder, 'runs', `autoregressor-${base}`, 'metrics.jsonl'), 'utf8'))
      .split('\n')
      .flatMap((line) => (line.includes('gradNorm') ? [(JSON.parse(line) as { loss: number }).loss] : []));
    const mean = (part: number[]): number => part.reduce((a, b) => a + b, 0) / part.length;
    expect(mean(lines.slice(-8))).toBeLessThan(mean(lines.slice(0, 4)));
  });
});

describe('the U-Net with adapters', () => {
  const lora = (name: string): boolean => name.includes('.lora_');
  beforeAll(() => rm(context.preset.weights('autoregressor'), { recursive: true }));

  it('is trained by the tokenizer, then by the renderer, and both leave it as it is', async () => {
    context = await contextWith({});
    const { preset } = context;
    const place = preset.weights('unet');
    const before = await readFile(join(place, 'model.safetensors'));
    const tokenizer = await tokenizerStage(context);
    const learned = tokenizer.parameters.map(({ name }) => name).filter((n) => n.startsWith('unet.'));
    expect(learned.every(lora)).toBe(true);
    // two attentions of four matrices in each of four transformers, not in the draft
    expect(learned).toHaveLength(4 * 2 * 4 * 2);
    await run(tokenizer);
    const decoder = await names(preset.weights('decoder'));
    expect(decoder.filter((n) => n.startsWith('unet.')).sort()).toEqual([...learned].sort());
    expect(decoder.some((n) => n.startsWith('renderer.'))).toBe(true);

    const renderer = await rendererStage(context);
    expect(renderer.initial?.names.has(learned[1] as string)).toBe(true);
    await run(renderer);
    expect((await readdir(place)).sort()).toEqual(['model.safetensors', 'pytorch_lora_weights.safetensors']);
    expect((await readFile(join(place, 'model.safetensors'))).equals(before)).toBe(true);
    const file = await SafetensorsFile.open(join(place, 'pytorch_lora_weights.safetensors'));
    expect(file.names().sort()).toEqual([...learned].sort());
    expect(file.names()).toContain(
      'unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_out.0.lora_B.weight',
    );
    expect(JSON.parse(file.metadata.get('lora_adapter_metadata') as string)).toMatchObject({
      'unet.r': 2,
      'unet.lora_alpha': 3,
      'unet.target_modules': unet.targets,
      'unet.base_model_name_or_path': place,
    });
    await file.close();
    const adapter = await readAdapter(place);
    expect(adapter.layers.size).toBe(learned.length / 2);
    expect([...adapter.layers.values()][0]).toEqual({ r: 2, scale: 1.5 });
  });

  it('keeps the scale from the tokenizer to the renderer', async () => {
    const other = await contextWith({ renderer: { lora: { ...unet, alpha: 8 }, draftSteps: 0 } });
    await expect(rendererStage(other)).rejects.toThrow(
      /scale adapters by 4, but those of the tokenizer.*1.5/,
    );
  });

  it('lies with the adapters where it was the decoder that was adapted', async () => {
    const whole = await contextWith({ tokenizer: { draftSteps: 0 } });
    await run(await tokenizerStage(whole), 'whole tokenizer');
    const place = whole.preset.weights('unet');
    await rm(place, { recursive: true });
    const task = await rendererStage(whole);
    expect(task.initial?.names.has('unet.conv_in.weight')).toBe(false);
    await run(task, 'renderer over the decoder');
    expect((await readdir(place)).sort()).toEqual([
      'additions.safetensors',
      'config.json',
      'diffusion_pytorch_model.safetensors',
      'pytorch_lora_weights.safetensors',
    ]);
    // only the renderer's draft sees the context: these layers of it were new, and are trained wholly
    const added = await names(join(place, 'additions.safetensors'));
    expect(added.every((n) => n.startsWith('draft.'))).toBe(true);
    const declared = new Parameters();
    declarations.unet(declared.scope(), await whole.preset.config('unet'));
    expect((await names(place)).sort()).toEqual([...declared].map(({ name }) => name).sort());
    const adapter = await readAdapter(place);
    const source = await checkpointSource(host, place, { adapter });
    const network = await source.load((p) => {
      return { y: linear(p.at('down_blocks', 1, 'attentions', 0, 'proj_in'), input('x', [1, 16]), 16) };
    });
    expect((await network.run({ x: f32(new Float32Array(16), [1, 16]) })).y?.shape).toEqual([1, 16]);
    await network.release();
  });
});
