import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyOf, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { type DreamEvent, type DreamOptions, MovieDreamer, RunFolder, readScript } from './index.ts';

const head = `characters:
  mara: { face: mara.png, description: A woman with long red hair. }
  tom: { face: tom.png, description: A bald man. He limps. }
shots:
`;
const line = (plot: string, id?: string): string =>
  `  - { ${id ? `id: ${id}, ` : ''}characters: [tom], plot: ${plot}, seconds: 0.25 }\n`;
const plots = ['Tom runs.', 'Mara waits at the pier.', 'The sea at night.', 'They laugh.'];
const of = (...shots: string[]): string => head + shots.map((shot) => line(shot)).join('');

describe('a finished film whose script changes', () => {
  let film: TinyFilm;
  let dreamer: MovieDreamer;
  let base: string;
  let files: Record<string, string>;

  async function dream(
    out: string,
    text: string,
    options: Omit<DreamOptions, 'out'> = {},
  ): Promise<DreamEvent[]> {
    await writeFile(film.script, text);
    const events: DreamEvent[] = [];
    for await (const event of dreamer.dream(await readScript(film.script), { out, ...options }))
      events.push(event);
    return events;
  }
  /** What was made, by ids: `keyframe 2a`. */
  const made = (events: readonly DreamEvent[]): string[] =>
    events.flatMap((event) =>
      'reused' in event && !event.reused ? ['id' in event ? `${event.type} ${event.id}` : event.type] : [],
    );
  const notices = (events: readonly DreamEvent[]): string =>
    events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])).join('\n');
  const copy = (name: string): Promise<string> => copyOf(base, join(film.folder, name));
  const idsIn = async (out: string): Promise<string[]> =>
    (await RunFolder.read(out)).state.shots.map(({ id }) => id);
  /** The pictures and clips of a film that are the bytes of the finished one. */
  async function unchanged(out: string): Promise<string[]> {
    const now = await filesOf(out);
    return Object.keys(files).filter((name) => /png|clips/.test(name) && now[name] === files[name]);
  }
  const picturesUnchanged = async (out: string): Promise<string[]> =>
    (await unchanged(out)).filter((name) => name.endsWith('.png'));
  const shots = (...ids: string[]): string[] => [
    ...ids.map((id) => `clips/000${id}.mp4`),
    ...ids.map((id) => `keyframes/000${id}.png`),
  ];

  beforeAll(async () => {
    film = await tinyFilm(of(...plots));
    const [, preset, , weights] = film.models as [string, string, string, string];
    dreamer = await MovieDreamer.load(preset, { weights, threads: 1 });
    base = join(film.folder, 'base');
    await dream(base, of(...plots), { seed: 7 });
    files = await filesOf(base);
  });
  afterAll(async () => {
    await dreamer.close();
    await film.remove();
  });

  const [one, two, three, four] = plots as [string, string, string, string];
  const gull = 'A gull cries.';

  it('inserted with keepLater: one keyframe and one clip more, exactly', async () => {
    const out = await copy('insert-keep');
    const events = await dream(out, of(one, two, gull, three, four), { keepLater: true });
    expect(made(events)).toEqual(['tokens 2a', 'keyframe 2a', 'clip 2a', 'movie']);
    expect(notices(events)).toContain('new in the script: shot 3 (id 2a)');
    expect(notices(events)).toContain('shots 4 (id 3), 5 (id 4): tokens kept');
    expect(await unchanged(out)).toEqual(shots('1', '2', '3', '4'));
    expect(Object.keys(await filesOf(out))).toContain('keyframes/0002a.png');
    // it stays so, and the next change is another one
    expect(made(await dream(out, of(one, two, gull, three, four)))).toEqual([]);
    expect(
      made(await dream(out, of(one, two, gull, three, `${four} They cry.`), { keepLater: true })),
    ).toEqual([...['tokens 4', 'keyframe 4', 'clip 4', 'movie']]);
    // and can be taken back
    const back = await dream(out, of(one, two, gull, three, four), { keepLater: false });
    expect(made(back)).toEqual([
      ...['tokens 3', 'tokens 4', 'keyframe 3', 'keyframe 4', 'clip 3', 'clip 4', 'movie'],
    ]);
    expect(await picturesUnchanged(out)).toEqual(['keyframes/0001.png', 'keyframes/0002.png']);
  });

  it('inserted without it: the shots after it follow, and it says so', async () => {
    const out = await copy('insert');
    const events = await dream(out, of(one, two, gull, three, four));
    expect(made(events)).toEqual([
      ...['tokens 2a', 'tokens 3', 'tokens 4'],
      ...['keyframe 2a', 'keyframe 3', 'keyframe 4', 'clip 2a', 'clip 3', 'clip 4', 'movie'],
    ]);
    expect(notices(events)).toMatch(
      /shots 4 \(id 3\), 5 \(id 4\): made again, because they follow from the shots before; --keep-later keeps them/,
    );
    expect(await picturesUnchanged(out)).toEqual(['keyframes/0001.png', 'keyframes/0002.png']);
  });

  it('stopped after an insert, it can still keep the later ones', async () => {
    const out = await copy('insert-stopped');
    await dream(out, of(one, two, gull, three, four), { stage: 'tokens', shots: ['2a'] });
    const events = await dream(out, of(one, two, gull, three, four), { keepLater: true });
    expect(made(events)).toEqual(['keyframe 2a', 'clip 2a', 'movie']);
    expect(await unchanged(out)).toEqual(shots('1', '2', '3', '4'));
  });

  it('removed with keepLater: nothing but the movie; the files of the shot go', async () => {
    const out = await copy('remove');
    const events = await dream(out, of(one, three, four), { keepLater: true });
    expect(made(events)).toEqual(['movie']);
    expect(notices(events)).toContain('no longer in the script: the former shot 2');
    expect(await unchanged(out)).toEqual(shots('1', '3', '4'));
    expect(Object.keys(await filesOf(out))).not.toContain('keyframes/0002.png');
  });

  it('removed without it: the shots after it follow', async () => {
    const out = await copy('remove-follow');
    const followed = ['3', '4'];
    expect(made(await dream(out, of(one, three, four)))).toEqual([
      ...['tokens', 'keyframe', 'clip'].flatMap((kind) => followed.map((id) => `${kind} ${id}`)),
      'movie',
    ]);
  });

  it('moved with keepLater: nothing but the movie', async () => {
    const out = await copy('move');
    const events = await dream(out, of(four, one, two, three), { keepLater: true });
    expect(made(events)).toEqual(['movie']);
    expect(notices(events)).toContain('moved in the script: now shot 1 (id 4)');
    expect(await unchanged(out)).toEqual(shots('1', '2', '3', '4'));
    expect(await idsIn(out)).toEqual(['4', '1', '2', '3']);
  });

  it('moved without it: all from the first place that changed', async () => {
    const out = await copy('move-follow');
    const events = await dream(out, of(one, four, two, three));
    expect(made(events).filter((name) => name.startsWith('keyframe'))).toEqual([
      ...['keyframe 4', 'keyframe 2', 'keyframe 3'],
    ]);
    expect(await unchanged(out)).toEqual(shots('1'));
  });

  it('takes and own settings go with their shot', async () => {
    const out = await copy('takes');
    await dream(out, of(...plots), { reroll: [3] });
    await dream(out, of(...plots), { shots: [4], steps: 2 });
    const before = await filesOf(out);
    const events = await dream(out, of(gull, one, two, three, four), { keepLater: true });
    expect(made(events)).toEqual(['tokens 0a', 'keyframe 0a', 'clip 0a', 'movie']);
    const after = await filesOf(out);
    for (const name of shots('1', '2', '3', '4')) expect(after[name], name).toBe(before[name]);
    const { shots: states } = (await RunFolder.read(out)).state;
    expect(states.map(({ id, take, settings }) => [id, take, settings])).toEqual([
      ...[
        ['0a', 0, {}],
        ['1', 0, {}],
        ['2', 0, {}],
        ['3', 1, {}],
        ['4', 0, { steps: 2 }],
      ],
    ]);
  });

  it('edited: its id stays, and a film made at once is the same', async () => {
    const out = await copy('edit');
    await dream(out, of(one, 'Mara sleeps at the pier.', three, four));
    const fresh = join(film.folder, 'edited-fresh');
    await dream(fresh, of(one, 'Mara sleeps at the pier.', three, four), { seed: 7 });
    expect(await filesOf(out)).toEqual(await filesOf(fresh));
  });

  it('with ids that the script gives: a film made at once is the same as one that came to it by editing', async () => {
    const named = (...list: [string, string][]): string =>
      head + list.map(([plot, id]) => line(plot, id)).join('');
    const before = named([one, 'pier'], [three, 'sea'], [four, 'end']);
    const after = named([one, 'pier'], [gull, 'gull'], [four, 'end'], [three, 'sea']);
    const edited = join(film.folder, 'ids-edited');
    await dream(edited, before, { seed: 7 });
    await dream(edited, after);
    const fresh = join(film.folder, 'ids-fresh');
    await dream(fresh, after, { seed: 7 });
    expect(await filesOf(edited)).toEqual(await filesOf(fresh));
    expect(Object.keys(await filesOf(fresh))).toContain('keyframes/gull.png');
  });

  it('named afterwards: nothing is made again, and the name is what events say', async () => {
    const out = await copy('named');
    const text = head + line(one, 'pier') + line(two) + line(three) + line(four);
    const events = await dream(out, text);
    expect(made(events)).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'keyframe',
        shot: 1,
        id: 'pier',
        path: join(out, 'keyframes/0001.png'),
      }),
    );
  });

  it('plans what it then makes, and changes nothing by planning', async () => {
    const out = await copy('plan');
    await writeFile(film.script, of(one, gull, three, four));
    const script = await readScript(film.script);
    const plan = await dreamer.plan(script, { out });
    expect(await filesOf(out)).toEqual(files);
    const todo = plan.jobs.filter(({ status }) => status !== 'reuse');
    expect(todo.map(({ id, status, reason }) => `${id} ${status}: ${reason}`)).toEqual([
      'tokens:2 make: changed text',
      'tokens:3 make: shots before it have changed',
      'tokens:4 make: shots before it have changed',
      'keyframe:2 unknown: depends on tokens 2',
      'keyframe:3 unknown: depends on tokens 3',
      'keyframe:4 unknown: depends on tokens 4',
      'clip:2 unknown: depends on keyframe 2',
      'clip:3 unknown: depends on keyframe 3',
      'clip:4 unknown: depends on keyframe 4',
      'movie unknown: depends on clip 2, clip 3, clip 4',
    ]);
    expect(JSON.parse(JSON.stringify(plan.jobs))).toEqual(plan.jobs);
    const reasons = async (options: Partial<DreamOptions>): Promise<(string | null)[]> => {
      await writeFile(film.script, of(...plots));
      const { jobs } = await dreamer.plan(await readScript(film.script), { out, ...options });
      return [
        ...new Set(
          jobs.filter(({ status }) => status !== 'reuse').map(({ id, reason }) => `${id} ${reason}`),
        ),
      ];
    };
    expect(await reasons({ guidance: 3, shots: [2] })).toContain('keyframe:2 asked for');
    expect(await reasons({ guidance: 3 })).toContain('keyframe:2 settings: guidance 1.5 -> 3');
    expect(await reasons({ seed: 8 })).toContain('tokens:1 another seed');
    expect(await reasons({ reroll: [2] })).toEqual([
      ...['tokens:2 new take', 'keyframe:2 depends on tokens 2', 'clip:2 depends on keyframe 2'],
      'movie depends on clip 2',
    ]);
  });
});
