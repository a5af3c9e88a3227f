import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readImage, readVideo } from '../src/media/index.ts';
import { binaryOf } from './nodeBinary.ts';

/*
 * npm run test:ai-sdk [-- --node 26.10.0]
 * Makes a keyframe and a clip by `ai`'s generateImage and experimental_generateVideo with the models of `moviedreamer/ai-sdk`
 * (preset theatre), under the newest Node, which `ai` needs. The program is compiled first, so that our types are held
 * against the real ones. Checks what came: a PNG of the size asked, an MP4 with all its frames, the warnings. Needs
 * `npm run build`; what npm cannot bring is skipped, and said to be.
 */
const AI = '7.0.173';

const program = `
import { readFileSync, writeFileSync } from 'node:fs';
import { createProviderRegistry, experimental_generateVideo, generateImage } from 'ai';
import { moviedreamer } from 'moviedreamer/ai-sdk';

globalThis.AI_SDK_LOG_WARNINGS = false;
const read = (at: number): Uint8Array => readFileSync(process.argv[at] ?? '');
await using provider = moviedreamer({ preset: 'theatre' });
const registry = createProviderRegistry({ moviedreamer: provider });
const characters = [{ name: 'Mara', portrait: Buffer.from(read(2)).toString('base64') }, { name: 'Tom' }];
const picture = await generateImage({
  model: registry.imageModel('moviedreamer:theatre'),
  prompt: { text: 'Mara shows Tom the sea.', images: [read(3)] },
  size: '448x256',
  n: 2,
  providerOptions: { moviedreamer: { characters, elements: ['Street', 'Day'], seed: 3 } },
});
const small = await generateImage({ model: provider.imageModel(), prompt: 'The sea at night.', size: '200x100', seed: 1 });
const prompt = { image: picture.image.uint8Array, text: 'They walk.' };
const film = await experimental_generateVideo({ model: provider.videoModel(), prompt, duration: 1, seed: 3 });
const polled = await experimental_generateVideo({
  model: provider.videoModel(),
  prompt: { image: picture.image.uint8Array },
  ...{ duration: 1, seed: 3, poll: { intervalMs: 20 } },
});
for (const [i, { uint8Array }] of picture.images.entries()) writeFileSync(\`picture\${i}.png\`, uint8Array);
writeFileSync('small.png', small.image.uint8Array);
writeFileSync('film.mp4', film.video.uint8Array);
writeFileSync('polled.mp4', polled.video.uint8Array);
const warnings = [picture, small, film, polled].map((one) => one.warnings.map((w) => ('feature' in w ? w.feature : w.type)));
console.log(JSON.stringify({ node: process.version, types: [picture.image.mediaType, film.video.mediaType], warnings }));
`;

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const version = process.argv[process.argv.indexOf('--node') + 1] ?? '';
const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-ai-sdk-'));
const skip = (what: string, why: string): void =>
  console.log(`ai ${AI}: SKIPPED, npm does not bring ${what} (${why})`);

try {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'user', type: 'module' }));
  const install = ['install', '--no-audit', '--no-fund', '--engine-strict=false', `ai@${AI}`];
  const failed = await run('npm', install, { cwd: folder, timeout: 300_000 }).then(
    () => undefined,
    (error: Error & { stderr?: string }) => error.stderr?.trim().split('\n')[0] ?? error.message,
  );
  const node = await binaryOf(process.argv.includes('--node') ? version : 'latest');
  if (failed !== undefined) skip(`ai ${AI}`, failed);
  else if ('why' in node) skip('the newest Node', node.why);
  else await check(node.path);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function check(node: string): Promise<void> {
  await symlink(root, join(folder, 'node_modules', 'moviedreamer'));
  await symlink(join(root, 'node_modules', '@types'), join(folder, 'node_modules', '@types'));
  await writeFile(join(folder, 'program.ts'), program);
  const compiler = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--skipLibCheck',
    '--types',
    'node',
  ];
  const target = ['--target', 'esnext', '--module', 'nodenext', '--moduleResolution', 'nodenext'];
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  await run(tsc, [...compiler, ...target, 'program.ts'], { cwd: folder }).catch(
    ({ stdout }: { stdout: string }) => {
      throw new Error(`our types are not those of ai ${AI}:\n${stdout}`);
    },
  );
  const faces = ['mara', 'tom'].map((name) => join(root, 'examples', 'lighthouse', `${name}.png`));
  const { stdout } = await run(node, ['program.ts', ...faces], { cwd: folder });
  const { node: used, types, warnings } = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  const sizes = [];
  for (const name of ['picture0', 'picture1', 'small']) sizes.push(await sizeOf(`${name}.png`));
  const films = [await framesOf('film.mp4'), await framesOf('polled.mp4')];
  const files = await Promise.all(['picture0.png', 'picture1.png', 'film.mp4', 'polled.mp4'].map(bytesOf));
  expect('sizes of pictures', sizes, ['448x256', '448x256', '200x100']);
  expect('frames of films', films, ['12 of 448x256', '12 of 448x256']);
  expect('media types', types, ['image/png', 'video/mp4']);
  expect('warnings', warnings, [[], ['size'], ['prompt'], []]);
  expect('two pictures of a call are two takes', files[0] !== files[1], true);
  expect('a film that was polled is the same', files[2] === files[3], true);
  console.log(
    `ai ${AI}, node ${used}: 3 keyframes (${sizes.join(', ')}) and 2 clips (${films.join(', ')}), types as its own`,
  );
}

async function bytesOf(name: string): Promise<string> {
  return (await readFile(join(folder, name))).toString('base64');
}

async function sizeOf(name: string): Promise<string> {
  const { width, height } = await readImage(join(folder, name));
  return `${width}x${height}`;
}

async function framesOf(name: string): Promise<string> {
  const sizes = [];
  for await (const { width, height } of readVideo(join(folder, name))) sizes.push(`${width}x${height}`);
  return `${sizes.length} of ${[...new Set(sizes)].join(' and ')}`;
}

function expect(what: string, got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) === JSON.stringify(wanted)) return;
  throw new Error(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
}
