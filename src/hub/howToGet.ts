import { sizeText } from './diskSpace.ts';
import type { Gap, Located } from './locate.ts';
import { isRepo, type Manifest, pageOf } from './manifest.ts';

/** What a person does about parts that are missing: one line each, without a full stop. */
export function howToGet(parts: readonly Located[], { parts: known }: Manifest, preset: string): string[] {
  const lines: string[] = [];
  const lacking = (what: Gap['what']): Located[] =>
    parts.filter(({ gaps }) => gaps.some((gap) => gap.what === what));
  for (const { name, gaps } of parts) {
    for (const { incomplete } of gaps) {
      if (incomplete?.problem) lines.push(`${name}: ${incomplete.problem}`);
      else if (incomplete)
        lines.push(`${name} is incomplete in ${incomplete.folder}: ${missingText(incomplete)}`);
    }
  }
  const published = lacking('published').filter(
    ({ name, gaps }) =>
      known[name]?.kind !== 'trained' && !gaps.some(({ incomplete }) => incomplete?.problem),
  );
  if (published.length > 0) {
    const names = published.map(({ name }) => name);
    const bytes = names.reduce((n, name) => n + (known[name]?.bytes.full ?? 0), 0);
    const isAll = names.length === Object.values(known).filter(({ kind }) => kind !== 'trained').length;
    const command = `npx moviedreamer models pull ${isAll ? 'all' : names.join(' ')} --preset ${preset}`;
    lines.push(`fetch ${names.join(', ')} (about ${sizeText(bytes)}): ${command}`);
    for (const name of names) {
      const part = known[name];
      if (part && part.kind !== 'trained' && part.gated && isRepo(part.source)) {
        lines.push(
          `${name} is gated: first accept its licence on ${pageOf(part.source)} and give a token as HF_TOKEN`,
        );
      }
    }
  }
  const trained = lacking('trained').map(({ name }) =>
    known[name]?.kind === 'layered' ? `the additions to ${name}` : name,
  );
  if (trained.length > 0) {
    lines.push(
      `train ${trained.join(', ')}, which nobody has published: npx moviedreamer train all --preset ${preset}; random ` +
        `ones, to try things: npx moviedreamer models synth --preset ${preset} --out FOLDER`,
    );
  }
  return lines;
}

function missingText({ missing, unfinished }: NonNullable<Gap['incomplete']>): string {
  const begun = unfinished
    ? ` (unfinished downloads of ${sizeText(unfinished)} lie there, and are gone on with)`
    : '';
  return `no ${missing.join(', ')}${begun}`;
}
