import { type Job, jobKinds, type PlannedFilm } from '../film/index.ts';

/** A plan in lines for people: the shots with something to do, what is reused, and how much there is to make. */
export function planLines({ jobs, ids, folder, removed }: PlannedFilm): string[] {
  const lines = [`plan of ${folder}`];
  let reused = 0;
  for (const [i, id] of ids.entries()) {
    const own = jobs.filter(({ number }) => number === i + 1);
    const todo = own.filter(({ status }) => status !== 'reuse');
    if (own.length > 0 && todo.length === 0) reused++;
    if (todo.length === 0) continue;
    const name = id === `${i + 1}` ? '' : ` (id ${id})`;
    lines.push(`shot ${i + 1}${name}`, ...own.map((job) => `  ${jobLine(job)}`));
  }
  const movie = jobs.find(({ kind }) => kind === 'movie');
  if (reused > 0) lines.push(`${count(reused, 'shot')} reused`);
  if (movie) lines.push(jobLine(movie));
  for (const path of removed) lines.push(`removed: ${path}`);
  return [...lines, totals(jobs)];
}

function jobLine({ kind, status, reason }: Job): string {
  const does = { reuse: 'reused', make: 'made', unknown: 'made where needed' }[status];
  return `${kind.padEnd(9)} ${does}${reason === null ? '' : `: ${reason}`}`;
}

function totals(jobs: readonly Job[]): string {
  const parts = jobKinds.flatMap((kind) => {
    const own = jobs.filter((job) => job.kind === kind);
    const sure = own.filter(({ status }) => status === 'make').length;
    const most = own.filter(({ status }) => status !== 'reuse').length;
    if (most === 0) return [];
    const what = kind === 'tokens' ? 'tokens of' : kind;
    const range = sure === most ? `${most}` : `${sure} to ${most}`;
    if (kind === 'movie') return [sure === most ? '1 movie' : 'the movie where needed'];
    return [
      kind === 'tokens'
        ? `${what} ${range} ${most === 1 ? 'shot' : 'shots'}`
        : `${range} ${what}${most === 1 ? '' : 's'}`,
    ];
  });
  return parts.length === 0 ? 'nothing to make' : `to make: ${parts.join(', ')}`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
