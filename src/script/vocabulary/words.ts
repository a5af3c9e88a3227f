/** A word of a text. */
export interface Word {
  /** As it was written. */
  readonly text: string;
  /** Index of its first character in the text. */
  readonly at: number;
  /** What it may be a form of, in lower case: itself, the singular, the infinitive. */
  readonly bases: ReadonlySet<string>;
  readonly isCapital: boolean;
  /** Whether it begins a sentence, where capitals say nothing. */
  readonly isFirst: boolean;
  /** The word behind it in the same sentence. */
  readonly next?: string;
}

/** The words of a text. Hyphens part words; apostrophes do not, and a possessive `'s` is left out. */
export function wordsOf(text: string): Word[] {
  const plain = text.normalize('NFC').replace(/[\u2018\u2019\u02bc]/g, "'");
  const all = [...plain.matchAll(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:'\p{L}+)*/gu)];
  return all.map((match, i) => {
    const next = all[i + 1];
    const isNear =
      next !== undefined && /^[\s'’s]*$/.test(plain.slice(match.index + match[0].length, next.index));
    const word = match[0].replace(/'s$/i, '');
    return {
      text: word,
      at: match.index,
      bases: basesOf(word),
      isCapital: /^\p{Lu}/u.test(word),
      isFirst: /(^|[.!?…:]["'”’»)]*\s+)["'“‘«([]*$/u.test(plain.slice(0, match.index)),
      ...(isNear ? { next: next[0] } : {}),
    };
  });
}

/**
 * What an English word may be a form of. More than one, since spelling alone does not decide ("leaves"); two words count as
 * the same where they may be forms of one: "raining" and "rains".
 */
export function basesOf(word: string): Set<string> {
  const w = word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
  const bases = new Set([w]);
  const irregularBase = irregular.get(w);
  if (irregularBase !== undefined) bases.add(irregularBase);
  const add = (base: string): void => {
    if (base.length >= 3) bases.add(base);
  };
  if (w.length < 4) return bases;
  if (/[^s]s$/.test(w)) add(w.slice(0, -1));
  if (/(s|x|z|ch|sh|o)es$/.test(w)) add(w.slice(0, -2));
  if (/ies$|ied$/.test(w)) add(`${w.slice(0, -3)}y`);
  if (/ves$/.test(w)) {
    add(`${w.slice(0, -3)}f`);
    add(`${w.slice(0, -3)}fe`);
  }
  const [, stem] = /^(.{2,})(?:ed|ing)$/.exec(w) ?? [];
  if (stem !== undefined && /[aeiouy]/.test(stem)) {
    add(stem);
    add(`${stem}e`);
    if (/([^aeiou])\1$/.test(stem)) add(stem.slice(0, -1));
  }
  return bases;
}

/** Forms that no rule of spelling gives. */
const irregular: ReadonlyMap<string, string> = new Map(
  (
    'men man,women woman,children child,feet foot,mice mouse,geese goose,wolves wolf,sheep sheep,oxen ox,' +
    'held hold,stood stand,ran run,sat sit,saw see,seen see,wept weep,slept sleep,fell fall,fallen fall,gave give,' +
    'given give,found find,brought bring,spoke speak,told tell,thought think,drank drink,shook shake,threw throw,' +
    'thrown throw,wore wear,woke wake,rose rise,began begin,begun begin,met meet,read read,lit light,came come,went go,' +
    'gone go,took take,taken take,said say,lost lose,hid hide,hidden hide,shown show,knew know,known know,dying die,lying lie'
  )
    .split(',')
    .map((pair) => pair.split(' ') as [string, string]),
);

/** Whether two words may be forms of one. */
export function isSameWord(a: Pick<Word, 'bases'>, b: Pick<Word, 'bases'>): boolean {
  for (const base of a.bases) if (b.bases.has(base)) return true;
  return false;
}

/**
 * Words that bind others and show nothing: a text tower that never met one of them loses nothing that a picture could show.
 */
export const functionWords: ReadonlySet<string> = new Set(
  (
    'a an the and or but nor so yet if then than as at by for from in into of off on onto out over to up upon with within ' +
    "about above across after again against along also always am among any are aren't around away back be because been " +
    "before behind being below beneath beside besides between beyond both can can't cannot could did do does doesn't doing don't " +
    "done down during each either else enough even ever every everybody everyone everything somebody someone anybody anyone few had has hasn't have having he her here hers herself him himself " +
    "his how however i i'm inside instead is isn't it its itself just later least less like many may me might mine more most much " +
    'must my near nearby neither no none nor not nothing now once one only other others our ours outside own per perhaps quite ' +
    'rather really shall she should since some something soon still such that their theirs them themselves there these they ' +
    "this those though through throughout till together too toward towards under until us very was wasn't we were what when " +
    "where which while who whom whose why will without won't would you your yours yourself shot view scene it's he's she's they're"
  ).split(' '),
);
