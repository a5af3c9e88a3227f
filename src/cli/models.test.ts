import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../testing/hubServer.ts';
import { spawnCli } from '../testing/spawnCli.ts';
import { type CliResult, cli, tinyFilm } from '../testing/tinyFilm.ts';
import { LARGEST, type TinyRepos, tinyRepos } from '../testing/tinyRepos.ts';

let at: TinyRepos;
let preset: string;
beforeEach(async () => {
  at = await tinyRepos();
  preset = join(at.folder, 'tiny');
  for (const part of Object.keys(at.manifest.parts)) {
    await mkdir(join(preset, part), { recursive: true });
    await writeFile(join(preset, part, 'config.json'), '{}');
  }
  await writeFile(join(preset, 'models.json'), JSON.stringify(at.manifest));
  for (const name of [
    'HF_TOKEN',
    'HF_HUB_CACHE',
    'HUGGINGFACE_HUB_CACHE',
    'HF_HUB_OFFLINE',
    'HF_ASSETS_CACHE',
  ])
    vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(at.environment)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await at.remove();
});

const models = (...args: string[]): Promise<CliResult> => cli('models', ...args, '--preset', preset);
/** The first words of each row: part, state and variant. */
const table = ({ out }: CliResult): string[] =>
  out
    .slice(0, out.indexOf('\n\n'))
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ {2,}/).slice(0, 3).join(' '));

