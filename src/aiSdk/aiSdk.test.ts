import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage, readVideo } from '../media/index.ts';
import { cli, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { type MovieDreamerProvider, moviedreamer } from './provider.ts';
import type { ImageCall, VideoCall, VideoStatus } from './spec.ts';

const script = `characters: { mara: { face: mara.png, description: A woman. } }
shots: [{ characters: { mara: smiling }, elements: [Night], plot: The sea. It rains., seconds: 0.5 }]
`;
let film: TinyFilm;
let provider: MovieDreamerProvider;
let mara: Uint8Array;
const options = () => ({ preset: film.models[1] as string, weights: film.models[3] as string, threads: 1 });

beforeAll(async () => {
  film = await tinyFilm(script);
  provider = moviedreamer(options());
  mara = await readFile(join(film.folder, 'mara.png'));
});
afterAll(async () => {
  await provider.close();
  await film.remove();
});

/** A keyframe or clip of `generate`, from the same script. */
async function generated(path: string, ...more: string[]): Promise<Buffer> {
  const out = join(film.folder, more.includes('--reroll') ? 'rerolled' : 'film');
  const { code, err } = await cli('generate', film.script, '--out', out, ...film.models, ...more);
  if (code !== 0) throw new Error(err);
  return readFile(join(out, path));
}
const hash = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('base64');

const cast = [{ name: 'mara', description: 'A woman.', expression: 'smiling' }];
const imageCall = (more: Partial<ImageCall> = {}): ImageCall => ({
  ...{
    prompt: 'The sea. It rains.',
    n: 1,
    size: undefined,
    aspectRatio: undefined,
    seed: 7,
    mask: undefined,
  },
  files: [{ type: 'file', mediaType: 'image/png', data: mara }],
  providerOptions: { moviedreamer: { characters: cast, elements: ['Night'] } },
  ...more,
});
const videoCall = (more: Partial<VideoCall> = {}): VideoCall => ({
  ...{
    prompt: undefined,
    n: 1,
    aspectRatio: undefined,
    resolution: undefined,
    duration: 0.5,
    fps: undefined,
  },
  ...{ seed: 7, image: undefined, frameImages: undefined, inputReferences: undefined },
  ...{ generateAudio: undefined, providerOptions: {}, ...more },
});

describe('the image model', () => {
  it('draws the keyframe that generate draws, and another one as another take', async () => {
    const { images, warnings, providerMetadata } = await provider
      .imageModel()
      .doGenerate(imageCall({ n: 2 }));
    expect(warnings).toEqual([]);
    expect(providerMetadata.moviedreamer.images).toEqual([
      { seed: 7, take: 0 },
      { seed: 7, take: 1 },
    ]);
    const [first, second] = images.map(hash);
    expect(first === hash(await generated('keyframes/0001.png', '--seed', '7', '--stage', 'keyframes'))).toBe(
      true,
    );
    expect(
      second ===
        hash(await generated('keyframes/0001.png', '--seed', '7', '--reroll', '1', '--stage', 'keyframes')),
    ).toBe(true);
  });

  it('takes portraits as bytes, base64 and data URLs, and names in the prompt', async () => {
    const base64 = Buffer.from(mara).toString('base64');
    const portraits = [mara, base64, `data:image/png;base64,${base64}`];
    const calls = portraits.map((portrait) =>
      imageCall({
        files: undefined,
        providerOptions: { moviedreamer: { characters: [{ ...cast[0], portrait }], elements: ['Night'] } },
      }),
    );
    const inPrompt = imageCall({ prompt: 'Picture 1 is mara.\nThe sea.\nIt rains.' });
    const made = [];
    for (const call of [imageCall(), ...calls, inPrompt])
      made.push(hash((await provider.imageModel().doGenerate(call)).images[0]));
    expect(new Set(made).size).toBe(1);
  });

  it.each([
    ['size', { size: '20x30' }, [20, 30]],
    ['aspectRatio', { aspectRatio: '1:1' }, [32, 32]],
  ] as const)('gives another %s with a warning', async (feature, asked, size) => {
    const { images, warnings } = await provider.imageModel().doGenerate(imageCall(asked));
    const { width, height } = await decodeImage(images[0] as Uint8Array, 'picture');
    expect([width, height]).toEqual(size);
    const details = `the preset draws 56x32; cut to fit and resized to ${size.join('x')}`;
    expect(warnings).toEqual([{ type: 'compatibility', feature, details }]);
  });

  it('warns of a mask', async () => {
    const mask = { type: 'file', mediaType: 'image/png', data: mara } as const;
    const { warnings } = await provider.imageModel().doGenerate(imageCall({ mask, size: '56x32' }));
    expect(warnings.map(({ type, feature }) => [type, feature])).toEqual([['unsupported', 'mask']]);
  });

  it.each([
    ['no prompt', { prompt: undefined }, 'the prompt is empty'],
    ['an address', { files: [{ type: 'url', url: 'http://a/b.png' }] }, 'moviedreamer fetches nothing'],
    ['no portrait', { files: undefined }, 'character "mara" has no portrait'],
    ['a path', { files: [{ type: 'file', mediaType: 'image/png', data: './mara.png' }] }, 'no base64'],
    ['another size', { size: '0x10' }, 'size must be WIDTHxHEIGHT'],
    ['another ratio', { aspectRatio: '0:1' }, 'aspectRatio must be WIDTH:HEIGHT'],
    ['another seed', { seed: -1 }, 'seed must be a whole number from 0'],
    [
      'an unknown option',
      { providerOptions: { moviedreamer: { style: 'ink' } } },
      'the options are characters',
    ],
    [
      'six people',
      { files: Array.from({ length: 6 }, () => ({ type: 'file', mediaType: 'image/png', data: '' })) },
      'is "", no base64',
    ],
  ])('refuses %s', async (_, asked, words) => {
    await expect(provider.imageModel().doGenerate(imageCall(asked as Partial<ImageCall>))).rejects.toThrow(
      words,
    );
  });

  it('stops with the signal', async () => {
    const abortSignal = AbortSignal.abort(new Error('enough'));
    await expect(provider.imageModel().doGenerate(imageCall({ abortSignal }))).rejects.toThrow('enough');
  });
});

describe('the video model', () => {
  const frames = async (data: Uint8Array | undefined) => {
    const path = join(film.folder, 'clip.mp4');
    await writeFile(path, data ?? '');
    const sizes = [];
    for await (const { width, height } of readVideo(path)) sizes.push([width, height]);
    return sizes;
  };
  const keyframe = async () => {
    const data = await generated('keyframes/0001.png', '--seed', '7', '--stage', 'keyframes');
    return { type: 'file', mediaType: 'image/png', data } as const;
  };

  it('makes the clip that generate makes', async () => {
    const image = await keyframe();
    const expected = await generated('clips/0001.mp4', '--stage', 'clips');
    const { videos, warnings } = await provider.videoModel().doGenerate(videoCall({ image }));
    expect(warnings).toEqual([]);
    expect(hash(videos[0]?.data) === hash(expected)).toBe(true);
  });

  it('draws the picture from the prompt where none is given, in the size and rate that are asked for', async () => {
    const call = videoCall({
      ...{ prompt: 'The sea. It rains.', resolution: '40x30', fps: 10 },
      inputReferences: [{ type: 'file', mediaType: 'image/png', data: mara }],
    });
    const { videos, warnings } = await provider.videoModel().doGenerate(call);
    expect(await frames(videos[0]?.data)).toEqual(Array.from({ length: 5 }, () => [40, 30]));
    expect(warnings.map(({ feature }) => feature)).toEqual(['resolution']);
  });

  it('warns of what it does not follow', async () => {
    const image = await keyframe();
    const last = { image, frameType: 'last_frame' } as const;
    const call = videoCall({
      prompt: 'She runs.',
      image,
      frameImages: [last],
      generateAudio: true,
      inputReferences: [image],
    });
    const { warnings } = await provider.videoModel().doGenerate(call);
    expect(warnings.map(({ type, feature }) => `${type} ${feature}`)).toEqual([
      'unsupported prompt',
      'unsupported inputReferences',
      'unsupported frameImages',
      'unsupported generateAudio',
    ]);
  });

  it('is started, asked how far it is, and gone on with by another process', async () => {
    const image = await keyframe();
    const model = provider.videoModel();
    const { operation } = await model.doStart(videoCall({ image }));
    const stored = JSON.parse(JSON.stringify(operation));
    await using elsewhere = moviedreamer(options());
    const done = async (one: typeof model): Promise<VideoStatus> => {
      for (;;) {
        const status = await one.doStatus({ operation: stored });
        if (status.status !== 'pending') return status;
        await new Promise((next) => setTimeout(next, 5));
      }
    };
    const [here, there] = [await done(model), await done(elsewhere.videoModel())];
    if (here.status !== 'completed' || there.status !== 'completed')
      throw new Error(JSON.stringify([here, there]));
    expect(hash(here.videos[0]?.data) === hash(there.videos[0]?.data)).toBe(true);
    expect(await frames(here.videos[0]?.data)).toHaveLength(6);
  });

  it('tells of a job that failed', async () => {
    const model = provider.videoModel();
    const image = { type: 'file', mediaType: 'image/png', data: 'bm8gcGljdHVyZQ==' } as const;
    const { operation } = await model.doStart(videoCall({ image }));
    for (;;) {
      const status = await model.doStatus({ operation });
      if (status.status === 'pending') await new Promise((next) => setTimeout(next, 5));
      else
        return expect(status).toMatchObject({
          status: 'error',
          error: expect.stringContaining('the picture'),
        });
    }
  });
});

it('is a provider that has no language models', () => {
  expect(() => provider.languageModel('any')).toThrow('moviedreamer has no language models');
  expect(moviedreamer({ specification: 'v3' }).imageModel('paper')).toMatchObject({
    ...{ specificationVersion: 'v3', provider: 'moviedreamer', modelId: 'paper' },
  });
});
