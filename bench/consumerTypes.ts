import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// Compiles a program that uses every public subpath, and the README's example, as users would, under versions of TypeScript:
// tsx bench/consumerTypes.ts 5.4 5.9 6 7. Compilers come from npm; one that it cannot bring is skipped, and said to be.
// Needs `npm run build`.

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

const subpaths = `
import { createScript, type DreamEvent, type Evaluation, evaluate, type Image, MovieDreamer, RunError } from 'moviedreamer';
import { moviedreamer } from 'moviedreamer/ai-sdk';
import { add, compile, grad, input, nn, unet2d, WorkerHost } from 'moviedreamer/models';
import own from 'moviedreamer/package.json' with { type: 'json' };
import schema from 'moviedreamer/schema/script.schema.json' with { type: 'json' };
import { parseScript, type ScriptFile } from 'moviedreamer/script';
import { type StageName, stages, train } from 'moviedreamer/training';

const file: ScriptFile = { shots: [{ plot: 'The sea.' }] };
const script = await createScript({ ...file, references: [new Uint8Array(3), 'a.png'] }, { name: 'sea' });
const dreamer = await MovieDreamer.load('theatre', { device: 'cpu', precision: 'float32' });
const heard: DreamEvent[] = [];
for await (const event of dreamer.dream(script, { out: 'out', stage: 'clips', signal: new AbortController().signal })) {
  heard.push(event);
  if (event.type === 'preview') {
    const image: Image | undefined = event.image;
    console.log(image?.data.length);
  }
}
let result: Evaluation | undefined;
for await (const event of evaluate({ run: 'out', script })) if (event.type === 'evaluation') result = event.evaluation;
// @ts-expect-error: there is no such stage
dreamer.dream(script, { out: 'out', stage: 'film' });
const images: 'v4' = moviedreamer({ preset: 'theatre' }).imageModel().specificationVersion;
const videos: 'v3' = moviedreamer({ specification: 'v3' }).videoModel().specificationVersion;
console.log(images, videos);
const x = input('x', [2, 3]);
const y = add(x, x);
const name: StageName = 'vae';
console.log(compile, grad, nn.linear, unet2d.readUNet2DConfig, WorkerHost, y.shape, stages[name], train);
console.log(parseScript('shots: [{plot: a}]', { file: 'a.yaml' }).shots, own.version, schema.title, result, RunError);
`;

/** Names of `module` and `moduleResolution`: Node's own, and a bundler's. */
type Resolution = readonly [module: string, moduleResolution: string];
const node: Resolution = ['nodenext', 'nodenext'];
const bundler: Resolution = ['esnext', 'bundler'];

async function readmeExample(): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  if (example === undefined) throw new Error('README.md has no example in TypeScript');
  return example;
}

async function compileWith(
  folder: string,
  version: string,
  resolutions: readonly Resolution[],
): Promise<void> {
  const npm = ['exec', '--yes', `--package=typescript@${version}`, '--', 'tsc'];
  try {
    await run('npm', [...npm, '--version'], { cwd: folder, timeout: 300_000 });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    console.log(
      `typescript ${version}: SKIPPED, npm does not bring it (${stderr.trim().split('\n')[0] || message})`,
    );
    return;
  }
  for (const [module, resolution] of resolutions) {
    const options = {
      module,
      moduleResolution: resolution,
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      resolveJsonModule: true,
      skipLibCheck: false,
      types: ['node'],
    };
    const config = { compilerOptions: options, files: ['subpaths.ts', 'readme.ts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    try {
      await run('npm', [...npm, '-p', folder], { cwd: folder });
      console.log(
        `typescript ${version}, ${resolution}: compiles, declarations of libraries checked as well`,
      );
    } catch (error) {
      console.log(`typescript ${version}, ${resolution}:\n${(error as { stdout?: string }).stdout}`);
      process.exitCode = 1;
    }
  }
}

const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-types-'));
try {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }));
  await writeFile(join(folder, 'subpaths.ts'), subpaths);
  await writeFile(join(folder, 'readme.ts'), await readmeExample());
  await mkdir(join(folder, 'node_modules', '@types'), { recursive: true });
  await symlink(root, join(folder, 'node_modules', 'moviedreamer'));
  for (const name of ['@types/node', 'undici-types'])
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  const versions = process.argv.slice(2);
  for (const [i, version] of versions.entries()) {
    const isFirstOrLast = i === 0 || i === versions.length - 1;
    await compileWith(folder, version, isFirstOrLast ? [node, bundler] : [node]);
  }
} finally {
  await rm(folder, { recursive: true });
}
