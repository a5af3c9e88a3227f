/** A part of a screenplay. `line` is where it begins, from 1; `to` where it ends. */
export type ScreenplayElement = { readonly line: number; readonly to: number } & (
  | { readonly kind: 'title'; readonly key: string; readonly text: string }
  | { readonly kind: 'scene'; readonly text: string; readonly number?: string | undefined }
  | {
      readonly kind: 'dialogue';
      readonly name: string;
      /** What stands in brackets behind the name, such as `V.O.`. */
      readonly extensions: readonly string[];
      /** Whether an extension says that the speaker is not seen. */
      readonly isAbsent: boolean;
      /** Whether it is said at the same time as the dialogue before it. */
      readonly isDual: boolean;
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
  /** Empty where a parenthetical ends the dialogue. */
  readonly text: string;
  /** The parentheticals before it, without their brackets. */
  readonly tone?: string | undefined;
  /** Whether it is lyrics. */
  readonly isSung?: true | undefined;
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
  const [bone, note] = [nextOf(whole, '*/'), nextOf(whole, ']]')];
  const blank = nextOf(whole, '\n\n'); // with two spaces in it, a blank line does not end a note
  const kept: string[] = [];
  let [done, line, counted] = [0, 1, 0];
  const lineAt = (offset: number): number => {
    for (; counted < offset; counted++) if (whole[counted] === '\n') line++;
    return line;
  };
  for (const { 0: mark, index } of whole.matchAll(/\/\*|\[\[/g)) {
    if (index < done) continue;
    const isNote = mark === '[[';
    const end = (isNote ? note : bone)(index + 2);
    if (end < 0 || (isNote && blank(index) >= 0 && blank(index) < end)) continue;
    const from = lineAt(index);
    const to = lineAt(end + 2);
    for (let number = from; number <= to; number++) cut.add(number);
    const text = whole.slice(index + 2, end).trim();
    hidden.push({ kind: isNote ? 'note' : 'boneyard', text, line: from, to });
    kept.push(whole.slice(done, index), '\n'.repeat(to - from));
    done = end + 2;
  }
  kept.push(whole.slice(done));
  const lines = kept
    .join('')
    .split('\n')
    .map((text, i): Line => ({ number: i + 1, text: text.replace(/\t/g, '    '), isCut: cut.has(i + 1) }));
  return { lines, hidden };
}

/** Where a mark stands next, at or behind an offset that never falls; -1: nowhere. Each letter is looked at once. */
function nextOf(text: string, mark: string): (offset: number) => number {
  let at = text.indexOf(mark);
  return (offset) => {
    if (at >= 0 && at < offset) at = text.indexOf(mark, offset);
    return at;
  };
}

/** `Key: value` lines before the first blank one; further lines of a value are indented. */
function readTitlePage(lines: readonly Line[], found: ScreenplayElement[]): number {
  let at = 0;
  while (lines[at]?.text.trim() === '' && !lines[at]?.isCut) at++;
  if (!/^\p{L}[\p{L}\p{N} _-]*:/u.test(lines[at]?.text ?? '') || isTransition(lines, at)) return 0;
  // FADE IN: alone is no key: a key has a value, beside it or indented below
  if (/:\s*$/.test((lines[at] as Line).text) && !/^\s{3,}\S/.test(lines[at + 1]?.text ?? '')) return 0;
  let key = '';
  let text: string[] = [];
  let [line, to] = [0, 0];
  const finish = (): void => {
    if (key) found.push({ kind: 'title', key, text: text.filter(Boolean).join(' '), line, to });
  };
  for (; at < lines.length && (lines[at] as Line).text.trim() !== ''; at++) {
    const { text: own, number } = lines[at] as Line;
    const [, name, value = ''] = /^(\p{L}[\p{L}\p{N} _-]*):\s*(.*)$/u.exec(own) ?? [];
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
  const single = (kind: 'transition' | 'centred' | 'synopsis' | 'page break', own: string): number => {
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
  if (trimmed.startsWith('~')) return readLyrics(lines, at, found);
  if (/^>.*<$/.test(trimmed)) return single('centred', trimmed.slice(1, -1));
  if (trimmed.startsWith('>')) return single('transition', trimmed.slice(1));
  if (isScene(lines, at)) {
    const forced = trimmed.startsWith('.') ? trimmed.slice(1) : trimmed;
    const [, sceneNo] = sceneNumber.exec(forced) ?? [];
    const own = forced.replace(sceneNumber, '').trim();
    found.push({ kind: 'scene', text: own, ...(sceneNo ? { number: sceneNo } : {}), ...place });
    return at + 1;
  }
  if (isTransition(lines, at)) return single('transition', trimmed);
  if (isCue(lines, at)) return readDialogue(lines, at, found);
  return readAction(lines, at, found);
}

/** Lines of a song that follow each other, divided by strokes. */
function readLyrics(lines: readonly Line[], at: number, found: ScreenplayElement[]): number {
  let next = at;
  while (lines[next]?.text.trim().startsWith('~')) next++;
  const sung = lines.slice(at, next);
  const text = sung.map((line) => line.text.trim().slice(1).trim()).join(' / ');
  found.push({ kind: 'lyrics', text, line: (sung[0] as Line).number, to: (sung.at(-1) as Line).number });
  return next;
}

const isBlank = (line: Line | undefined): boolean => line === undefined || line.text.trim() === '';

/** Whether a line begins something: behind a blank one, a section, a synopsis or a page break. */
const isApart = (lines: readonly Line[], at: number): boolean =>
  isBlank(lines[at - 1]) || /^\s*[#=]/.test((lines[at - 1] as Line).text);

/** The line behind one, but for lines of which notes or boneyard left nothing. */
function lineAfter(lines: readonly Line[], at: number): Line | undefined {
  let next = at + 1;
  while (lines[next]?.isCut && isBlank(lines[next])) next++;
  return lines[next];
}

function isScene(lines: readonly Line[], at: number): boolean {
  const trimmed = (lines[at] as Line).text.trim();
  return isApart(lines, at) && (/^\.[\p{L}\p{N}]/u.test(trimmed) || heading.test(trimmed));
}

/** In capitals, ending with TO:, alone. */
function isTransition(lines: readonly Line[], at: number): boolean {
  const trimmed = (lines[at] as Line | undefined)?.text.trim() ?? '';
  const isCapital = trimmed === trimmed.toUpperCase() && /\p{Lu}/u.test(trimmed);
  return isCapital && /TO:$/.test(trimmed) && isApart(lines, at) && isBlank(lines[at + 1]);
}

/** A name in capitals, or forced with `@`, after a blank line and before one that is not. */
function isCue(lines: readonly Line[], at: number): boolean {
  const trimmed = (lines[at] as Line).text.trim();
  if (!isApart(lines, at) || isBlank(lineAfter(lines, at))) return false;
  if (/^@\S/.test(trimmed)) return true;
  const name = trimmed
    .replace(/\([^)]*\)/g, '')
    .replace(/\^\s*$/, '')
    .trim();
  return (
    !trimmed.startsWith('!') && /\p{Lu}/u.test(name) && name === name.toUpperCase() && !name.endsWith(':')
  );
}

function readDialogue(lines: readonly Line[], at: number, found: ScreenplayElement[]): number {
  const { text, number } = lines[at] as Line;
  const trimmed = text.trim();
  const cue = trimmed
    .replace(/^@/, '')
    .replace(/\^\s*$/, '')
    .trim();
  const extensions = [...cue.matchAll(/\(([^)]*)\)/g)].map(([, own = '']) => own.trim());
  const speech: Speech[] = [];
  let tones: string[] = [];
  let isOpen = false; // whether the next line goes on with the last speech
  let next = at + 1;
  const say = (words: string, isSung: boolean): void => {
    const tone = tones.length > 0 ? { tone: tones.join('; ') } : {};
    const last = speech.at(-1);
    if (isOpen && last && (last.isSung ?? false) === isSung)
      speech[speech.length - 1] = { ...last, text: `${last.text} ${words}` };
    else speech.push({ text: words, ...tone, ...(isSung ? { isSung } : {}) });
    [isOpen, tones] = [true, []];
  };
  // a line of two spaces is no end of the dialogue
  for (; next < lines.length && !isEnd(lines[next] as Line); next++) {
    const { text: line, isCut } = lines[next] as Line;
    const own = line.trim();
    if (own === '') isOpen &&= isCut;
    else if (/^\(.*\)$/.test(own)) [tones, isOpen] = [[...tones, plain(own.slice(1, -1))], false];
    else if (own.startsWith('~')) say(plain(own.slice(1)), true);
    else say(plain(own), false);
  }
  if (tones.length > 0) speech.push({ text: '', tone: tones.join('; ') });
  found.push({
    ...{ kind: 'dialogue', name: cue.replace(/\s*\([^)]*\)/g, '').trim(), extensions },
    isAbsent: isAbsence(extensions),
    ...{ isDual: trimmed.endsWith('^'), speech, line: number, to: (lines[next - 1] as Line).number },
  });
  return next;
}

/** Whether extensions of a name say that the speaker is not seen: (V.O.), (O.S.), (O.C.), (off). */
export const isAbsence = (extensions: readonly string[]): boolean =>
  extensions.some((own) => /^(V\.?O\.?|O\.?S\.?|O\.?C\.?|OFF)(?![\p{L}\p{N}])/iu.test(own));

const isEnd = ({ text, isCut }: Line): boolean => text.trim() === '' && text.length < 2 && !isCut;

/** A paragraph: until a blank line, or what is something else wherever it stands. */
function readAction(lines: readonly Line[], at: number, found: ScreenplayElement[]): number {
  const paragraph: string[] = [];
  let next = at;
  for (; next < lines.length && !isBlank(lines[next]); next++) {
    const own = (lines[next] as Line).text.trim();
    if (next > at && /^[#~>=]/.test(own)) break;
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
