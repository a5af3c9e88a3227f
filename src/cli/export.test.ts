import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cropImage, readImage, readMp4Track } from '../media/index.ts';
import { cli, type TinyFilm, tinyFilm, tinyScript } from '../testing/tinyFilm.ts';

describe('moviedreamer export', () => {
  let film: TinyFilm;
  let out: string;
  const run = (...args: string[]) => cli('export', out, ...args);

  beforeAll(async () => {
    film = await tinyFilm();
    out = join(film.folder, 'out');
    await cli('generate', film.script, '--out', out, ...film.models, '--seed', '7');
  });
  afterAll(() => film.remove());

  it('writes each format beside the film, the same bytes each time', async () => {
    const names = {
      otio: 'cut.otio',
      fcpxml: 'cut.fcpxml',
      mlt: 'cut.mlt',
      edl: 'cut.edl',
      srt: 'movie.srt',
      vtt: 'movie.vtt',
      otioz: 'cut.otioz',
      pdf: 'storyboard.pdf',
      cbz: 'film.cbz',
      'contact-sheet': 'contact-sheet.png',
    };
    for (const [format, name] of Object.entries(names)) {
      const result = await run('--to', format);
      expect([result.code, result.out]).toEqual([0, join(out, name)]);
      const bytes = await readFile(join(out, name));
      const again = join(film.folder, 'again', name);
      if (!['otio', 'fcpxml', 'mlt'].includes(format)) {
        await run('--to', format, '--out', again);
        expect((await readFile(again)).equals(bytes), format).toBe(true);
      }
    }
    expect((await run('--to', 'srt')).err).toContain('neither dialogue nor narration');
    const sheet = await readImage(join(out, 'contact-sheet.png'));
    const keyframe = await readImage(join(out, 'keyframes/0001.png'));
    expect(cropImage(sheet, 8, 38, keyframe.width, keyframe.height)).toEqual(keyframe);
  });

  it('links relatively from wherever the file lies, or absolutely', async () => {
    const otio = join(film.folder, 'edit here', 'cut.otio');
    const urls = async () => (await readFile(otio, 'utf8')).match(/"target_url": "[^"]*"/g) ?? [];
    await mkdir(join(film.folder, 'edit here'));
    await run('--to', 'otio', '--out', otio);
    expect((await urls())[0]).toBe('"target_url": "../out/clips/0001.mp4"');
    await run('--to', 'otio', '--out', otio, '--absolute');
    expect((await urls())[0]).toBe(`"target_url": "file://${encodeURI(out)}/clips/0001.mp4"`);
  });

  it('writes the film at another size, shape and rate, and says what it does', async () => {
    const path = join(film.folder, 'vertical.mp4');
    const result = await run('--to', 'mp4', '--size', '48x64', '--fps', '25', '--out', path);
    expect(result.code).toBe(0);
    expect(result.err).toMatch(
      /cropped from .* around faces\nresized to 48x64 by Lanczos.*\n25 instead of 12 frames a second, frames repeated/,
    );
    const { frames, timescale, frameTicks, width, height } = await readMp4Track(path);
    // 27 frames at 12 a second are 2.25 s: 56 of 25, to half a frame
    expect([frames, timescale / frameTicks, width, height]).toEqual([56, 25, 48, 64]);
    expect((await run('--to', 'mp4', '--size', '47x64')).err).toContain('must be even numbers');
    expect((await run('--to', 'mp4', '--size', 'large')).err).toContain('such as 1280x720');
    expect((await run('--to', 'edl', '--fps', '25')).err).toContain('--size and --fps are for --to mp4');
  });

  it('says what is missing', async () => {
    expect((await run('--to', 'avi')).err).toMatch(/Allowed choices are otio/);
    const nowhere = await cli('export', join(film.folder, 'nowhere'), '--to', 'otio');
    expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining('there is no folder')]);
    await writeFile(film.script, tinyScript.replace('Tom runs', 'Tom sleeps'));
    const other = await run('--to', 'otio');
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/is not as it was.*generate/)]);
    await writeFile(film.script, tinyScript);
    await rename(film.script, join(film.folder, 'moved.yaml'));
    expect((await run('--to', 'otio')).err).toContain('there is no such file');
    expect((await run('--to', 'otio', '--script', join(film.folder, 'moved.yaml'))).code).toBe(0);
    await rename(join(film.folder, 'moved.yaml'), film.script);
    const half = join(film.folder, 'half');
    await cli('generate', film.script, '--out', half, ...film.models, '--stage', 'keyframes');
    const early = await cli('export', half, '--to', 'edl');
    expect([early.code, early.err]).toEqual([1, expect.stringMatching(/shots 1, 2, 3 have no clip yet/)]);
    expect((await cli('export', half, '--to', 'contact-sheet')).code).toBe(0);
  });
});