describe('moviedreamer models', () => {
  it('lists what ships with the theatre preset', async () => {
    const { code, out } = await cli('models');
    expect(code).toBe(0);
    expect(out).toMatch(/^autoregressor +found +full +[\d.]+ MB +Apache-2\.0 +reads the script/m);
    expect(out).toMatch(/everything is there$/);
    expect(out).not.toContain('animator_vae'); // a part that this preset does not have
  });

  it("lists the paper's parts, their sizes and licences, and how to get them", async () => {
    const { code, out } = await cli('models', '--preset', 'paper');
    expect(code).toBe(0);
    expect(out).toMatch(/^unet +missing +about 10\.3 GB +CreativeML Open RAIL\+\+-M/m);
    expect(out).toMatch(/^autoregressor +missing +about 13\.5 GB +Llama 2 Community License/m);
    expect(out).toContain('npx moviedreamer models pull all --preset paper');
    expect(out).toContain(
      'autoregressor is gated: first accept its licence on https://huggingface.co/meta-llama',
    );
    expect(out).toContain('npx moviedreamer models synth --preset paper');
  });

  it('lists what is missing, fetches it, and lists it as found', async () => {
    expect(table(await models())).toEqual([
      'unet missing about 300 kB',
      'vae missing about 4 kB',
      'autoregressor missing about 50 kB',
      'autoregressor missing about 1 kB',
      'face missing about 50 kB',
      'compressor missing about 1 kB',
    ]);
    const pulled = await models('pull', 'unet', 'face');
    expect(pulled.err).toMatch(/^unet {7}300 kB in .*snapshots/m);
    expect(pulled.code).toBe(0);
    expect(table(await models()).slice(0, 1)).toEqual(['unet found full']);
    const rest = await models('pull', 'all');
    expect(rest.err).not.toMatch(/^unet/m); // it was there
    expect(table(await models())).toEqual([
      'unet found full',
      'vae found full',
      'autoregressor found full',
      'autoregressor missing about 1 kB',
      'face found full',
      'compressor missing about 1 kB',
    ]);
    const again = await models('pull', 'all');
    expect(again).toMatchObject({ code: 0, err: 'everything that is published is there' });
  });

  it('speaks JSON', async () => {
    const { events } = await models('pull', 'unet', '--json');
    expect(events.map(({ type }) => type).filter((type) => type !== 'progress')).toEqual([
      'pulling',
      'checking',
      'checking',
      'pulled',
    ]);
    const progress = events.find(({ type }) => type === 'progress');
    expect(progress).toMatchObject({ part: 'unet', bytesPerSecond: expect.any(Number) });
    const rows = (await models('--json')).events;
    expect(rows[0]).toMatchObject({ part: 'unet', state: 'found', variant: 'full', bytes: LARGEST });
    expect(rows[1]).toMatchObject({ part: 'vae', state: 'missing', bytes: 4000, isAbout: true });
  });

  it('fetches half precision into a folder, which --weights then finds', async () => {
    const out = join(at.folder, 'my weights');
    expect((await models('pull', 'unet', 'vae', '--variant', 'fp16', '--out', out)).code).toBe(0);
    expect(await readdir(join(out, 'pictures', 'unet'))).toContain(
      'diffusion_pytorch_model.fp16.safetensors',
    );
    const listed = table(await models('--weights', out));
    expect(listed.slice(0, 2)).toEqual(['unet found fp16', 'vae found full']);
  });

  it('stops at Ctrl-C, and goes on with the same command', async () => {
    at.hub.faults.slowly = 100;
    const args = ['models', 'pull', 'unet', '--preset', preset, '--json'];
    const first = spawnCli(args, (line) => {
      if ((JSON.parse(line) as { done?: number }).done) first.child.kill('SIGINT');
    });
    const stopped = await first.ended;
    expect(stopped.err).toContain('stopped; the same command goes on from here');
    expect(stopped.code).toBe(130);
    at.hub.faults.slowly = 0;
    at.hub.seen.length = 0;
    const second = await spawnCli(args).ended;
    expect(second).toMatchObject({ code: 0, err: '' });
    const [{ range = '', sent = 0 } = {}] = at.hub.large();
    const have = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
    expect(have).toBeGreaterThan(0);
    expect(have + sent).toBe(LARGEST);
    const { events } = await models('--json');
    const { path } = events[0] as { path: string };
    const unet = at.contents.get('org/pictures/unet/diffusion_pytorch_model.safetensors') as Buffer;
    expect(sha256(await readFile(path))).toBe(sha256(unet));
  });

  it('says what broke off', async () => {
    at.hub.faults.wrongBytes = true;
    const wrong = await models('pull', 'vae');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/what came is not what was published/);
    const blobs = join(at.folder, 'home/hub/models--org--pictures/blobs');
    await mkdir(blobs, { recursive: true });
    await writeFile(join(blobs, 'ab.incomplete'), Buffer.alloc(1000));
    const { out } = await models();
    expect(out).toMatch(/^unet +incomplete/m);
    expect(out).toContain('no diffusion_pytorch_model.safetensors (unfinished downloads of 1 kB lie there');
  });

  it('says what is wrong with a command', async () => {
    const message = async (...args: string[]): Promise<string> => {
      const { code, err } = await cli('models', ...args);
      expect(code).toBe(1);
      expect(err).not.toMatch(/\n\s+at /);
      return err;
    };
    expect(await message('pull', '--preset', preset)).toBe(
      'name the parts to fetch, or all: unet (about 300 kB), vae (about 4 kB), autoregressor (about 50 kB), face (about 50 kB)',
    );
    expect(await message('pull', 'unit', '--preset', preset)).toMatch(
      /^unit: there is no such part; there are unet/,
    );
    expect(await message('pull', 'compressor', '--preset', preset)).toMatch(
      /nobody has published it: train it/,
    );
    expect(await message('pull', 'all')).toMatch(/preset 'theatre': its weights come with the package/);
    expect(await message('--preset', 'nowhere')).toMatch(/preset 'nowhere': no folder/);
    at.hub.faults.token = 'hf_good';
    expect(await message('pull', 'autoregressor', '--preset', preset)).toMatch(/accept.*licence.*HF_TOKEN/i);
  });

  it('names what lies in the given folder and cannot be taken, and what is not read', async () => {
    const weights = join(at.folder, 'given');
    const put = async (...names: string[]): Promise<void> => {
      for (const name of names) {
        await mkdir(dirname(join(weights, name)), { recursive: true });
        await writeFile(join(weights, name), 'x');
      }
    };
    await put('unet/one.safetensors', 'unet/two.safetensors', 'sd_xl_base_1.0.safetensors', 'vae/.DS_Store');
    await put(
      'vae/diffusion_pytorch_model.bin',
      'vae/diffusion_pytorch_model.fp16.bin',
      'compressor/model.safetensors',
    );
    const { code, out } = await models('--weights', weights);
    expect(code).toBe(0);
    expect(out).toMatch(/^unet +incomplete/m);
    expect(out).toContain(
      `- unet: in ${join(weights, 'unet')}: one.safetensors and two.safetensors lie there, and which of them is the model ` +
        'cannot be told. Keep one of them there, or rename it to model.safetensors, or move them away',
    );
    expect(out).toMatch(/^vae +found/m);
    expect(out).toContain(
      `- ${join(weights, 'vae', 'diffusion_pytorch_model.fp16.bin')} is not read: diffusion_pytorch_model.bin lies beside it`,
    );
    expect(out).toContain(
      `- ${join(weights, 'sd_xl_base_1.0.safetensors')} is not read: weights lie in a folder for each`,
    );
    await put('pytorch_lora_weights.safetensors');
    const film = await tinyFilm();
    const args = ['generate', film.script, '--preset', preset, '--weights', weights, '--stage', 'tokens'];
    const { code: refused, err } = await cli(...args, '--out', join(at.folder, 'out'));
    expect(refused).toBe(1);
    expect(err).toMatch(/pytorch_lora_weights.safetensors: adapters are read from the folder of the model/);
    await film.remove();
  });

  it('says at once that HF_ENDPOINT is no address', async () => {
    vi.stubEnv('HF_ENDPOINT', 'hub.invalid');
    const { code, err } = await models('pull', 'vae');
    expect(code).toBe(1);
    expect(err).toBe('HF_ENDPOINT must be an address such as https://hub.invalid, got "hub.invalid"');
  });

  it('is what generate refers to when weights are missing', async () => {
    const film = await tinyFilm();
    const out = join(film.folder, 'out');
    const args = ['generate', film.script, '--preset', preset, '--stage', 'tokens', '--out', out];
    const { code, err } = await cli(...args);
    expect(code).toBe(1);
    expect(err).toMatch(/^preset 'tiny': the weights of face, autoregressor are not all there/);
    expect(err).toContain(`npx moviedreamer models pull face autoregressor --preset ${preset}`);
    expect(err).toMatch(/- train the additions to autoregressor/);
    await film.remove();
  });
});
