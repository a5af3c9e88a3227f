import { defaultFaceThreshold } from '../evaluation/index.ts';
import type { ClipQualities } from './clipQuality.ts';
import type { ClipFigures } from './clips.ts';
import {
  clipSim,
  emptyRight,
  longTerm,
  meanClipScore,
  quarters,
  type SeenEpisode,
  share,
  shortTerm,
} from './measures.ts';
import { faceKey, isRightPerson, type Stranger } from './people.ts';
import type { ProbedSets } from './probes.ts';
import { type Row, row } from './rows.ts';

/** Everything that was seen. */
export interface Seen extends ProbedSets {
  readonly 'tokens-only': readonly SeenEpisode[];
}

type Name = keyof Seen;

/** Reconstruction from two true tokens, and who is recognised in it (paper 3.2, 3.3, Table 3, figure 3). */
export function reconstructionRows(seen: Seen, strangers: readonly Stranger[], people: number): Row[] {
  const right = (name: Name): number => recognised(seen[name], strangers, people);
  const ceilings = { truth: right('truth'), VAE: right('vae') };
  const withRows = right('reconstruction');
  const among = `right person among ${people}`;
  return [
    row('reconstruction CLIP-sim, two true tokens + identity rows', {
      figure: clipSim(seen.reconstruction, seen.truth),
      ceilings: { VAE: clipSim(seen.vae, seen.truth) },
      atLeast: 0.92,
      paper: '0.825 (Table 3)',
    }),
    row(`identity after VAE round trips: ${among}`, {
      figure: ceilings.VAE,
      ceilings: { truth: ceilings.truth },
      atLeast: 0.91,
    }),
    row(`identity after reconstruction, with identity rows: ${among}`, {
      figure: withRows,
      ceilings,
      atLeast: 0.85,
      paper: 'figure 3',
    }),
    row(`identity after reconstruction, tokens only: ${among}`, {
      figure: right('tokens-only'),
      ceilings,
      atMost: withRows - 0.15,
      rule: '0.15 below that with rows',
      paper: 'figure 3',
    }),
  ];
}

/** Share of people, cut at their true place, who are nearest to their own portrait: 0 .. 1. */
export function recognised(
  seen: readonly SeenEpisode[],
  strangers: readonly Stranger[],
  count: number,
): number {
  return share(
    seen.flatMap(({ shots, looks, portraits }) =>
      looks.flatMap(({ known }, s) =>
        shots[s]!.people.map((person, i) => {
          const own = { face: faceKey(person.identity), portrait: portraits.get(person.id) as Float32Array };
          return isRightPerson(known[i]!.who, own, strangers, count) ? 1 : 0;
        }),
      ),
    ),
  );
}

const papers = {
  'zero-shot': { lt: '0.814', st: '0.646', lt_bar: 0.95, f1_bar: 0.97 },
  'few-shot': { lt: '0.893', st: '0.701', lt_bar: 0.95, f1_bar: 0.97 },
} as const;

