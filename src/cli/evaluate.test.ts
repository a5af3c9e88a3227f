import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../checkpoints/index.ts';
import { newImage, writePng } from '../media/index.ts';
import { formulaPicture, formulaWeights } from '../testing/inceptionFormula.ts';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import { type CliResult, cli, copyOf, type TinyFilm, tinyFilm, tinyScript } from '../testing/tinyFilm.ts';

describe('moviedreamer evaluate', () => {
  let film: TinyFilm;
  let run: string;
  /** A copy of the keyframes, as another system's pictures. */
  let shots: string;

  const evaluate = (...args: string[]): Promise<CliResult> => cli('evaluate', ...film.models, ...args);
  const generate = (...args: string[]): Promise<CliResult> =>
    cli('generate', film.script, '--stage', 'keyframes', ...film.models, ...args);

  /** One clear message, status 1, no stack, nothing written. */
  async function refused(message: RegExp, ...args: string[]): Promise<void> {
    const result = await evaluate(...args);
    expect(result.err).toMatch(message);
    expect(result.err).not.toMatch(/\n\s+at |DEBUG=1/);
    expect([result.code, result.out]).toEqual([1, '']);
    expect(existsSync(join(run, 'evaluation.json')) || existsSync(join(shots, 'evaluation.json'))).toBe(
      false,
    );
  }

  beforeAll(async () => {
    film = await tinyFilm();
    run = join(film.folder, 'film');
    expect((await generate('--out', run)).code).toBe(0);
    shots = await copyOf(join(run, 'keyframes'), join(film.folder, 'bench/shots/01'));
  });
  afterAll(() => film.remove());

  describe('refuses', () => {
    it('nothing, and two things at once', async () => {
      await refused(/nothing to evaluate; give the folder of a film, or --frames FOLDER --script FILE/);
      await refused(/got the film .* and --frames .*; give one of them/, run, '--frames', shots);
      await refused(/--frames needs the script .*--script FILE/, '--frames', shots);
    });

    it('folders that are not there, or hold no film or pictures', async () => {
      await refused(/there is no folder .*nowhere; check the path/, join(film.folder, 'nowhere'));
      await refused(/has no run\.json, .*--frames FOLDER --script FILE/, film.folder);
      await refused(
        /--frames .*gone: there is no such folder/,
        '--frames',
        join(film.folder, 'gone'),
        '--script',
        film.script,
      );
      await refused(
        /found no pictures named by their shot/,
        '--frames',
        join(film.folder, 'weights'),
        '--script',
        film.script,
      );
      await refused(
        /--truth .*nowhere: there is no such folder/,
        run,
        '--truth',
        join(film.folder, 'nowhere'),
      );
    });

    it('a script of another number of shots, and one that is none', async () => {
      const other = join(film.folder, 'other.yaml');
      await writeFile(other, `${tinyScript}  - { plot: One more. }\n`);
      await refused(
        /--frames .*: shot 4 of 4 has no picture; add them, or give a script without/,
        '--frames',
        shots,
        '--script',
        other,
      );
      await writeFile(other, 'shots:\n  - { plot: Only one. }\n');
      await refused(
        /other\.yaml has 1 shot, and there are pictures for 3, such as 000[23]\.png/,
        '--frames',
        shots,
        '--script',
        other,
      );
      await writeFile(other, 'shots: []\n');
      await refused(/other\.yaml:1:8: .*no shots/, '--frames', shots, '--script', other);
      await refused(
        /there is no such file; check the path/,
        '--frames',
        shots,
        '--script',
        join(film.folder, 'x.yaml'),
      );
    });

    it('a film whose script was changed', async () => {
      await writeFile(film.script, tinyScript.replace('The sea', 'The forest'));
      await refused(
        /was changed after the film was made; bring the film up to date with generate, or .*--script/,
        run,
      );
      await writeFile(film.script, tinyScript);
    });

    it('encoders that are not there, and values that make no sense', async () => {
      await refused(/--clip .*gone: there is no such folder/, run, '--clip', join(film.folder, 'gone'));
      await refused(/gone\.safetensors/, run, '--aesthetic', join(film.folder, 'gone.safetensors'));
      const [, , , weights] = film.models as [string, string, string, string];
      const clip = join(weights, 'clip/model.safetensors');
      await refused(
        /Inception-v3: expected fc\.weight .* got .*; give the weights/,
        run,
        '--inception',
        clip,
      );
      await refused(/--threshold .*number from -1 to 1/, run, '--threshold', '2');
      await refused(/--device .*cpu/, run, '--device', 'abacus');
      await refused(/preset 'nowhere': no folder/, run, '--preset', 'nowhere');
      await refused(
        /gone\.safetensors: no such file/,
        run,
        '--inception',
        join(film.folder, 'gone.safetensors'),
      );
      await refused(/script\.yaml: .*Is this really a \.safetensors file\?/, run, '--inception', film.script);
      await refused(/--out .*script\.yaml is a file; give a folder/, run, '--out', film.script);
    });

    it('with the error as JSON, too', async () => {
      const { code, events } = await evaluate(join(film.folder, 'nowhere'), '--json');
      expect([code, events]).toEqual([1, [expect.objectContaining({ type: 'error', name: 'RunError' })]]);
    });

    it('a folder that cannot be', async () => {
      const { code, err } = await evaluate(run, '--out', join(film.script, 'below'));
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(
          /^--out .*script\.yaml\/below lies below a file, .*script\.yaml; give a folder$/,
        ),
      ]);
    });
  });

  it('prints the metrics of a film, and why others are left out', async () => {
    const { code, out, err } = await evaluate(run);
    expect([code, err]).toEqual([0, expect.stringMatching(/frames +3 looked at/)]);
    expect(out).toMatch(
      /^metric +value +range +encoder +from\nCLIP score +[\d.]+ +0 \.\. 100, higher is better +tiny\/clip +3 frames\n/,
    );
    expect(out).toMatch(/\nST +-?[\d.]+ /);
    expect(out).toMatch(/FID, Inception score: give an Inception-v3 with --inception FILE\.safetensors/);
    expect(out).toMatch(
      /LT, LT precision, .*CIDS cross.*: no weights in .*detector; .*npx moviedreamer train detector/,
    );
    expect(out).toMatch(/figures: .*film\/evaluation\.json\npictures: .*film\/evaluation\.html$/);
    const html = await readFile(join(run, 'evaluation.html'), 'utf8');
    expect(html).toContain('src="keyframes/0002.png"');
    expect(html).toContain('Mara shows Tom the light.');
    expect((await readdir(run)).filter((name) => name.includes('.tmp.'))).toEqual([]);
    for (const name of ['evaluation.json', 'evaluation.html']) await rm(join(run, name));
  });

  it('looks for people once there is a detector, with truth and events as JSON', async () => {
    const [, preset, , weights] = film.models as [string, string, string, string];
    await writeTinyDetector(preset, weights);
    const out = join(film.folder, 'report');
    const args = [
      '--frames',
      join(film.folder, 'bench'),
      '--script',
      film.script,
      '--truth',
      join(run, 'keyframes'),
    ];
    const { code, err, events } = await evaluate(...args, '--out', out, '--threshold', '0.25', '--json');
    expect([code, err]).toEqual([0, '']);
    const kinds = events.map((e) => e.type);
    // a description is longer than the tiny CLIP reads
    expect(kinds.slice(0, 4)).toEqual(['film', 'frames', 'notice', 'metric']);
    expect(events.at(-1)).toEqual({
      type: 'evaluation',
      json: join(out, 'evaluation.json'),
      html: join(out, 'evaluation.html'),
    });
    const values = Object.fromEntries(events.filter((e) => e.type === 'metric').map((e) => [e.key, e.value]));
    expect(values['clip-sim']).toBeCloseTo(1, 5);
    expect(Object.keys(values)).toEqual(
      expect.arrayContaining(['lt', 'lt-f1', 'cids-cross', 'occm', 'frechet-clip']),
    );
    expect(events.filter((e) => e.type === 'left-out').map((e) => e.key)).toEqual(
      expect.arrayContaining(['fid', 'inception-score', 'aesthetic']),
    );
    const json = JSON.parse(await readFile(join(out, 'evaluation.json'), 'utf8'));
    expect(json.thresholds).toEqual({ face: 0.25, detection: 0.5 });
    expect(json.metrics.find((m: { key: string }) => m.key === 'lt').sweep).toHaveLength(20);
    expect(await readFile(join(out, 'evaluation.html'), 'utf8')).toContain('class="face');
    const words = await evaluate(...args, '--out', out);
    expect(words.out).toMatch(/LT at cosine +0\.00 +0\.10 [\s\S]*\nLT +\d/);
    expect(words.out).toMatch(/Frechet distance \(CLIP\): from 3 samples, below 2048/);
    for (const part of [preset, weights]) await rm(join(part, 'detector'), { recursive: true });
  });

  it('gives FID and the Inception score with an Inception-v3, and says which, and from how many', async () => {
    const inception = join(film.folder, 'inception.safetensors');
    await writeSafetensors(inception, formulaWeights('torchvision'));
    const out = join(film.folder, 'inception');
    const truth = await copyOf(join(run, 'keyframes'), join(film.folder, 'truth'));
    await writePng(join(truth, '0002.png'), formulaPicture('other', 64, 40));
    const args = [run, '--truth', truth, '--inception', inception, '--out', out];
    const words = await evaluate(...args);
    expect([words.code, words.err]).toEqual([0, expect.stringMatching(/3 looked at/)]);
    expect(words.out).toMatch(/\nFID +[\d.]+ +from 0, .* inception\.safetensors \(torchvision\) +3 pairs\n/);
    expect(words.out).toMatch(
      /\nInception score +1[.\d]* .* inception\.safetensors \(torchvision\) +3 frames\n/,
    );
    expect(words.out).toMatch(/\nFID: from 3 samples, below 2048: .*; with torchvision's weights: /);
    const json = JSON.parse(await readFile(join(out, 'evaluation.json'), 'utf8'));
    expect(json.encoders.at(-1)).toMatchObject({ role: 'inception', path: inception });
    const fid = (evaluation: typeof json) =>
      evaluation.metrics.find((m: { key: string }) => m.key === 'fid').value as number;
    expect(fid(json)).toBeGreaterThan(0.1);
    await evaluate(...args, '--truth', join(run, 'keyframes'));
    expect(fid(JSON.parse(await readFile(join(out, 'evaluation.json'), 'utf8')))).toBeLessThan(1e-4);
  });

  it('evaluates the shots that a film was made of with --shots, and says so', async () => {
    const part = join(film.folder, 'part');
    expect((await generate('--out', part, '--shots', '1,3')).code).toBe(0);
    const { code, err, out } = await evaluate(part);
    expect(err).toMatch(/the film was made with --shots: evaluated are the 2 shots that are there, not 2$/m);
    expect([code, out]).toEqual([0, expect.stringMatching(/CLIP score .* 2 frames/)]);
  });

  it('writes beside other pictures by default, and helps', async () => {
    const own = await copyOf(shots, join(film.folder, 'plain'));
    await writePng(join(own, 'cover.png'), newImage(4, 4));
    const { code } = await evaluate('--frames', own, '--script', film.script);
    expect([code, existsSync(join(own, 'evaluation.html'))]).toEqual([0, true]);
    const help = await cli('evaluate', '--help');
    expect(help.out).toMatch(
      /Usage: moviedreamer evaluate \[options\] \[run\][\s\S]*--truth[\s\S]*--aesthetic/,
    );
  });
});
