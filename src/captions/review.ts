import { dirname, resolve } from 'node:path';
import { writeFileAtomically } from '../files/index.ts';
import { escapeHtml, htmlPage, relativeUrl } from '../media/index.ts';
import type { ScriptFile } from '../script/index.ts';
import type { CaptionedFilm, CaptionedShot } from './captioned.ts';
import { type FaceView, viewsOf } from './portraits.ts';
import { reviewStyle } from './reviewStyle.ts';
import { timeCode } from './timeCode.ts';

export interface ReviewOptions {
  readonly captioned: CaptionedFilm;
  readonly script: ScriptFile;
  /** Names by identity. */
  readonly names: ReadonlyMap<string, string>;
  /** Width and height of the keyframes in pixels. */
  readonly size: { readonly width: number; readonly height: number };
}

/** Faces nearer to another identity than this to their own, in cosine, are marked. */
const doubtful = 0.1;
/** Most faces of a person that are shown; the doubtful come first. */
const mostFaces = 120;

/**
 * Writes a page to look at a film's script with: everybody with all faces, the doubtful first, and every keyframe beside its
 * line. One file without scripts; pictures are linked to relatively. Same content, same bytes.
 */
export function writeReview(path: string, options: ReviewOptions): Promise<void> {
  return writeFileAtomically(path, reviewHtml(options, dirname(resolve(path))));
}

export function reviewHtml({ captioned, script, names, size }: ReviewOptions, folder: string): string {
  const link = (file: string): string => escapeHtml(relativeUrl(file, folder));
  const { film, shots, leftOut, characters } = captioned;
  const views = [...viewsOf(film)].map(([identity, faces]) => ({ identity, faces: byDoubt(faces) }));
  views.sort((a, b) => doubtOf(a.faces) - doubtOf(b.faces) || (a.identity < b.identity ? -1 : 1));
  const people = views.map(({ identity, faces }) =>
    personHtml(identity, names.get(identity) ?? identity, characters.get(identity), faces, size, link),
  );
  const lines = shots.map((shot, i) => shotHtml(shot, script.shots[i], captioned, link));
  const missing = leftOut.map(
    ({ kind, what, reason }) => `<li>${escapeHtml(kind)} of ${escapeHtml(what)}: ${escapeHtml(reason)}</li>`,
  );
  const title = script.title ?? film.title;
  const body = `<header>
<h1>${escapeHtml(title)}</h1>
<p class="meta">${film.frames.length} keyframes, ${shots.length} shots with lines, ${views.length} people; captions by ${escapeHtml(captioned.models.captioner.id)}, script by ${escapeHtml(captioned.models.scripter.id)}</p>
</header>
<section><h2>People</h2>
<p class="hint">Faces with a small margin come first: they may be somebody else's. The number is how much nearer a face is to its own
person than to the next one. What is wrong is put right in <code>cast.yaml</code> beside this page; the same command then takes it over.
The fields show the lines to write: edit and copy them.</p>
${people.join('\n')}
</section>
${missing.length > 0 ? `<section><h2>Left out</h2><ul class="left">${missing.join('')}</ul></section>` : ''}
<h2>Lines</h2>
<main>
${lines.join('\n')}
</main>`;
  return htmlPage(`${title}: review`, body, reviewStyle);
}

type Link = (file: string) => string;

const marginOf = ({ margin }: FaceView): number => margin ?? Number.POSITIVE_INFINITY;
const doubtOf = (faces: readonly FaceView[]): number =>
  faces[0] ? marginOf(faces[0]) : Number.POSITIVE_INFINITY;
const byDoubt = (faces: readonly FaceView[]): FaceView[] =>
  [...faces].sort((a, b) => marginOf(a) - marginOf(b) || a.frame.seconds - b.frame.seconds);

