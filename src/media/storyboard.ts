import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { writeFileAtomically } from '../files/index.ts';

export interface StoryboardShot {
  /** The shot's number as people count, from 1. */
  readonly number: number;
  readonly characters: readonly { readonly id: string; readonly expression: string }[];
  readonly elements: readonly string[];
  /** Sentences. */
  readonly plot: readonly string[];
  readonly seconds?: number | undefined;
  /** Paths of the keyframe and of the clip; relative ones count from the storyboard's folder. */
  readonly image?: string | undefined;
  readonly clip?: string | undefined;
}

export interface Storyboard {
  readonly title: string;
  readonly characters: readonly {
    readonly id: string;
    readonly face?: string | undefined;
    readonly description: string;
  }[];
  readonly shots: readonly StoryboardShot[];
  /** The whole film, shown on top. */
  readonly movie?: string | undefined;
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
  const link = (file: string): string => escapeHtml(relativeUrl(file, folder));
  const movie = board.movie
    ? `\n<video class="movie" controls preload="metadata" src="${link(board.movie)}"></video>`
    : '';
  const cast = board.characters.map(({ id, face, description }) => {
    const picture = face ? `<img src="${link(face)}" alt="" loading="lazy">` : '';
    return `<li>${picture}<div><b>${escapeHtml(id)}</b><p>${escapeHtml(description)}</p></div></li>`;
  });
  const seconds = board.shots.reduce((sum, shot) => sum + (shot.seconds ?? 0), 0);
  const length = seconds > 0 ? `, ${duration(seconds)}` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(board.title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(board.title)}</h1>
<p class="meta">${board.shots.length} ${board.shots.length === 1 ? 'shot' : 'shots'}${length}</p>${movie}
</header>
${cast.length > 0 ? `<ul class="cast">\n${cast.join('\n')}\n</ul>` : ''}
<main>
${board.shots.map((shot) => shotHtml(shot, link)).join('\n')}
</main>
</body>
</html>
`;
}

function shotHtml(shot: StoryboardShot, link: (file: string) => string): string {
  const people = shot.characters.map(({ id, expression }) => {
    const mood = expression ? ` <i>${escapeHtml(expression)}</i>` : '';
    return `<span class="person">${escapeHtml(id)}${mood}</span>`;
  });
  const elements = shot.elements.map((text) => `<span>${escapeHtml(text)}</span>`);
  const length = shot.seconds === undefined ? '' : `<span class="meta">${duration(shot.seconds)}</span>`;
  return `<article id="shot-${shot.number}">
<figure>${picture(shot, link)}</figure>
<div class="text">
<h2><a href="#shot-${shot.number}">${shot.number}</a>${length}</h2>
<p class="plot">${escapeHtml(shot.plot.join(' '))}</p>
<p class="tags">${[...people, ...elements].join(' ')}</p>
</div>
</article>`;
}

function picture(shot: StoryboardShot, link: (file: string) => string): string {
  if (shot.clip) {
    const poster = shot.image ? ` poster="${link(shot.image)}"` : '';
    return `<video controls loop muted playsinline preload="none"${poster} src="${link(shot.clip)}"></video>`;
  }
  if (shot.image) return `<img src="${link(shot.image)}" alt="Shot ${shot.number}" loading="lazy">`;
  return '<div class="empty">no picture yet</div>';
}

/** Text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (c) => entities[c]!);
}

function relativeUrl(file: string, folder: string): string {
  const path = isAbsolute(file) ? relative(folder, file) : file;
  return path.split(sep).map(encodeURIComponent).join('/');
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${Number(seconds.toFixed(1))} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const style = `
:root { color-scheme: light dark; --paper: #faf9f6; --card: #fff; --ink: #26262b; --soft: #6d6d78; --line: #e4e2dc; --accent: #a2502d }
@media (prefers-color-scheme: dark) {
  :root { --paper: #17171a; --card: #212126; --ink: #e9e7e2; --soft: #9b9aa5; --line: #34343b; --accent: #e0936c }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 92rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 Georgia, 'Times New Roman', serif }
h1 { margin: 0; font-size: 2.4rem; line-height: 1.15; font-weight: 500 }
.meta { color: var(--soft); font: .85rem/1.5 system-ui, sans-serif }
header .meta { margin: .3rem 0 1.5rem }
.movie { width: 100%; max-width: 56rem; border-radius: .5rem; background: #000; display: block }
.cast { list-style: none; margin: 2rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: 1rem 2rem }
.cast li { display: flex; gap: .8rem; align-items: center; max-width: 24rem }
.cast img { width: 4rem; height: 4rem; object-fit: cover; border-radius: 50%; border: 1px solid var(--line) }
.cast p { margin: 0; font-size: .9rem; color: var(--soft) }
main { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)) }
article { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; overflow: hidden }
article:target { outline: 2px solid var(--accent) }
figure { margin: 0; background: #000 }
figure img, figure video { display: block; width: 100%; height: auto }
.empty { padding: 4rem 1rem; text-align: center; background: var(--line); color: var(--soft) }
.text { padding: .9rem 1.1rem 1.1rem }
h2 { margin: 0; display: flex; justify-content: space-between; align-items: baseline; font-size: 1rem; font-weight: 600 }
h2 a { color: var(--accent); text-decoration: none }
.plot { margin: .4rem 0 .8rem }
.tags { margin: 0; display: flex; flex-wrap: wrap; gap: .35rem; font: .8rem/1.4 system-ui, sans-serif; color: var(--soft) }
.tags span { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .6rem }
.tags .person { color: var(--accent); border-color: currentColor }
@media print { body { max-width: none; padding: 0 } article { break-inside: avoid } }
`;
