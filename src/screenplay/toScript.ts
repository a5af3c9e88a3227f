import { limits, plainName, type ScriptFile, splitSentences } from '../script/index.ts';
import { plain, type ScreenplayElement } from './fountain.ts';
import { ScreenplayError } from './screenplayError.ts';

/** What became of some lines of a screenplay. */
export interface LineFate {
  /** From 1, the last included. */
  readonly line: number;
  readonly to: number;
  readonly what: string;
  /** Place of the shot that they went into, from 1; undefined of what is left out, or is the film's own. */
  readonly shot?: number | undefined;
  /** Why they are in no shot; undefined of what is in the script. */
  readonly leftOut?: string | undefined;
}

/** A person of a screenplay. */
export interface CastMember {
  /** As the script calls the person. */
  readonly name: string;
  /** Sentences of the action that name the person. */
  readonly saidOf: readonly string[];
}

/** A screenplay as a script. */
export interface ImportedScreenplay {
  readonly script: ScriptFile;
  readonly cast: readonly CastMember[];
  /** Every line of the screenplay that is not blank, in order. */
  readonly fates: readonly LineFate[];
}

/** A page is a minute, and has 55 lines of some 60 letters. */
const [LINES, LETTERS, SPOKEN] = [55, 60, 35];
const [SHORTEST, LONGEST] = [1.5, 20];
/** With five people and four elements, no more than a frame's 15 sentences. */
const [SENTENCES, ELEMENTS] = [6, 4];

interface ShotDraft {
  scene: string | undefined;
  elements: string[];
  people: Set<string>;
  plot: string[];
  dialogue: Record<string, string>[];
  notes: string[];
  lines: number;
}

/**
 * A screenplay as a script. A scene's heading becomes elements, place and time of day; each paragraph of action, and each note
 * `[[shot: ...]]`, a shot, or several of six sentences; dialogue belongs to the shot before it in its scene, until that lasts 20 seconds.
 * A shot shows whom its paragraph names and who speaks in it, but for voices from elsewhere. It lasts as long as its lines on paper, a
 * minute a page. A scene without any of these is a shot of its place. Transitions, sections, synopses, lyrics and centred text become
 * notes of a shot; private notes, boneyard and the rest of the title page are left out.
 * @throws ScreenplayError where a text is longer than a script's may be, with its line
 */
