import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatScript, parseScript, type ScriptFile } from '../script/index.ts';
import { parseFountain } from './fountain.ts';
import { mergeScripts } from './mergeScripts.ts';
import { toScript } from './toScript.ts';

const given = (text: string): ScriptFile => toScript(parseFountain(text)).script;
const before = 'Title: Lamp\n\nINT. A\n\nIda waits.\n\nIDA\nNo.\n\nINT. B\n\nRain.\n\nINT. C\n\nSnow.\n';
const script = formatScript(given(before));
const plots = (text: string): string[] =>
  parseScript(text, { file: 'script.yaml' }).shots.map(({ plot }) => plot.join(' '));

describe('a screenplay that is imported again', () => {
  it('leaves the script as it is where the screenplay did not change', () => {
    const edited = `# mine\n${script.replace('Rain.', '"Heavy rain." # more')}`;
    expect(mergeScripts(edited, given(before), given(before))).toEqual({ text: edited, kept: [] });
  });

  it('takes changed, new and removed scenes, and keeps comments and edited scenes', () => {
    const edited = script.replace('plot: Rain.', 'plot: Heavy rain. # more');
    const now = before
      .replace('Ida waits.', 'Ida runs.\n\nShe falls.')
      .replace('INT. C\n\nSnow.', 'INT. D\n\nFog.');
    const { text, kept } = mergeScripts(edited, given(before), given(now));
    expect(plots(text)).toEqual(['Ida runs.', 'She falls.', 'Heavy rain.', 'Fog.']);
    expect(text).toContain('plot: Heavy rain. # more');
    expect(kept).toEqual([]);
  });

  it('keeps what was edited where both changed, and says so', () => {
    const edited = script.replace('Rain.', 'Heavy rain.').replace('Snow.', 'Deep snow.');
    const now = before.replace('Rain.', 'Drizzle.').replace('INT. C\n\nSnow.\n', '');
    const { text, kept } = mergeScripts(edited, given(before), given(now));
    expect(plots(text)).toEqual(['Ida waits.', 'Heavy rain.', 'Deep snow.']);
    expect(kept).toEqual([
      'INT. B: changed in both',
      'INT. C: changed in the script, removed from the screenplay',
    ]);
  });

  it('keeps scenes of one’s own in their place, and does not bring removed ones back', () => {
    const data = given(before);
    const [a, b, c] = data.shots as [ScriptFile['shots'][0], ScriptFile['shots'][0], ScriptFile['shots'][0]];
    const edited = formatScript({ ...data, shots: [a, b, { plot: 'Mine.', scene: 'INT. MINE' }] });
    expect(c.plot).toBe('Snow.');
    const { text, kept } = mergeScripts(edited, data, given(`INT. NEW\n\nWind.\n\n${before.slice(13)}`));
    expect(plots(text)).toEqual(['Wind.', 'Ida waits.', 'Rain.', 'Mine.']);
    expect(kept).toEqual([]);
  });

  it('keeps ids and shots as they are written within a scene that grew', () => {
    const edited = script.replace('  - scene: INT. B', '  # the rain\n  - id: rain\n    scene: INT. B');
    const { text, kept } = mergeScripts(
      edited,
      given(before),
      given(before.replace('Rain.', 'Rain.\n\nThunder.')),
    );
    expect(text).toContain('# the rain\n  - id: rain\n');
    expect(plots(text)).toEqual(['Ida waits.', 'Rain.', 'Thunder.', 'Snow.']);
    expect(kept).toEqual([]);
  });

  it('adds, changes and removes people, but for those who were described anew', () => {
    const edited = script.replace('description: Ida waits.', 'description: A woman with red hair.');
    const now = before.replace('Ida waits.', 'Ida sleeps.').replace('Rain.', 'Tom comes.\n\nTOM\nHo.');
    const { text, kept } = mergeScripts(edited, given(before), given(now));
    const { characters } = parseScript(text, { file: 'script.yaml' });
    expect(characters.map(({ id, description }) => [id, description])).toEqual([
      ['Ida', 'A woman with red hair.'],
      ['Tom', 'Tom comes.'],
    ]);
    expect(kept).toEqual(['Ida: described anew in both']);
    const gone = mergeScripts(
      script,
      given(before),
      given(before.replace('Ida waits.\n\nIDA\nNo.', 'Wind.')),
    );
    expect(parseScript(gone.text, { file: 'script.yaml' }).characters).toEqual([]);
  });

  it('takes another title', () => {
    const { text } = mergeScripts(script, given(before), given(before.replace('Lamp', 'Light')));
    expect(text).toMatch(/^title: Light$/m);
  });

  it('gives the screenplay’s script where nothing was edited, and the edited one where the screenplay is as it was', () => {
    const scene = fc.tuple(
      fc.constantFrom('A', 'B', 'C'),
      fc.array(fc.constantFrom('Rain.', 'Snow.', 'IDA\nHo.')),
    );
    const screenplay = fc
      .array(scene, { minLength: 1, maxLength: 5 })
      .map((scenes) => scenes.map(([name, parts]) => [`INT. ${name}`, ...parts].join('\n\n')).join('\n\n'));
    fc.assert(
      fc.property(screenplay, screenplay, (one, two) => {
        const [first, second] = [given(one), given(two)];
        const taken = mergeScripts(formatScript(first), first, second);
        expect([parse(taken.text).shots, taken.kept]).toEqual([parse(formatScript(second)).shots, []]);
        expect(mergeScripts(formatScript(second), first, first).text).toBe(formatScript(second));
      }),
      { numRuns: 50 },
    );
  });
});

const parse = (text: string) => parseScript(text, { file: 'script.yaml' });
