import { valueText } from '../evaluation/index.ts';
import { escapeHtml, htmlPage, relativeUrl } from '../media/index.ts';
import type { Script } from '../script/index.ts';
import {
  bestIn,
  type Column,
  type ComparedShot,
  type Comparison,
  type ComparisonRow,
  type Measured,
} from './result.ts';

/**
 * The page of a comparison, to stand beside the methods' folders: the metrics, then a row a method and a column a shot. No
 * scripts, no other files but pictures and films, which it links to relatively.
 */
export function comparisonHtml(comparison: Comparison, script: Script): string {
  const { title, preset, seed, encoders, leftOut } = comparison;
  const names = encoders.map(({ role, name }) => `${role}: ${name}`);
  const meta = [`${script.shots.length} shots`, `preset ${preset}`, `seed ${seed}`, ...names];
  const absent = leftOut.map(({ name, reason }) => `<li>${escapeHtml(`${name}: ${reason}`)}</li>`);
  const body = `<header>
<h1>${escapeHtml(title)}</h1>
<p class="meta">${escapeHtml(meta.join(' · '))}</p>
</header>
${metricTable(comparison)}
<p class="meta">The best of each column is bold. ↑: higher is better; ↓: lower.</p>
${absent.length > 0 ? `<details class="meta"><summary>Left out: ${leftOut.length} metrics</summary><ul>${absent.join('')}</ul></details>` : ''}
<h2>Shots</h2>
<p class="meta">Each with its keyframe, and below it the middle and the last frame of its clip.</p>
${shotTable(comparison, script)}
<h2>How each was made</h2>
<dl class="how">
${comparison.rows.map(howHtml).join('\n')}
</dl>`;
  return htmlPage(`${title}: methods compared`, body, style);
}

const groups: Readonly<Record<Measured, string>> = {
  keyframes: 'Keyframes',
  clips: 'Last frames of clips',
};

function metricTable({ columns, rows }: Comparison): string {
  const spans = (['keyframes', 'clips'] as const).flatMap((of) => {
    const count = columns.filter((column) => column.of === of).length;
    return count > 0 ? [`<th colspan="${count}" class="group">${groups[of]}</th>`] : [];
  });
  const heads = columns.map(
    ({ name, range, source, better, of }, i) =>
      `<th class="${edge(columns, i)}" title="${escapeHtml(`${groups[of]}: ${range}; ${source}`)}">${escapeHtml(name)} ${better === 'higher' ? '↑' : '↓'}</th>`,
  );
  const best = columns.map((column) => bestIn(column, rows));
  const lines = rows.map((row) => {
    const cells = row.film
      ? columns.map(({ key }, i) => {
          const value = row.film?.values[key];
          const isBest = best[i]?.has(row.method) ?? false;
          return `<td class="number${isBest ? ' best' : ''}${edge(columns, i)}">${value === undefined ? '–' : valueText(value)}</td>`;
        })
      : [whyCell(row, Math.max(1, columns.length))];
    return `<tr><th scope="row">${escapeHtml(row.method)}</th>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table class="metrics">
<thead><tr><th rowspan="2">Method</th>${spans.join('')}</tr>
<tr>${heads.join('')}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody></table></div>`;
}

/** The class of a group's first column. */
const edge = (columns: readonly Column[], i: number): string =>
  columns[i]?.of === columns[i - 1]?.of ? '' : ' edge';

const whyCell = ({ why = '' }: ComparisonRow, span: number): string =>
  `<td colspan="${span}" class="why"><span>Cannot be had: ${escapeHtml(why)}.</span></td>`;

function shotTable({ rows }: Comparison, script: Script): string {
  const heads = script.shots.map(({ plot, elements }, i) => {
    const text = plot.join(' ') || elements.join(', ');
    return `<th scope="col"><b>${i + 1}</b> ${escapeHtml(text)}</th>`;
  });
  const made = rows.filter(({ film }) => film !== undefined);
  const lines = made.map(({ method, film }) => {
    const links = film
      ? [
          [film.movie, 'film'],
          [film.storyboard, 'storyboard'],
          [film.evaluation, 'evaluation'],
        ].map(([path, name]) => `<a href="${link(path as string)}">${name}</a>`)
      : [];
    const cells = film?.shots.map((shot) => shotCell(shot, method)) ?? [];
    return `<tr><th scope="row">${escapeHtml(method)}<small>${links.join(' ')}</small></th>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table class="shots">
<thead><tr><th></th>${heads.join('')}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody></table></div>`;
}

const link = (path: string): string => escapeHtml(relativeUrl(path, ''));

function shotCell({ shot, keyframe, frames }: ComparedShot, method: string): string {
  const image = (path: string, alt: string): string =>
    `<img src="${link(path)}" alt="${escapeHtml(`${method}, shot ${shot}, ${alt}`)}" loading="lazy">`;
  const clip = frames.map((path, i) => image(path, ['middle of the clip', 'end of the clip'][i] as string));
  return `<td><a href="${link(keyframe)}">${image(keyframe, 'keyframe')}</a><div class="clip">${clip.join('')}</div></td>`;
}

function howHtml({ method, paper, how, why }: ComparisonRow): string {
  const reason = why === undefined ? '' : `<p class="why">Cannot be had: ${escapeHtml(why)}.</p>`;
  return `<dt>${escapeHtml(method)}</dt>
<dd><p>${escapeHtml(how)}</p><p class="meta">${escapeHtml(paper)}</p>${reason}</dd>`;
}

const style = `
body { max-width: none }
h2 { margin: 2.5rem 0 .3rem; display: block; font-size: 1.3rem }
p.meta { margin: .3rem 0 1rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font: .85rem/1.45 system-ui, sans-serif }
th { text-align: left; font-weight: 500; color: var(--soft); vertical-align: bottom }
th[scope=row] { color: var(--ink); font-weight: 600; white-space: nowrap; vertical-align: top }
.metrics th, .metrics td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line) }
.metrics thead th { white-space: nowrap }
.metrics .group { text-align: left; border-bottom: 0; color: var(--ink) }
.metrics .edge, .metrics .group { padding-left: .9rem }
.number { font-variant-numeric: tabular-nums; white-space: nowrap }
.best { font-weight: 700; color: var(--accent) }
.why { color: var(--soft) }
.metrics .why span { display: block; max-width: 46rem }
.shots th, .shots td { padding: 0 .5rem .8rem 0; vertical-align: top }
.shots th[scope=col] { padding-bottom: .5rem; font-weight: 400; font-size: .78rem; vertical-align: bottom }
.shots th b { color: var(--ink) }
.shots th:first-child { position: sticky; left: 0; z-index: 1; padding: 0 .9rem 0 0; background: var(--paper) }
.shots td { min-width: 13rem; width: 13rem }
.shots img { display: block; width: 100%; height: auto; border-radius: .25rem; background: var(--line) }
.clip { display: grid; grid-template-columns: 1fr 1fr; gap: .25rem; margin-top: .25rem }
small { display: block; margin-top: .2rem; font-size: .78rem; font-weight: 400 }
small a { display: block }
a { color: var(--accent) }
.how { display: grid; grid-template-columns: max-content minmax(0, 46rem); gap: .9rem 1.5rem; font-size: .95rem }
.how dt { font: 600 .85rem/1.6 system-ui, sans-serif }
.how dd, .how p { margin: 0 }
@media (max-width: 40rem) { .how { display: block } .how dd { margin-bottom: 1rem } }
`;
