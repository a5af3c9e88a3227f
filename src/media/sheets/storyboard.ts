import { dirname, resolve } from 'node:path';
import { writeFileAtomically } from '../../files/index.ts';
import { escapeHtml, htmlPage, relativeUrl } from './html.ts';

export interface StoryboardShot {
  /** The shot's number as people count, from 1. */
  readonly number: number;
  /** What the shot is called, where that is not its number. */
  readonly id?: string | undefined;
  readonly characters: readonly { readonly id: string; readonly expression: string }[];
  readonly elements: readonly string[];
  /** Sentences. */
  readonly plot: readonly string[];
  /** Heading of the scene. */
  readonly scene?: string | undefined;
  readonly dialogue?:
    | readonly { readonly speaker: string; readonly text: string; readonly tone?: string | undefined }[]
    | undefined;
  readonly narration?: readonly string[] | undefined;
  readonly notes?: readonly string[] | undefined;
  readonly seconds?: number | undefined;
  /** Paths of the keyframe and of the clip; relative ones count from the storyboard's folder. */
  readonly image?: string | undefined;
  readonly clip?: string | undefined;
  /** Whether `image` was made before the last change of script, settings or models. */
  readonly isOutdated?: boolean | undefined;
  /** Who was seen in `image`. */
  readonly check?: StoryboardCheck | undefined;
  /** All takes of `image`, where there are several. */
  readonly takes?: readonly StoryboardTake[] | undefined;
}

export interface StoryboardTake {
  /** From 1. */
  readonly number: number;
  /** Its picture, a path as that of `image`. */
  readonly image: string;
  /** Who was seen, in one line. */
  readonly summary: string;
  readonly isShown: boolean;
}

export interface StoryboardCheck {
  /** In one line. */
  readonly summary: string;
  /** Size of the picture in pixels, to which boxes refer. */
  readonly size: readonly [number, number];
  /** Left, top, right and bottom in pixels. */
  readonly faces: readonly {
    readonly box: readonly [number, number, number, number];
    readonly label: string;
    readonly passes: boolean;
  }[];
}