/** LT, F1, ST and CLIP score of the films (paper 4.3). `without` says why there is no face detector. */
export function filmRows(
  seen: Seen,
  texts: readonly (readonly (readonly Float32Array[])[])[],
  without: string | undefined,
): Row[] {
  const rows: Row[] = [];
  const others = { truth: seen.truth, VAE: seen.vae, 'true tokens': seen.reconstruction };
  const ceilings = (of: (s: readonly SeenEpisode[]) => number | undefined) =>
    Object.fromEntries(Object.entries(others).map(([name, s]) => [name, of(s)]));
  const faces = (part: 'recall' | 'precision' | 'f1') => (s: readonly SeenEpisode[]) =>
    longTerm(s, defaultFaceThreshold)?.[part];
  const absent = without ? { without } : {};
  const score = (s: readonly SeenEpisode[]): number => meanClipScore(s, texts);
  const [trueSt, trueScore] = [shortTerm(seen.truth), score(seen.truth)];
  for (const film of ['zero-shot', 'few-shot'] as const) {
    const paper = papers[film];
    const line = (what: string, of: (s: readonly SeenEpisode[]) => number | undefined) => ({
      what: `${film} ${what}`,
      draft: { figure: of(seen[film]), ceilings: ceilings(of) },
    });
    const lt = line('LT', faces('recall'));
    rows.push(row(lt.what, { ...lt.draft, ...absent, atLeast: paper.lt_bar, paper: paper.lt }));
    const precision = line('LT precision', faces('precision'));
    rows.push(row(precision.what, { ...precision.draft, ...absent }));
    const f1 = line('F1', faces('f1'));
    rows.push(row(f1.what, { ...f1.draft, ...absent, atLeast: paper.f1_bar }));
    const empty = line('shots without people are empty', emptyRight);
    rows.push(
      row(empty.what, { ...empty.draft, without: without ?? 'every script names somebody', atLeast: 0.98 }),
    );
    const st = line('ST', shortTerm);
    const stBar = trueSt === undefined ? {} : { atLeast: 0.95 * trueSt, rule: "0.95 of the truth's own" };
    rows.push(row(st.what, { ...st.draft, ...stBar, without: 'nobody is in two shots', paper: paper.st }));
    const clip = line('CLIP score', score);
    const rule = "0.93 of the truth's own";
    rows.push(row(clip.what, { ...clip.draft, atLeast: 0.93 * trueScore, rule, paper: '19.584' }));
  }
  return rows;
}

/** How much LT falls from the first quarter of a long film to the last. */
export function longRow(film: SeenEpisode, truth: SeenEpisode, without: string | undefined): Row {
  const fall = (seen: SeenEpisode): number | undefined => {
    const both = quarters(seen, defaultFaceThreshold);
    return both && both.first - both.last;
  };
  const parts = quarters(film, defaultFaceThreshold);
  const shown = parts ? ` (${parts.first.toFixed(3)} to ${parts.last.toFixed(3)})` : '';
  return row(`${film.shots.length} shots: fall of LT from the first quarter to the last${shown}`, {
    figure: fall(film),
    ...(without ? { without } : {}),
    ceilings: { truth: fall(truth) },
    atMost: 0.03,
    paper: 'figures only',
  });
}

/** Clips over several segments (paper 3.5, Table 2); the ceiling is a keyframe through the VAE that does not move. */
export function clipRows(
  { keyframe, lastFrame }: ClipFigures,
  segments: number,
  ceilings: Readonly<Record<string, number>>,
): Row[] {
  const what = `clips of ${segments} segments: CLIP-sim of the last one's frames to the keyframe`;
  return [
    row(`${what}, anchored`, { figure: keyframe, ceilings, atLeast: 0.9, paper: '0.704 (Table 2)' }),
    row(`${what}, last-frame conditioning`, {
      figure: lastFrame,
      ceilings,
      atMost: keyframe - 0.05,
      rule: '0.05 below that with the anchor',
    }),
  ];
}

/** Clips of 3 seconds: what their last frame keeps of the first, and how much moves; the ceilings are the true clips'. */
export function clipQualityRows({ made, truth }: ClipQualities): Row[] {
  const ratio = (figure: number | undefined, ceiling: number | undefined) => ({
    figure,
    ceilings: { truth: ceiling },
  });
  return [
    row('clips of 3 s: likeness of the last frame’s faces over the first’s', {
      ...{ ...ratio(made.identity, truth.identity), without: 'nobody is seen', atLeast: 0.95 },
    }),
    row('clips of 3 s: fine detail of the last frame over the first’s', {
      ...{ ...ratio(made.detail, truth.detail), atLeast: 0.9 },
    }),
    row('clips of 3 s: optical change over the true clips’', {
      figure: truth.change > 0 ? made.change / truth.change : undefined,
      without: 'nothing moves in the true clips',
      ...{ ceilings: { truth: 1 }, atLeast: 0.8 },
    }),
  ];
}