function personHtml(
  identity: string,
  name: string,
  description: string | undefined,
  faces: readonly FaceView[],
  size: ReviewOptions['size'],
  link: Link,
): string {
  const shown = faces.slice(0, mostFaces).map((face) => faceHtml(face, size, link));
  const more =
    faces.length > mostFaces ? `<span class="meta">and ${faces.length - mostFaces} more</span>` : '';
  const isDoubtful = doubtOf(faces) < doubtful;
  const suggestion = castLines(identity, name, faces.filter((face) => marginOf(face) < doubtful).slice(0, 8));
  return `<article class="person${isDoubtful ? ' doubtful' : ''}" id="${escapeHtml(identity)}">
<h3>${escapeHtml(name)}${name === identity ? '' : ` <span class="meta">${escapeHtml(identity)}</span>`} <span class="meta">${faces.length} ${faces.length === 1 ? 'face' : 'faces'}${isDoubtful ? ', some doubtful' : ''}</span></h3>
${description ? `<p class="plot">${escapeHtml(description)}</p>` : ''}
<div class="faces">${shown.join('')}${more}</div>
<details><summary>lines for cast.yaml</summary><textarea rows="${suggestion.split('\n').length}" spellcheck="false" aria-label="lines for cast.yaml">${escapeHtml(suggestion)}</textarea></details>
</article>`;
}

/** A square of the keyframe around the face, cut by style alone. */
function faceHtml(face: FaceView, { width, height }: ReviewOptions['size'], link: Link): string {
  const { box, frame, margin } = face;
  const side = 1.5 * Math.max(box[2], box[3]);
  const [left, top] = [box[0] + box[2] / 2 - side / 2, box[1] + box[3] / 2 - side / 2 - 0.07 * side];
  const percent = (value: number): string => `${((100 * value) / side).toFixed(1)}%`;
  const style = `width:${percent(width)};height:${percent(height)};left:${percent(-left)};top:${percent(-top)}`;
  const label = margin === undefined ? '' : margin.toFixed(2);
  return (
    `<a class="face${marginOf(face) < doubtful ? ' wrong' : ''}" href="#${anchor(frame.shot)}" title="${escapeHtml(frame.id)}, ${timeCode(frame.seconds)}">` +
    `<span class="cut"><img src="${link(frame.picture)}" alt="" loading="lazy" style="${style}"></span><span>${label}</span></a>`
  );
}

/** What would be written into cast.yaml: the name, another identity as the name to merge, doubtful faces moved or split off. */
function castLines(identity: string, name: string, doubts: readonly FaceView[]): string {
  const faces = doubts.map(({ frame, box }) => {
    const place = frame.people.findIndex(({ face }) => face?.box === box) + 1;
    return `  ${frame.id.slice(frame.id.lastIndexOf('/') + 1)}/${place}: ~ # nobody, or the id of who it is`;
  });
  return [
    'identities:',
    `  ${identity}: ${name === identity ? '~ # a name; an id such as person-01 to be one with that person' : JSON.stringify(name)}`,
    ...(faces.length > 0 ? ['faces:', ...faces] : []),
    `# split: { ${identity}: 2 } # where these are two people`,
  ].join('\n');
}

const anchor = (shot: number): string => `shot-${shot + 1}`;

function shotHtml(
  shot: CaptionedShot,
  line: ScriptFile['shots'][number] | undefined,
  { film }: CaptionedFilm,
  link: Link,
): string {
  const { from, to } = film.shots[shot.shot] as { from: number; to: number };
  const people = Object.entries((line?.characters ?? {}) as Record<string, string | null>).map(
    ([name, mood]) =>
      `<span class="person">${escapeHtml(name)}${mood ? ` <i>${escapeHtml(mood)}</i>` : ''}</span>`,
  );
  const elements = (line?.elements ?? []).map((text) => `<span>${escapeHtml(text)}</span>`);
  const plot = [line?.plot ?? []].flat().join(' ');
  const frames = shot.frames.map((frame, i) => {
    const caption = shot.captions[i]?.text ?? 'no caption';
    return `<figure${frame === shot.frame ? ' class="chosen"' : ''}><img src="${link(frame.picture)}" alt="" loading="lazy"><figcaption>${timeCode(frame.seconds)} ${escapeHtml(caption)}</figcaption></figure>`;
  });
  return `<article id="${anchor(shot.shot)}">
<figure><img src="${link(shot.frame.picture)}" alt="Shot ${shot.shot + 1}" loading="lazy"></figure>
<div class="text">
<h2><a href="#${anchor(shot.shot)}">${shot.shot + 1}</a><span class="meta">${timeCode(from)} - ${timeCode(to)}</span></h2>
<p class="plot">${escapeHtml(plot)}</p>
<p class="tags">${[...people, ...elements].join(' ')}</p>
<details><summary>${frames.length} ${frames.length === 1 ? 'keyframe' : 'keyframes'} with captions</summary><div class="frames">${frames.join('')}</div></details>
</div>
</article>`;
}
