import { escapeHtml, htmlPage, relativeUrl } from '../media/index.ts';
import { type Evaluation, valueText } from './evaluation.ts';
import type { ScoredFace, ShotScores } from './shotScores.ts';
import { worstFirst } from './worstFirst.ts';

/**
 * The page of an evaluation, to stand in `folder`: the metrics, then every picture beside its script lines, worst first,
 * with the faces that were found. No scripts, no other files but the pictures, which it links to relatively.
 */
export function evaluationHtml(evaluation: Evaluation, folder: string): string {
  const { title, counts, encoders, notices, shots, thresholds } = evaluation;
  const names = encoders.map(
    ({ role, name, fingerprint }) => `${role}: ${name} (${fingerprint.slice(0, 8)})`,
  );
  const meta = [
    `${counts.frames} of ${counts.shots} shots`,
    ...(counts.trueFrames > 0 ? [`${counts.trueFrames} true frames`] : []),
    ...(counts.faces === undefined ? [] : [`${counts.faces} faces found`]),
    ...names,
  ];
  const cards = worstFirst(shots).map((shot) => shotHtml(shot, thresholds.face, folder));
  const body = `<header>
<h1>${escapeHtml(title)}</h1>
<p class="meta">${escapeHtml(meta.join(' · '))}</p>
</header>
${metricTable(evaluation)}
${leftOutTable(evaluation)}
${notices.map((text) => `<p class="meta">${escapeHtml(text)}</p>`).join('\n')}
<h2 class="order">Shots, the worst first</h2>
<main>
${cards.join('\n')}
</main>`;
  return htmlPage(`${title}: evaluation`, body, style);
}

function metricTable({ metrics }: Evaluation): string {
  const rows = metrics.map(({ name, value, better, range, encoders, from, source, warning }) =>
    row(
      name,
      valueText(value),
      `${better} is better`,
      range,
      encoders.join(', '),
      from,
      warning ? `${source}; ${warning}` : source,
    ),
  );
  return `<table class="metrics">
<tr><th>metric</th><th>value</th><th>direction</th><th>range</th><th>encoder</th><th>from</th><th>source</th></tr>
${rows.join('\n')}
</table>`;
}

function leftOutTable({ leftOut }: Evaluation): string {
  if (leftOut.length === 0) return '';
  return `<table>
<tr><th>left out</th><th>because</th></tr>
${leftOut.map(({ name, reason }) => row(name, reason)).join('\n')}
</table>`;
}

const row = (...cells: readonly string[]): string =>
  `<tr>${cells.map((c) => `<td>${escapeHtml(c)}</td>`).join('')}</tr>`;

function shotHtml(shot: ShotScores, threshold: number, folder: string): string {
  const boxes = (shot.faces ?? []).map((face) => boxHtml(face, shot, threshold));
  const scores = scoresOf(shot).map(([name, value]) => `<span>${name} <b>${valueText(value)}</b></span>`);
  const people = shot.characters.map(({ id, isFound }) => {
    const state = isFound === undefined ? '' : isFound ? ' found' : ' missing';
    return `<span class="person${state}">${escapeHtml(id)}${state}</span>`;
  });
  const strangers = (shot.strangers ?? []).map(
    (id) => `<span class="person missing">${escapeHtml(id)} not in the script</span>`,
  );
  const lines = shot.sentences.map(({ text, cosine }) => {
    const own = cosine === undefined ? '' : `<i>${cosine.toFixed(3)}</i>`;
    return `<li>${escapeHtml(text)} ${own}</li>`;
  });
  const link = (path: string): string => escapeHtml(relativeUrl(path, folder));
  const truth = shot.truth
    ? `\n<figure><img src="${link(shot.truth)}" alt="Shot ${shot.shot}, true" loading="lazy"><figcaption>true</figcaption></figure>`
    : '';
  return `<article id="shot-${shot.shot}">
<figure><img src="${link(shot.picture)}" alt="Shot ${shot.shot}" loading="lazy">${boxes.join('')}</figure>${truth}
<div class="text">
<h2><a href="#shot-${shot.shot}">${shot.shot}</a></h2>
<p class="tags">${scores.join(' ')}</p>
<ul class="lines">
${lines.join('\n')}
</ul>
<p class="tags">${[...people, ...strangers].join(' ')}</p>
</div>
</article>`;
}

/** A face's box over the picture, in percent of it, so that it fits at every size. */
function boxHtml(
  { box, character, cosine }: ScoredFace,
  { width, height }: ShotScores,
  threshold: number,
): string {
  const [x0, y0, x1, y1] = box;
  const percent = (v: number, of: number): string => `${((100 * v) / of).toFixed(2)}%`;
  const place =
    `left:${percent(x0, width)};top:${percent(y0, height)};` +
    `width:${percent(x1 - x0, width)};height:${percent(y1 - y0, height)}`;
  const isSure = cosine !== null && cosine >= threshold;
  const label = character === null || cosine === null ? 'nobody' : `${character} ${cosine.toFixed(2)}`;
  const kind = `face${isSure ? '' : ' unsure'}${y0 < height / 10 ? ' high' : ''}`;
  return `<div class="${kind}" style="${place}"><span>${escapeHtml(label)}</span></div>`;
}

function scoresOf(shot: ShotScores): [string, number][] {
  const all: [string, number | undefined][] = [
    ['CLIP score', shot.clipScore],
    ['CLIP-sim', shot.clipSimilarity],
    ['identity', shot.identity],
    ['OCCM', shot.countMatching],
    ['aesthetic', shot.aesthetic],
  ];
  return all.filter((entry): entry is [string, number] => entry[1] !== undefined);
}

const style = `
table { border-collapse: collapse; margin: 0 0 1.5rem; font: .85rem/1.5 system-ui, sans-serif }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 500 }
figcaption { position: absolute; left: 0; top: 0; padding: 0 .4rem; background: rgb(0 0 0 / .65); color: #fff;
  font: .7rem/1.6 system-ui, sans-serif }
.metrics td:nth-child(-n + 4) { white-space: nowrap }
td:nth-child(2) { font-variant-numeric: tabular-nums }
.order { margin: 2rem 0 1rem }
figure { position: relative }
.face { position: absolute; border: 2px solid #5fd38a }
.face.unsure { border-color: #ff5c5c }
.face span { position: absolute; left: -2px; bottom: 100%; padding: 0 .3rem; background: rgb(0 0 0 / .65); color: #fff; white-space: nowrap;
  font: .7rem/1.4 system-ui, sans-serif }
.face.high span { bottom: auto; top: -2px }
.lines { margin: .6rem 0; padding-left: 1.1rem }
.lines i { color: var(--soft); font: .8rem system-ui, sans-serif }
.tags .missing { color: #c33; border-color: currentColor }
`;
