/** A part of a screenplay. `line` is where it begins, from 1; `to` where it ends. */
export type ScreenplayElement = { readonly line: number; readonly to: number } & (
  | { readonly kind: 'title'; readonly key: string; readonly text: string }
  | { readonly kind: 'scene'; readonly text: string; readonly number?: string | undefined }
  | {
      readonly kind: 'dialogue';
      readonly name: string;
      readonly isAbsent: boolean;
      readonly speech: readonly Speech[];
    }
  | { readonly kind: 'section'; readonly text: string; readonly level: number }
  | {
      readonly kind:
        | 'action'
        | 'transition'
        | 'centred'
        | 'lyrics'
        | 'synopsis'
        | 'note'
        | 'boneyard'
        | 'page break';
      readonly text: string;
    }
);

/** A speech, or what is sung, with how it is said. */
export interface Speech {
  readonly text: string;
  /** The parenthetical before it, without its brackets. */
  readonly tone?: string | undefined;
}

interface Line {
  readonly number: number;
  /** Without notes and boneyard. */
  readonly text: string;
  /** Whether something was taken out of it, so that a line that is empty now was not. */
  readonly isCut: boolean;
}

const heading = /^(?:int|ext|est|int\.?\/ext|ext\.?\/int|i\/e)(?:\.|\s)/i;
const sceneNumber = /\s*#([\p{L}\p{N}.-]+)#\s*$/u;

/**
 * Reads a screenplay in Fountain (fountain.io/syntax). Every line that is not blank is part of exactly one element, but for notes
 * and boneyard within a line, which are elements beside the one that they stand in.
 */
export function parseFountain(text: string): ScreenplayElement[] {
  const source = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  const { lines, hidden } = takeOut(source);
  const found: ScreenplayElement[] = [];
  let at = readTitlePage(lines, found);
  while (at < lines.length) {
    const line = lines[at] as Line;
    if (line.text.trim() === '') at++;
    else at = readElement(lines, at, found);
  }
  // what stands within a line comes behind what the line is
  return [...found, ...hidden].sort((a, b) => a.line - b.line);
}

/** Notes, `[[...]]`, and boneyard, `/* ... *\/`, apart from the lines that they stand in. */
function takeOut(source: readonly string[]): { lines: Line[]; hidden: ScreenplayElement[] } {
  const whole = source.join('\n');
  const hidden: ScreenplayElement[] = [];
  const cut = new Set<number>();
  const lineAt = (offset: number): number => whole.slice(0, offset).split('\n').length;
  // a note ends at a blank line, unless that has two spaces; the boneyard ends only at its end
  const pattern = /\/\*([\s\S]*?)\*\/|\[\[((?:(?!\]\])[^\n]|\n(?!\n|\r))*?)\]\]/g;
  const kept = whole.replace(
    pattern,
    (all, boneyard: string | undefined, note: string | undefined, offset: number) => {
      const [line, to] = [lineAt(offset), lineAt(offset + all.length)];
      for (let number = line; number <= to; number++) cut.add(number);
      const text = (boneyard ?? note ?? '').trim();
      hidden.push({ kind: boneyard === undefined ? 'note' : 'boneyard', text, line, to });
      return all.replace(/[^\n]/g, '');
    },
  );
  const lines = kept
    .split('\n')
    .map((text, i): Line => ({ number: i + 1, text: text.replace(/\t/g, '    '), isCut: cut.has(i + 1) }));
  return { lines, hidden };
}

/** `Key: value` lines before the first blank one; further lines of a value are indented. */
function readTitlePage(lines: readonly Line[], found: ScreenplayElement[]): number {
  let at = 0;
  while (lines[at]?.text.trim() === '' && !lines[at]?.isCut) at++;
  if (!/^[\p{L}][\p{L}\p{N} ]*:/u.test(lines[at]?.text ?? '') || isTransition(lines, at)) return 0;
  let key = '';
  let text: string[] = [];
  let [line, to] = [0, 0];
  const finish = (): void => {
    if (key) found.push({ kind: 'title', key, text: text.filter(Boolean).join(' '), line, to });
  };
  for (; at < lines.length && (lines[at] as Line).text.trim() !== ''; at++) {
    const { text: own, number } = lines[at] as Line;
    const [, name, value = ''] = /^([\p{L}][\p{L}\p{N} ]*):\s*(.*)$/u.exec(own) ?? [];
    if (name !== undefined) {
      finish();
      [key, text, line] = [name.trim(), [value.trim()], number];
    } else text.push(own.trim());
    to = number;
  }
  finish();
  return at;
}

function readElement(lines: readonly Line[], at: number, found: ScreenplayElement[]): number {
  const { text, number } = lines[at] as Line;
  const trimmed = text.trim();
  const place = { line: number, to: number };
  const single = (
    kind: 'transition' | 'centred' | 'lyrics' | 'synopsis' | 'page break',
    own: string,
  ): number => {
    found.push({ kind, text: own.trim(), ...place });
    return at + 1;
  };
  if (/^={3,}$/.test(trimmed)) return single('page break', '');
  if (/^=(?!=)/.test(trimmed)) return single('synopsis', trimmed.slice(1));
  const [marks] = /^#+/.exec(trimmed) ?? [];
  if (marks) {
    found.push({ kind: 'section', text: trimmed.slice(marks.length).trim(), level: marks.length, ...place });
    return at + 1;
  }
  if (trimmed.startsWith('~')) return single('lyrics', trimmed.slice(1));
  if (/^>.*<$/.test(trimmed)) return single('centred', trimmed.slice(1, -1));
  if (trimmed.startsWith('>')) return single('transition', trimmed.slice(1));
  if (isScene(lines, at)) {
    const forced = /^\.(?!\.)/.test(trimmed) ? trimmed.slice(1) : trimmed;
    const [, sceneNo] = sceneNumber.exec(forced) ?? [];
    const own = forced.replace(sceneNumber, '').trim();
    found.push({ kind: 'scene', text: own, ...(sceneNo ? { number: sceneNo } : {}), ...place });
    return at + 1;
  }
  if (isTransition(lines, at)) return single('transition', trimmed);
  if (isCue(lines, at)) return readDialogue(lines, at, found);
  return readAction(lines, at, found);
}