export interface Storyboard {
  readonly title: string;
  readonly characters: readonly {
    readonly id: string;
    /** A path like those of pictures, or a `data:` URL. */
    readonly face?: string | undefined;
    readonly description: string;
  }[];
  readonly shots: readonly StoryboardShot[];
  /** The whole film, shown on top. */
  readonly movie?: string | undefined;
  /** Width and height of film and clips in pixels; default 16 x 9. Players are higher by their controls. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

/**
 * Writes the script beside its pictures as one HTML file, atomically: no scripts, no other files but the pictures and
 * clips, which it links to relatively, so that the run folder can be moved. Same content, same bytes.
 */
export function writeStoryboard(path: string, board: Storyboard): Promise<void> {
  return writeFileAtomically(path, storyboardHtml(board, dirname(resolve(path))));
}

/** The page of `writeStoryboard`, to stand in the folder `folder`. */
export function storyboardHtml(board: Storyboard, folder: string): string {
  const link = (file: string): string =>
    escapeHtml(file.startsWith('data:') ? file : relativeUrl(file, folder));
  const { width = 16, height = 9 } = board.size ?? {};
  const film = board.movie && `<video controls preload="metadata" src="${link(board.movie)}"></video>`;
  const movie = film ? `\n<div class="movie player">${film}</div>` : '';
  const cast = board.characters.map(({ id, face, description }) => {
    const picture = face ? `<img src="${link(face)}" alt="" loading="lazy">` : '';
    return `<li>${picture}<div><b>${escapeHtml(id)}</b><p>${escapeHtml(description)}</p></div></li>`;
  });
  const seconds = board.shots.reduce((sum, shot) => sum + (shot.seconds ?? 0), 0);
  const length = seconds > 0 ? `, ${duration(seconds)}` : '';
  const body = `<header>
<h1>${escapeHtml(board.title)}</h1>
<p class="meta">${board.shots.length} ${board.shots.length === 1 ? 'shot' : 'shots'}${length}</p>${movie}
</header>
${cast.length > 0 ? `<ul class="cast">\n${cast.join('\n')}\n</ul>` : ''}
<main>
${board.shots.map((shot) => shotHtml(shot, link)).join('\n')}
</main>`;
  return htmlPage(board.title, body, playerStyle(width, height));
}

function shotHtml(shot: StoryboardShot, link: (file: string) => string): string {
  const people = shot.characters.map(({ id, expression }) => {
    const mood = expression ? ` <i>${escapeHtml(expression)}</i>` : '';
    return `<span class="person">${escapeHtml(id)}${mood}</span>`;
  });
  const elements = shot.elements.map((text) => `<span>${escapeHtml(text)}</span>`);
  const length = shot.seconds === undefined ? '' : `<span class="meta">${duration(shot.seconds)}</span>`;
  const name = shot.id === undefined ? '' : `<span class="meta id">${escapeHtml(shot.id)}</span>`;
  return `<article id="shot-${shot.number}">
<figure>${picture(shot, link)}</figure>
<div class="text">
<h2><a href="#shot-${shot.number}">${shot.number}</a>${name}${length}</h2>
${sceneHtml(shot)}<p class="plot">${escapeHtml(shot.plot.join(' '))}</p>${linesHtml(shot)}
<p class="tags">${[...people, ...elements].join(' ')}</p>${checkHtml(shot, link)}${takesHtml(shot, link)}
</div>
</article>`;
}

const sceneHtml = ({ scene }: StoryboardShot): string =>
  scene === undefined ? '' : `<p class="meta">${escapeHtml(scene)}</p>\n`;

/** What is said, and notes. */
function linesHtml({ dialogue = [], narration = [], notes = [] }: StoryboardShot): string {
  const said = dialogue.map(({ speaker, text, tone }) => {
    const how = tone === undefined ? '' : ` <i>${escapeHtml(tone)}</i>`;
    return `<p class="said"><b>${escapeHtml(speaker)}</b>${how} ${escapeHtml(text)}</p>`;
  });
  const told = narration.length > 0 ? [`<p class="said"><i>${escapeHtml(narration.join(' '))}</i></p>`] : [];
  const noted = notes.map((text) => `<p class="note">${escapeHtml(text)}</p>`);
  const all = [...said, ...told, ...noted];
  return all.length > 0 ? `\n${all.join('\n')}` : '';
}

/** The verdict; opened, the picture with a box around each face. */
function checkHtml({ check, image }: StoryboardShot, link: (file: string) => string): string {
  if (!check || !image) return '';
  const [width, height] = check.size;
  const percent = (v: number, of: number): string => `${((100 * v) / of).toFixed(2)}%`;
  const boxes = check.faces.map(({ box: [x0, y0, x1, y1], label, passes }) => {
    const place =
      `left:${percent(x0, width)};top:${percent(y0, height)};` +
      `width:${percent(x1 - x0, width)};height:${percent(y1 - y0, height)}`;
    return `<div class="face${passes ? '' : ' wrong'}" style="${place}"><span>${escapeHtml(label)}</span></div>`;
  });
  return `
<details class="check"><summary>${escapeHtml(check.summary)}</summary>
<div class="faces"><img src="${link(image)}" alt="" loading="lazy">${boxes.join('')}</div></details>`;
}

/** All takes, the one that is shown marked. */
function takesHtml({ takes = [] }: StoryboardShot, link: (file: string) => string): string {
  if (takes.length === 0) return '';
  const all = takes.map(({ number, image, summary, isShown }) => {
    const label = `take ${number}${isShown ? ', shown' : ''}: ${escapeHtml(summary)}`;
    return `<li${isShown ? ' class="shown"' : ''}><img src="${link(image)}" alt="Take ${number}" loading="lazy"><span>${label}</span></li>`;
  });
  return `
<details class="check"><summary>${takes.length} takes</summary>
<ul class="takes">${all.join('')}</ul></details>`;
}

/** Players with room for their controls below the picture, which would cover a small one. */
const playerStyle = (width: number, height: number): string => `
.player { container-type: inline-size; background: #000; overflow: hidden }
.player video { width: 100%; height: calc(100cqw * ${height} / ${width} + 4.75rem); object-fit: contain;
  object-position: 50% 0; display: block }
figcaption { padding: .35rem 1.1rem; background: var(--line); color: var(--soft); font: .8rem/1.4 system-ui, sans-serif }
.id { margin: 0 auto 0 .6rem }
.check { color: var(--soft); font-size: .85rem }
.faces { position: relative; margin-top: .5rem }
.faces img { display: block; width: 100% }
.said { margin: .3rem 0 0 }
.note { margin: .3rem 0 0; color: var(--soft); font-size: .85rem }
.takes { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .6rem; margin: .5rem 0 0; padding: 0;
  list-style: none }
.takes img { display: block; width: 100%; border: 2px solid transparent }
.takes .shown img { border-color: #2a9d4a }
.face { position: absolute; border: 2px solid #2a9d4a }
.face.wrong { border-color: #d33 }
.face span { position: absolute; top: 100%; left: -2px; padding: 0 .3rem; background: #2a9d4a; color: #fff;
  font: .7rem/1.4 system-ui, sans-serif; white-space: nowrap }
.face.wrong span { background: #d33 }
`;

function picture(shot: StoryboardShot, link: (file: string) => string): string {
  if (shot.clip) {
    const poster = shot.image ? ` poster="${link(shot.image)}"` : '';
    const clip = `<video controls loop muted playsinline preload="none"${poster} src="${link(shot.clip)}"></video>`;
    return `<div class="player">${clip}</div>`;
  }
  const note = shot.isOutdated ? '<figcaption>made before the last change</figcaption>' : '';
  if (shot.image) return `<img src="${link(shot.image)}" alt="Shot ${shot.number}" loading="lazy">${note}`;
  return '<div class="empty">no picture yet</div>';
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${Number(seconds.toFixed(1))} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
