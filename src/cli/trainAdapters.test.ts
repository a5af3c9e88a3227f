import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../testing/spawnCli.ts';
import { cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';

describe('moviedreamer train, with adapters', () => {
  let film: TinyFilm;
  beforeAll(async () => {
    film = await tinyFilm();
    const lora = { r: 2, alpha: 4, targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj'] };
    await writeTinyTheatre(film.folder, {
      autoregressor: {
        lora,
        steps: 24,
        checkpointEvery: 5,
        learningRate: { peak: 0.02, warmup: 0, kind: 'constant' },
      },
    });
  });
  afterAll(() => film.remove());

  /** Arguments of a run with a copy of the weights, where its own go. */
  const args = async (out: string, ...more: string[]): Promise<string[]> => {
    const models = [...film.models];
    const at = models.indexOf('--weights') + 1;
    const weights = join(film.folder, out, 'weights');
    await mkdir(weights, { recursive: true });
    for (const part of ['clip', 'face', 'compressor', 'vae', 'autoregressor']) {
      const [from, to] = [join(models[at] as string, part), join(weights, part)];
      await cp(from, to, { recursive: true, force: false });
    }
    models[at] = weights;
    const folders = ['--out', join(film.folder, out), '--cache', join(film.folder, 'cache')];
    return ['train', 'autoregressor', ...folders, '--json', ...models, ...more];
  };
  const curve = (out: string): Promise<string> =>
    readFile(join(film.folder, out, 'autoregressor/metrics.jsonl'), 'utf8');
  const trained = async (out: string): Promise<Record<string, string>> => {
    const files = await filesOf(join(film.folder, out, 'weights/autoregressor'));
    const { 'adapter_config.json': config, ...rest } = files;
    return {
      ...rest,
      config: Buffer.from(config as string, 'hex')
        .toString()
        .replaceAll(`/${out}/`, '/'),
    };
  };

  it('ends with the same adapters, killed or not', async () => {
    const whole = await cli(...(await args('whole')));
    expect([whole.code, whole.err]).toEqual([0, expect.stringMatching(/^(autoregressor held out: .*)?$/)]);
    expect(whole.events.filter((e) => e.type === 'step')).toHaveLength(24);
    expect(Object.keys(await trained('whole')).sort()).toEqual([
      'adapter_model.safetensors',
      'additions.safetensors',
      'config',
      'model.safetensors',
    ]);
    const { child, ended } = spawnCli(await args('parts'), (line) => {
      if (JSON.parse(line).step === 13) child.kill('SIGKILL');
    });
    await ended;
    const resumed = await cli(...(await args('parts')));
    expect(resumed.code).toBe(0);
    const steps = resumed.events.filter((e) => e.type === 'step').length;
    expect(steps).toBeLessThan(24);
    expect(await curve('parts')).toBe(await curve('whole'));
    expect(await trained('parts')).toEqual(await trained('whole'));
    // finished, it saves its weights again
    const again = await cli(...(await args('parts')));
    expect([again.code, again.events.filter((e) => e.type === 'step')]).toEqual([0, []]);
    expect(await trained('parts')).toEqual(await trained('whole'));
  });

  it('goes on from adapters, and refuses another model under the same run', async () => {
    const losses = async (out: string): Promise<number[]> =>
      (await curve(out))
        .split('\n')
        .flatMap((l) => (l.includes('gradNorm') ? [JSON.parse(l).loss as number] : []));
    const from = join(film.folder, 'whole/weights');
    const warm = await cli(...(await args('warm', '--from', from, '--steps', '2')));
    expect(warm.code).toBe(0);
    expect((await losses('warm'))[0]).toBeLessThan((await losses('whole'))[0] as number);
    const model = join(film.folder, 'parts/weights/autoregressor/model.safetensors');
    const bytes = await readFile(model);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await writeFile(model, bytes);
    const other = await cli(...(await args('parts')));
    expect([other.code, other.err]).toEqual([
      1,
      expect.stringMatching(/belongs to a run with other settings.*the frozen model "stored /),
    ]);
  });

  it('merges them into their model', async () => {
    const place = join(film.folder, 'whole/weights/autoregressor');
    const out = join(film.folder, 'merged');
    const { code, out: said } = await cli(
      'models',
      'merge',
      '--base',
      place,
      '--adapter',
      place,
      '--out',
      out,
    );
    expect([code, said]).toEqual([0, `${out}: 8 adapters merged`]);
    expect(Object.keys(await filesOf(out))).toEqual(['additions.safetensors', 'model.safetensors']);
    const wrong = await cli('models', 'merge', '--base', place, '--adapter', out, '--out', out);
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/no adapter in this folder/)]);
  });

  it('generates with them where they lie beside the model', async () => {
    const models = [...film.models];
    const at = models.indexOf('--weights') + 1;
    const own = models[at] as string;
    const generate = async (weights: string, out: string): Promise<Record<string, string>> => {
      models[at] = weights;
      const folder = join(film.folder, out);
      const result = await cli('generate', film.script, '--out', folder, '--stage', 'tokens', ...models);
      expect(result.err).not.toMatch(/rror/);
      expect(result.code).toBe(0);
      return filesOf(folder);
    };
    const before = await generate(own, 'film-before');
    const adapted = join(film.folder, 'adapted');
    await cp(own, adapted, { recursive: true });
    await cp(join(film.folder, 'whole/weights/autoregressor'), join(adapted, 'autoregressor'), {
      recursive: true,
    });
    const after = await generate(adapted, 'film-after');
    const tokens = (files: Record<string, string>) => files['tokens.safetensors'];
    expect(tokens(before)).toBeDefined();
    expect(tokens(after)).not.toEqual(tokens(before));
  });
});