const isBlank = (line: Line | undefined): boolean => line === undefined || line.text.trim() === '';

function isScene(lines: readonly Line[], at: number): boolean {
  const trimmed = (lines[at] as Line).text.trim();
  if (/^\.[^.\s]/.test(trimmed) || /^\.\s+\S/.test(trimmed)) return true;
  return heading.test(trimmed) && isBlank(lines[at - 1]);
}

/** In capitals, ending with TO:, alone. */
function isTransition(lines: readonly Line[], at: number): boolean {
  const trimmed = (lines[at] as Line | undefined)?.text.trim() ?? '';
  const isCapital = trimmed === trimmed.toUpperCase() && /\p{Lu}/u.test(trimmed);
  return isCapital && /TO:$/.test(trimmed) && isBlank(lines[at - 1]) && isBlank(lines[at + 1]);
}

/** A name in capitals, or forced with `@`, after a blank line and before one that is not. */
function isCue(lines: readonly Line[], at: number): boolean {
  const trimmed = (lines[at] as Line).text.trim();
  if (!isBlank(lines[at - 1]) || isBlank(lines[at + 1])) return false;
  if (/^@\S/.test(trimmed)) return true;
  const name = trimmed
    .replace(/\([^)]*\)/g, '')
    .replace(/\^\s*$/, '')
    .trim();
  return (
    !trimmed.startsWith('!') && /\p{Lu}/u.test(name) && name === name.toUpperCase() && !/[:.?!]$/.test(name)
  );
}

function readDialogue(lines: readonly Line[], at: number, found: ScreenplayElement[]): number {
  const { text, number } = lines[at] as Line;
  const cue = text
    .trim()
    .replace(/^@/, '')
    .replace(/\^\s*$/, '')
    .trim();
  const extensions = [...cue.matchAll(/\(([^)]*)\)/g)].map(([, own = '']) => own.trim().toUpperCase());
  const speech: { text: string; tone?: string | undefined }[] = [];
  let tone: string | undefined;
  let isOpen = false; // whether the next line goes on with the last speech
  let next = at + 1;
  // a line of two spaces is no end of the dialogue
  for (; next < lines.length && (lines[next] as Line).text !== '' && !isEnd(lines[next] as Line); next++) {
    const own = (lines[next] as Line).text.trim();
    if (own === '') isOpen = false;
    else if (/^\(.*\)$/.test(own)) [tone, isOpen] = [own.slice(1, -1).trim(), false];
    else {
      const words = plain(own.startsWith('~') ? own.slice(1).trim() : own);
      const last = speech.at(-1);
      if (isOpen && last) last.text = `${last.text} ${words}`;
      else speech.push({ text: words, ...(tone === undefined ? {} : { tone }) });
      [isOpen, tone] = [true, undefined];
    }
  }
  found.push({
    ...{ kind: 'dialogue', name: cue.replace(/\s*\([^)]*\)/g, '').trim() },
    isAbsent: extensions.some((own) => /^(V\.?O\.?|O\.?S\.?|O\.?C\.?|OFF)\b/.test(own)),
    ...{ speech, line: number, to: (lines[next - 1] as Line).number },
  });
  return next;
}

const isEnd = ({ text, isCut }: Line): boolean => text.trim() === '' && text.length < 2 && !isCut;

/** A paragraph: until a blank line, or what is something else wherever it stands. */
function readAction(lines: readonly Line[], at: number, found: ScreenplayElement[]): number {
  const paragraph: string[] = [];
  let next = at;
  for (; next < lines.length && !isBlank(lines[next]); next++) {
    const own = (lines[next] as Line).text.trim();
    if (next > at && /^(?:[#~>=]|\.[^.\s])/.test(own)) break;
    paragraph.push(own.replace(/^!/, ''));
  }
  const place = { line: (lines[at] as Line).number, to: (lines[next - 1] as Line).number };
  found.push({ kind: 'action', text: plain(paragraph.join(' ')), ...place });
  return next;
}

/** Without marks of emphasis; `\*` is a star. */
export function plain(text: string): string {
  return text
    .replace(/\\([*_\\])/g, (_, mark: string) => String.fromCharCode(0xe000 + mark.charCodeAt(0)))
    .replace(/(\*{1,3})(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\p{L}\p{N}])_(?=\S)(.+?)(?<=\S)_(?![\p{L}\p{N}])/gu, '$1')
    .replace(/[\ue000-\uf8ff]/g, (mark) => String.fromCharCode(mark.charCodeAt(0) - 0xe000))
    .replace(/\s+/g, ' ')
    .trim();
}