export function toScript(elements: readonly ScreenplayElement[]): ImportedScreenplay {
  checkLengths(elements);
  const names = namesOf(elements);
  const shots: ShotDraft[] = [];
  const fates: LineFate[] = [];
  let scene: { text: string; place: string[]; isEmpty: boolean } | undefined;
  let waiting: string[] = []; // notes for the next shot
  let current: ShotDraft | undefined; // the shot that dialogue goes into
  let before: string | undefined; // who spoke last
  let title: string | undefined;
  const begin = (plot: readonly string[]): ShotDraft => {
    current = {
      ...{ scene: scene?.text, elements: [...(scene?.place ?? [])], people: new Set(), plot: [...plot] },
      ...{ dialogue: [], notes: waiting, lines: 0 },
    };
    waiting = [];
    if (scene) scene.isEmpty = false;
    shots.push(current);
    return current;
  };
  const named = withNames(names);
  const describe = (text: string, size?: string): void => {
    for (const sentences of inGroups(splitSentences(named(text)), SENTENCES - (size ? 1 : 0))) {
      const shot = begin(sentences);
      if (size) shot.elements.push(size);
      const words = sentences.join(' ');
      for (const name of namedIn(words, names)) shot.people.add(name);
      shot.lines += Math.ceil(words.length / LETTERS) + 1;
    }
  };
  const endScene = (): void => {
    if (scene?.isEmpty) begin([sentence(scene.place[0] ?? scene.text)]);
    [current, before] = [undefined, undefined];
  };
  for (const given of elements) {
    const element = withFades(given);
    const { line, to, kind } = element;
    const told = { line, to, what: kind };
    const next = shots.length + 1;
    switch (element.kind) {
      case 'title':
        if (element.key.toLowerCase() === 'title' && title === undefined && plain(element.text)) {
          title = plain(element.text);
          fates.push({ ...told, what: 'title of the film' });
        } else fates.push({ ...told, leftOut: `the title page's ${element.key}` });
        break;
      case 'scene': {
        endScene();
        const number = element.number === undefined ? '' : `${element.number} `;
        scene = { text: number + plain(element.text), place: placeOf(element.text), isEmpty: true };
        fates.push({ ...told, shot: shots.length + 1 });
        break;
      }
      case 'dialogue': {
        const name = names.get(nameOf(element.name).toLowerCase()) as string;
        const tones = element.extensions.filter((own) => own && !/^cont/i.test(own));
        const said = element.speech.filter(({ text }) => text);
        if (element.isDual && before !== undefined && current)
          current.notes.push(`dual dialogue: ${before} and ${name}`);
        const speaking = [element.isAbsent ? 'A voice is heard.' : `${name} speaks.`];
        const isFull = (shot: ShotDraft): boolean =>
          (shot.lines * 60) / LINES >= LONGEST || shot.dialogue.length >= limits.linesPerShot;
        current ??= begin(speaking);
        let first: number | undefined;
        for (const { text, tone, isSung } of said) {
          if (isFull(current as ShotDraft)) begin(speaking);
          first ??= shots.length;
          const shot = current as ShotDraft;
          if (!element.isAbsent) shot.people.add(name);
          const how = [...tones, ...(tone ? [tone] : []), ...(isSung && !tone ? ['singing'] : [])].join(', ');
          shot.dialogue.push({ [name]: text, ...(how ? { tone: how } : {}) });
          shot.lines += Math.ceil(text.length / SPOKEN) + (tone ? 1 : 0);
        }
        const shot = current as ShotDraft;
        if (!element.isAbsent) shot.people.add(name);
        const unsaid = element.speech.flatMap(({ text, tone }) => (text || !tone ? [] : [tone]));
        if (unsaid.length > 0) shot.notes.push(`${name}: (${unsaid.join('; ')})`);
        shot.lines += 2;
        before = name;
        fates.push({ ...told, shot: first ?? shots.length });
        break;
      }
      case 'note': {
        const [, wanted] = /^shot:\s*(\S[\s\S]*)$/i.exec(element.text) ?? [];
        if (wanted === undefined || plain(wanted) === '') {
          fates.push({ ...told, leftOut: 'a private note' });
          break;
        }
        describe(asPhrase(sentence(plain(wanted))), sizeOf(wanted));
        fates.push({ ...told, shot: next });
        break;
      }
      case 'boneyard':
      case 'page break':
        fates.push({ ...told, leftOut: kind === 'boneyard' ? 'boneyard' : 'a page break' });
        break;
      case 'action':
        describe(element.text);
        fates.push({ ...told, ...(shots.length < next ? { leftOut: 'without text' } : { shot: next }) });
        break;
      default: {
        const own = plain(element.text);
        if (own === '') {
          fates.push({ ...told, leftOut: 'without text' });
          break;
        }
        const text = `${kind}: ${own}`;
        const isBehind = kind === 'transition' && shots.length > 0 && !scene?.isEmpty;
        if (isBehind) (shots.at(-1) as ShotDraft).notes.push(text);
        else waiting.push(text);
        fates.push({ ...told, shot: isBehind ? shots.length : next });
      }
    }
  }
  endScene();
  (shots.at(-1)?.notes ?? []).push(...waiting); // behind the last shot
  const used = new Set(shots.flatMap((shot) => [...shot.people, ...shot.dialogue.map(speakerOf)]));
  const cast = [...names.values()]
    .filter((name) => used.has(name))
    .map((name) => memberOf(name, elements, named));
  return {
    script: {
      ...(title === undefined ? {} : { title }),
      characters: Object.fromEntries(cast.map((member) => [member.name, portraitOf(member)])),
      shots: shots.map(asShot),
    },
    cast,
    fates: fates.map((fate) => ({
      ...fate,
      ...(fate.shot === undefined ? {} : { shot: Math.min(fate.shot, shots.length) }),
    })),
  };
}

const speakerOf = (line: Readonly<Record<string, string>>): string => Object.keys(line)[0] as string;

/** FADE IN:, FADE OUT. and FADE TO BLACK., which Fountain takes for action, are transitions. */
const withFades = (element: ScreenplayElement): ScreenplayElement =>
  element.kind === 'action' && /^FADE (?:IN|OUT|TO)\b[^a-z]*$/.test(element.text)
    ? { ...element, kind: 'transition' }
    : element;

function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

/** Room for a heading's number, or for "transition: ". */
const SPARE = 40;

function checkLengths(elements: readonly ScreenplayElement[]): void {
  for (const element of elements) {
    if (element.kind === 'boneyard') continue;
    if (element.kind === 'note' && !/^shot:/i.test(element.text)) continue;
    const { kind, line } = element;
    const texts =
      kind === 'dialogue'
        ? element.speech.flatMap(({ text, tone }) => [
            text,
            [...element.extensions, tone ?? ''].join(', '),
            element.name,
          ])
        : kind === 'action' || kind === 'note'
          ? splitSentences(plain(element.text))
          : [element.text];
    const longest = Math.max(0, ...texts.map((text) => text.length));
    if (longest <= limits.text - SPARE) continue;
    throw new ScreenplayError(
      `line ${line}: a text of ${longest} letters, and a script's have at most ${limits.text - SPARE}; make several of it`,
    );
  }
}

