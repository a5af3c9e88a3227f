import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

/** What this run of npm tells its scripts would lead another npm back to this project. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(package|lifecycle|config_(local_prefix|prefix|global_prefix|ignore_scripts|json|allow_scripts)|command|execpath|node_execpath)/.test(
        name,
      ) && !/^(ONNXRUNTIME_NODE_INSTALL|ORT_DISABLE_TELEMETRY|INIT_CWD)/.test(name),
  ),
);

const npm = (folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  run('npm', args, { cwd: folder, env: environment, maxBuffer: 2 ** 26, timeout: 500_000 });

const isRegistryThere = await npm(
  root,
  'view',
  'onnxruntime-node@1.30.0',
  'version',
  '--prefer-offline',
).then(
  () => true,
  () => false,
);

/** One short shot, told as the README's example expects it. */
const script = `title: Small
characters: { mara: { face: mara.png, description: A woman with red hair. } }
shots: [{ characters: { mara: smiling }, elements: [Street, Day], plot: Mara waits., seconds: 0.5 }]
`;

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let folder: string;
let packed: Packed;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moviedreamer-package-'));
  const { stdout } = await npm(root, 'pack', '--json', '--pack-destination', folder);
  // npm 10 gives a list, npm 11 a mapping; what `prepare` prints stands before it
  const json: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  packed = Object.values(json as Record<string, Packed>)[0] as Packed;
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what users need: no tests, sources, fixtures or benchmarks', () => {
    const paths = packed.files.map(({ path }) => path);
    const allowed =
      /^(dist\/.*\.(js|d\.ts)|presets\/.*|prompts\/.*|weights\/.*|schema\/.*|examples\/.*|starter\/.*|LICENSE|NOTICE|README\.md|package\.json)$/;
    expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
    expect(paths.filter((path) => /(^|\/)testing\/|\.test\./.test(path))).toEqual([]);
    for (const path of [
      'dist/cli/main.js',
      'dist/index.d.ts',
      'dist/runtime/node/worker.js',
      'presets/theatre/unet/config.json',
      'prompts/captions/scene.md',
      'starter/script.yaml',
    ])
      expect(paths).toContain(path);
  });

  it('gives its locked dependencies no install script that fetches a CUDA library', async () => {
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
    // npm runs what the lock file says has scripts: so npm ci works in a clone, with npm 10 and 11, where nothing is fetched
    expect(lock.packages['node_modules/onnxruntime-node']).not.toHaveProperty('hasInstallScript');
    await expect(readFile(join(root, '.npmrc'))).rejects.toThrow('ENOENT');
  });

  it('pins what makes the bytes of films', async () => {
    const own = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const all = { ...own.dependencies, ...own.optionalDependencies };
    for (const name of ['onnxruntime-node', 'sharp', 'node-av']) expect(all[name]).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

const name = isRegistryThere ? 'in an empty project' : 'in an empty project: SKIPPED, needs npm’s registry';
describe.skipIf(!isRegistryThere)(name, () => {
  let project: string;
  const node = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    run(process.execPath, args, { cwd: project, env: { ...environment, HOME: join(project, 'home') } });

  beforeAll(async () => {
    project = join(folder, 'project');
    await mkdir(join(project, 'home'), { recursive: true });
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', type: 'module' }));
    const tarball = join(folder, packed.filename.replace(/^.*\//, ''));
    await npm(project, 'install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', tarball);
  }, 600_000);

  it('its program runs', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const { stdout } = await npm(project, 'exec', '--', 'moviedreamer', '--version');
    expect(stdout.trim()).toBe(version);
  });

  it('the README’s example makes a film, and leaves nothing in the home folder', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const example = /```ts\n(import \{[^`]*readScript[\s\S]*?)```/.exec(readme)?.[1] as string;
    const own = join(project, 'examples', 'lighthouse');
    await mkdir(own, { recursive: true });
    await writeFile(join(own, 'script.yaml'), script);
    await cp(join(project, 'node_modules/moviedreamer/examples/lighthouse/mara.png'), join(own, 'mara.png'));
    await writeFile(join(project, 'film.js'), example);
    const { stdout } = await node('film.js');
    expect(stdout).toMatch(/^1 .*keyframes.0001\.png\n$/);
    expect(await readdir(join(project, 'out/lighthouse'))).toContain('movie.mp4');
    expect(await readdir(join(project, 'home'))).toEqual([]);
  });

  it('all public subpaths resolve, and no others', async () => {
    const { exports: faces } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const paths = Object.keys(faces).map((path) => path.replace(/^\./, 'moviedreamer'));
    expect(paths).toEqual([
      'moviedreamer',
      'moviedreamer/script',
      'moviedreamer/models',
      'moviedreamer/training',
      'moviedreamer/ai-sdk',
      'moviedreamer/schema/script.schema.json',
      'moviedreamer/schema/models.schema.json',
      'moviedreamer/package.json',
    ]);
    const source = `
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      for (const path of ${JSON.stringify(paths)})
        console.log(path, Object.keys(path.endsWith('.json') ? require(path) : await import(path)).length > 2);
      await import('moviedreamer/runtime/index.js').catch((error) => console.log(error.code));`;
    const { stdout } = await node('--input-type=module', '-e', source);
    expect(stdout.trim().split('\n')).toEqual([
      ...paths.map((path) => `${path} true`),
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    ]);
  });

  it('a worker thread is told how to turn ONNX Runtime’s telemetry off', async () => {
    const source = `
      import { Worker } from 'node:worker_threads';
      const load = "import('moviedreamer').then(({ MovieDreamer }) => MovieDreamer.load('theatre')).then((d) => d.close()).then(" +
        "() => console.log('loaded'), (error) => console.log(error.name + ': ' + error.message))";
      const once = () => new Promise((resolve) => new Worker(load, { eval: true }).once('exit', resolve));
      await once();
      process.env.ORT_DISABLE_TELEMETRY = '1';
      await once();`;
    await writeFile(join(project, 'worker.js'), source);
    const [refused, loaded] = (await node('worker.js')).stdout.trim().split('\n');
    expect(refused).toMatch(/^DeviceError: .* worker thread, .* ORT_DISABLE_TELEMETRY=1/);
    expect(loaded).toBe('loaded');
  });
});
