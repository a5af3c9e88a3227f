import { DOMParser, type Element, type Node } from '@xmldom/xmldom';
import { isAbsence, type ScreenplayElement, type Speech } from './fountain.ts';
import { ScreenplayError } from './screenplayError.ts';

/**
 * Reads a screenplay of Final Draft (`.fdx`): its paragraphs by their types, notes, dual dialogue and the title page. Lines are those of
 * the XML. Types that Fountain has no name for are action, as Final Draft shows them.
 * @param file stands in errors
 * @throws ScreenplayError where it is no XML, no screenplay, or declares entities or a document type: nothing is fetched or unfolded
 */
export function parseFdx(text: string, file: string): ScreenplayElement[] {
  const root = rootOf(text, file);
  const content = childrenOf(root, 'Content')[0];
  if (root.tagName !== 'FinalDraft' || !content) {
    throw new ScreenplayError(
      `${file} is no screenplay of Final Draft: expected <FinalDraft> with <Content>, got <${root.tagName}>`,
    );
  }
  const found: ScreenplayElement[] = [];
  const title = childrenOf(root, 'TitlePage').flatMap((page) => childrenOf(page, 'Content'));
  for (const [i, own] of title
    .flatMap((page) => childrenOf(page, 'Paragraph'))
    .filter(textOf)
    .entries())
    found.push({
      kind: 'title',
      key: i === 0 ? 'Title' : 'further lines',
      text: textOf(own),
      ...linesOf(own),
    });
  for (const paragraph of childrenOf(content, 'Paragraph')) readParagraph(paragraph, found, false);
  return found;
}

function rootOf(text: string, file: string): Element {
  const refuse = (why: string, cause?: unknown): ScreenplayError =>
    new ScreenplayError(`${file} ${why}`, { cause });
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) {
    throw refuse(
      'declares a document type or entities, which Final Draft never does; save it from Final Draft again',
    );
  }
  let root: Element | null;
  try {
    const parser = new DOMParser({
      onError: (_level, message) => {
        throw new Error(message);
      },
    });
    root = parser.parseFromString(text, 'text/xml').documentElement;
  } catch (cause) {
    const [why = ''] = ((cause as Error).message ?? '').split('\n');
    throw refuse(`is no XML that can be read (${why.slice(0, 200)}); save it from Final Draft again`, cause);
  }
  if (!root) throw refuse('is empty');
  return root;
}

function childrenOf(parent: Node, name: string): Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node; node = node.nextSibling)
    if (node.nodeName === name) found.push(node as Element);
  return found;
}

/** The text of a paragraph without its notes. */
const textOf = (paragraph: Element): string =>
  childrenOf(paragraph, 'Text')
    .map(({ textContent }) => textContent ?? '')
    .join('')
    .replace(/\s+/g, ' ')
    .trim();

/** From the first to the last line of its parts. */
function linesOf(element: Element): { line: number; to: number } {
  const line = element.lineNumber ?? 1;
  let to = line;
  const waiting: Node[] = [element];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const breaks = node.nodeName === '#text' ? (node.nodeValue ?? '').split('\n').length - 1 : 0;
    to = Math.max(to, (node.lineNumber ?? line) + breaks);
    for (let child = node.firstChild; child; child = child.nextSibling) waiting.push(child);
  }
  return { line, to };
}

/** Final Draft's types of paragraphs that are elements of one text. */
const kinds: Readonly<Record<string, 'transition' | 'lyrics' | 'centred' | 'synopsis'>> = {
  Transition: 'transition',
  Lyrics: 'lyrics',
  Singing: 'lyrics',
  'New Act': 'centred',
  'End of Act': 'centred',
};

function readParagraph(paragraph: Element, found: ScreenplayElement[], isDual: boolean): void {
  for (const dual of childrenOf(paragraph, 'DualDialogue')) {
    let speakers = 0;
    for (const own of childrenOf(dual, 'Paragraph')) {
      if (own.getAttribute('Type') === 'Character') speakers++;
      readParagraph(own, found, speakers > 1);
    }
  }
  const place = linesOf(paragraph);
  const text = textOf(paragraph);
  const type = paragraph.getAttribute('Type') ?? 'Action';
  if (text) readText(type, text, { paragraph, place, isDual }, found);
  for (const note of childrenOf(paragraph, 'ScriptNote')) {
    const words = childrenOf(note, 'Paragraph').map(textOf).filter(Boolean).join(' ');
    if (words) found.push({ kind: 'note', text: words, ...linesOf(note) });
  }
  for (const properties of childrenOf(paragraph, 'SceneProperties')) {
    for (const summary of childrenOf(properties, 'Summary')) {
      const words = childrenOf(summary, 'Paragraph').map(textOf).filter(Boolean).join(' ');
      if (words) found.push({ kind: 'synopsis', text: words, ...linesOf(summary) });
    }
  }
}

interface Where {
  readonly paragraph: Element;
  readonly place: { readonly line: number; readonly to: number };
  readonly isDual: boolean;
}

function readText(
  type: string,
  text: string,
  { paragraph, place, isDual }: Where,
  found: ScreenplayElement[],
): void {
  const outline = /^Outline (\d)$/.exec(type);
  if (type === 'Scene Heading') {
    const number = paragraph.getAttribute('Number');
    found.push({ kind: 'scene', text, ...(number ? { number } : {}), ...place });
  } else if (type === 'Character') {
    const extensions = [...text.matchAll(/\(([^)]*)\)/g)].map(([, own = '']) => own.trim());
    const name = text.replace(/\s*\([^)]*\)/g, '').trim();
    const speech: Speech[] = [];
    found.push({
      kind: 'dialogue',
      name,
      extensions,
      isAbsent: isAbsence(extensions),
      isDual,
      speech,
      ...place,
    });
  } else if (type === 'Dialogue' || type === 'Parenthetical') say(type, text, place, found);
  else if (outline) found.push({ kind: 'section', text, level: Number(outline[1]), ...place });
  else found.push({ kind: kinds[type] ?? 'action', text, ...place });
}

/** Adds to the dialogue before it, but for notes between; without one it is action. */
function say(type: string, text: string, { line, to }: Where['place'], found: ScreenplayElement[]): void {
  const at = found.findLastIndex(({ kind }) => kind !== 'note');
  const before = found[at];
  if (before?.kind !== 'dialogue') {
    found.push({ kind: 'action', text, line, to });
    return;
  }
  const last = before.speech.at(-1);
  const isOpen = last !== undefined && last.text === '';
  const tone = text.replace(/^\((.*)\)$/, '$1');
  const speech = isOpen ? before.speech.slice(0, -1) : [...before.speech];
  if (type === 'Dialogue') speech.push({ ...(isOpen ? last : {}), text });
  else speech.push({ text: '', tone: isOpen ? `${last.tone}; ${tone}` : tone });
  found[at] = { ...before, speech, to };
}
