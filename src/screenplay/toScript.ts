import { limits, type ScriptFile, splitSentences } from '../script/index.ts';
import { plain, type ScreenplayElement } from './fountain.ts';

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
 * `[[shot: ...]]`, a shot; dialogue belongs to the shot before it in its scene. A shot shows whom its paragraph names and who
 * speaks in it, but for voices from elsewhere. It lasts as long as its lines on paper, a minute a page. Transitions, sections, synopses, lyrics and centred
 * text become notes of a shot; private notes, boneyard and the rest of the title page are left out.
 */
export function toScript(elements: readonly ScreenplayElement[]): ImportedScreenplay {
  const names = namesOf(elements);
  const shots: ShotDraft[] = [];
  const fates: LineFate[] = [];
  let scene: string | undefined;
  let place: string[] = [];
  let waiting: string[] = []; // notes for the next shot
  let current: ShotDraft | undefined; // the shot that dialogue goes into
  let title: string | undefined;
  const begin = (plot: readonly string[]): ShotDraft => {
    current = {
      ...{ scene, elements: [...place], people: new Set(), plot: [...plot], dialogue: [] },
      ...{ notes: waiting, lines: 0 },
    };
    waiting = [];
    shots.push(current);
    return current;
  };
  for (const element of elements) {
    const { line, to, kind } = element;
    const told = { line, to, what: kind };
    const inShot = (): void => void fates.push({ ...told, shot: shots.length });
    switch (element.kind) {
      case 'title':
        if (element.key.toLowerCase() === 'title') {
          title = plain(element.text);
          fates.push({ ...told, what: 'title of the film' });
        } else fates.push({ ...told, leftOut: `the title page's ${element.key}` });
        break;
      case 'scene':
        scene = element.text;
        place = placeOf(element.text);
        current = undefined;
        fates.push({ ...told, shot: shots.length + 1 });
        break;
      case 'action': {
        const shot = begin(splitSentences(element.text));
        for (const name of namedIn(element.text, names)) shot.people.add(name);
        shot.lines += Math.ceil(element.text.length / LETTERS) + 1;
        inShot();
        break;
      }
      case 'dialogue': {
        const name = nameOf(element.name);
        const shot = current ?? begin([element.isAbsent ? 'A voice is heard.' : 'Somebody speaks.']);
        if (!element.isAbsent) shot.people.add(name);
        for (const { text, tone } of element.speech) {
          shot.dialogue.push({ [name]: text, ...(tone ? { tone } : {}) });
          shot.lines += Math.ceil(text.length / SPOKEN);
        }
        shot.lines += 2;
        inShot();
        break;
      }
      case 'note': {
        const [, wanted] = /^shot:\s*(\S[\s\S]*)$/i.exec(element.text) ?? [];
        if (wanted === undefined) {
          fates.push({ ...told, leftOut: 'a private note' });
          break;
        }
        const text = sentence(plain(wanted));
        const shot = begin(splitSentences(text));
        for (const name of namedIn(text, names)) shot.people.add(name);
        shot.lines += 2;
        inShot();
        break;
      }
      case 'boneyard':
      case 'page break':
        fates.push({ ...told, leftOut: kind === 'boneyard' ? 'boneyard' : 'a page break' });
        break;
      default: {
        const text = `${kind}: ${plain(element.text)}`;
        if (kind === 'transition' && shots.length > 0) (shots.at(-1) as ShotDraft).notes.push(text);
        else waiting.push(text);
        fates.push({
          ...told,
          shot: kind === 'transition' && shots.length > 0 ? shots.length : shots.length + 1,
        });
      }
    }
  }
  (shots.at(-1)?.notes ?? []).push(...waiting); // behind the last shot
  const used = new Set(
    shots.flatMap(({ people, dialogue }) => [...people, ...dialogue.flatMap(Object.keys)]),
  );
  const cast = [...names.values()].filter((name) => used.has(name)).map((name) => memberOf(name, elements));
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
  const own = [...notes, ...(more.length > 0 ? [`also there: ${more.join(', ')}`] : [])];
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
  const own = plain(heading.replace(/^(?:(?:int|ext|est|i\/e|int\.?\/ext|ext\.?\/int)\.?\s+)+/i, ''));
  const parts = own.split(/\s+[-–—]+\s+/).filter(Boolean);
  return parts.map(asPhrase);
}

/** In capitals only at its beginning. */
const asPhrase = (text: string): string => {
  const own = text === text.toUpperCase() ? text.toLowerCase() : text;
  return own.charAt(0).toUpperCase() + own.slice(1);
};

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** A cue's name as scripts may have it: `OLD MAN #2` is `Old Man 2`. */
function nameOf(cue: string): string {
  const words = plain(cue)
    .replace(/[^\p{L}\p{M}\p{N} _'’.-]+/gu, ' ')
    .trim()
    .split(/\s+/);
  const own = words.map((word) => (word === word.toUpperCase() ? capitalised(word) : word)).join(' ');
  return /^\p{L}/u.test(own) ? own.slice(0, 64) : `N ${own}`.slice(0, 64);
}

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

/** Who of those that speak somewhere is named in a text, in its order. */
function namedIn(text: string, names: ReadonlyMap<string, string>): string[] {
  const lower = ` ${text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')} `;
  const found = [...names].flatMap(([key, name]) => {
    const at = lower.indexOf(` ${key.replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ').trim()} `);
    return at < 0 ? [] : [{ at, name }];
  });
  return found.sort((a, b) => a.at - b.at).map(({ name }) => name);
}

function memberOf(name: string, elements: readonly ScreenplayElement[]): CastMember {
  const only = new Map([[name.toLowerCase(), name]]);
  const actions = elements.flatMap((element) =>
    element.kind === 'action' ? splitSentences(element.text) : [],
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