function asShot({
  scene,
  elements,
  people,
  plot,
  dialogue,
  notes,
  lines,
}: ShotDraft): ScriptFile['shots'][number] {
  const seconds = Math.min(LONGEST, Math.max(SHORTEST, (lines * 60) / LINES));
  const shown = [...people].slice(0, limits.charactersPerShot);
  const more = [...people].slice(limits.charactersPerShot);
  const all = [...notes, ...(more.length > 0 ? [`also there: ${more.join(', ')}`] : [])];
  // more than a script may have go into the last
  const own = all.slice(0, limits.linesPerShot - 1);
  const last = all
    .slice(limits.linesPerShot - 1)
    .join('; ')
    .slice(0, limits.text);
  if (last) own.push(last);
  return {
    ...(scene === undefined ? {} : { scene }),
    ...(shown.length > 0 ? { characters: shown } : {}),
    ...(elements.length > 0 ? { elements } : {}),
    plot: plot.length === 1 ? (plot[0] as string) : plot,
    seconds: Math.round(seconds * 2) / 2,
    ...(dialogue.length > 0 ? { dialogue } : {}),
    ...(own.length > 0 ? { notes: own } : {}),
  };
}

/** `INT. LIGHTHOUSE, STAIRS - NIGHT` is "Lighthouse, stairs" and "Night". */
function placeOf(heading: string): string[] {
  const own = plain(heading.replace(/^(?:(?:int|ext|est|i\/e|int\.?\/ext|ext\.?\/int)(?:\.\s*|\s+))+/i, ''));
  const parts = own.split(/\s+[-–—]+\s+/).filter(Boolean);
  const last = parts.slice(ELEMENTS - 1).join(' - ');
  return [...parts.slice(0, ELEMENTS - 1), ...(last ? [last] : [])].map(asPhrase);
}

/** In capitals only at its beginning. */
const asPhrase = (text: string): string => {
  const own = text === text.toUpperCase() ? text.toLowerCase() : text;
  return own.charAt(0).toUpperCase() + own.slice(1);
};

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** A cue's name as scripts may have it: `OLD MAN #2` is `Old Man 2`. */
function nameOf(cue: string): string {
  const words = plainName(plain(cue))
    .replace(/[^\p{L}\p{M}\p{N} _'’.-]+/gu, ' ')
    .trim()
    .split(/\s+/);
  const own = words.map((word) => (word === word.toUpperCase() ? capitalised(word) : word)).join(' ');
  const name = (/^\p{L}/u.test(own) ? own : `N ${own}`).slice(0, 64).trim();
  return taken.includes(name) ? capitalised(name) : name;
}

/** What may be no name in a script. */
const taken: readonly string[] = ['tone', 'constructor', 'prototype'];

const capitalised = (word: string): string =>
  word
    .toLowerCase()
    .replace(/(^|[-'’.])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());

/** All who speak, by their names in lower case. */
function namesOf(elements: readonly ScreenplayElement[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const element of elements) {
    if (element.kind !== 'dialogue') continue;
    const name = nameOf(element.name);
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  return names;
}

/** Writes names in capitals, as screenplays introduce people, as the script has them. */
function withNames(names: ReadonlyMap<string, string>): (text: string) => string {
  const all = [...names].map(([key, name]): [RegExp, string] => {
    const own = key.toUpperCase().replace(/[.]/g, '\\.');
    return [new RegExp(`(?<![\\p{L}\\p{N}])${own}(?![\\p{L}\\p{N}])`, 'gu'), name];
  });
  return (text) => all.reduce((own, [pattern, name]) => own.replace(pattern, () => name), text);
}

/** The shot size that a note begins with. */
function sizeOf(note: string): string | undefined {
  const [, word] = /^(?:an?\s+)?(close|medium|wide|long)(?:[- ]?(?:up|shot))\b/i.exec(note) ?? [];
  const sizes: Readonly<Record<string, string>> = { close: 'Close-up', medium: 'Medium shot' };
  return word && (sizes[word.toLowerCase()] ?? 'Wide shot');
}

/** Who of those that speak somewhere is named in a text, in its order. */
function namedIn(text: string, names: ReadonlyMap<string, string>): string[] {
  const lower = ` ${text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')} `;
  const found = [...names].flatMap(([key, name]) => {
    const at = lower.indexOf(` ${key.replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ').trim()} `);
    return at < 0 ? [] : [{ at, name }];
  });
  return found.sort((a, b) => a.at - b.at).map(({ name }) => name);
}

function memberOf(
  name: string,
  elements: readonly ScreenplayElement[],
  named: (text: string) => string,
): CastMember {
  const only = new Map([[name.toLowerCase(), name]]);
  const actions = elements.flatMap((element) =>
    element.kind === 'action' ? splitSentences(named(element.text)) : [],
  );
  return { name, saidOf: actions.filter((text) => namedIn(text, only).length > 0) };
}

/** Where the portrait is looked for, and what a screenplay says first. */
function portraitOf({ name, saidOf }: CastMember): { face: string; description: string } {
  const file = name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return { face: `${file}.png`, description: saidOf[0] ?? `${name}.` };
}
