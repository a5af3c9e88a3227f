import { characterOf, type ParsedScript, type Shot } from '../script.ts';
import { splitSentences } from '../sentences.ts';
import { type Kind, kindOf } from './kinds.ts';
import { type Recognised, Recogniser } from './recognise.ts';
import type { Topic, Vocabulary } from './schema.ts';
import { basesOf, functionWords, type Word, wordsOf } from './words.ts';

/** A word that the training data never say. */
export interface UnmetWord {
  readonly word: string;
  readonly kind?: Kind;
  /** What to write instead, where something of the vocabulary is meant. */
  readonly write?: string;
}

/** Where in a script a sentence stands. */
export type Section = 'element' | 'plot' | 'expression' | 'description';

/** Something in a script that the models were not trained on or do not follow. */
export type Finding =
  /** Words, in one sentence, that the models have never met. */
  | {
      readonly type: 'unmet';
      readonly where: Section;
      readonly sentence: string;
      readonly words: readonly UnmetWord[];
      /** The sentence of the training data that the text tower takes it for, where it was asked. */
      readonly nearest?: string;
    }
  /** More people than pictures of this size have shown. */
  | { readonly type: 'crowd'; readonly people: number; readonly most: number; readonly size: string | null }
  /** Somebody whom a plot or an element names, and who is not in `characters`: of the shot, or of the whole script. */
  | {
      readonly type: 'absent';
      readonly name: string;
      readonly of: 'shot' | 'script';
      readonly sentence: string;
    }
  /** "no rain": text towers read the word and not the "no". */
  | { readonly type: 'negation'; readonly said: string; readonly sentence: string }
  /** Two places, times, weathers or sizes in one shot. */
  | { readonly type: 'conflict'; readonly topic: Topic; readonly names: readonly string[] };

/** What was recognised, by topic: names of the vocabulary, each once, in the order of the text. */
export type Labels = Readonly<Partial<Record<Topic, readonly string[]>>>;

export interface CheckedShot {
  readonly scene: Labels;
  readonly people: readonly { readonly id: string; readonly labels: Labels }[];
  readonly findings: readonly Finding[];
}

const sceneTopics: readonly Topic[] = ['place', 'time', 'weather', 'size'];
const plotTopics: readonly Topic[] = ['place', 'prop', 'expression', 'action', 'time', 'weather', 'colour'];
const personTopics: readonly Topic[] = ['expression', 'action', 'prop', 'colour'];
const looks: readonly Topic[] = ['clothes', 'hat', 'hair', 'beard', 'glasses', 'colour'];

/** Compares a script with what a preset's models have met in training. Pure: no model is asked. */
export class VocabularyCheck {
  private readonly vocabulary: Vocabulary;
  private readonly recogniser: Recogniser;
  private readonly known: { readonly scene: ReadonlySet<string>; readonly description: ReadonlySet<string> };
  private readonly names: ReadonlySet<string>;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.recogniser = new Recogniser(vocabulary);
    const bases = (words: readonly string[]): Set<string> =>
      new Set(words.flatMap((word) => [...basesOf(word)]));
    this.known = { scene: bases(vocabulary.words.scene), description: bases(vocabulary.words.description) };
    this.names = new Set(vocabulary.names.map((name) => name.toLowerCase()));
  }

  /** What a person's description says, and what of it was never met. */
  person(description: string): { labels: Labels; findings: Finding[] } {
    const found = this.recogniser.find(description, looks);
    const findings = splitSentences(description).flatMap((sentence) =>
      this.unmet(sentence, 'description', looks, () => false),
    );
    return { labels: labelsOf(found), findings };
  }

  /** Whether an element or a plot's sentence has only words that were met. */
  knowsWords(sentence: string): boolean {
    const where = /[.!?]$/.test(sentence) ? 'plot' : 'element';
    const isName = (word: Word): boolean => this.isName(word, new Set(), where);
    return this.unmet(sentence, where, [...sceneTopics, ...plotTopics], isName).length === 0;
  }

  /** A shot of a script. */
  shot(script: ParsedScript, shot: Shot): CheckedShot {
    const elements = shot.elements.flatMap((text) => this.recogniser.find(text, sceneTopics));
    const told = shot.plot.flatMap((text) => this.recogniser.find(text, plotTopics));
    const people = shot.characters.map(({ id, expression }) => ({
      id,
      labels: labelsOf(this.recogniser.find(expression, personTopics)),
    }));
    const said = labelsOf(elements);
    const plot = labelsOf(told);
    const scene = {
      ...(plot.place ? { place: plot.place } : {}),
      ...(plot.time ? { time: plot.time } : {}),
      ...(plot.weather ? { weather: plot.weather } : {}),
      ...said,
      ...(plot.prop ? { prop: plot.prop } : {}),
    };
    return { scene, people, findings: this.findings(script, shot, said) };
  }

  private findings(script: ParsedScript, shot: Shot, said: Labels): Finding[] {
    const own = new Set(shot.characters.flatMap(({ id }) => nameWords(characterOf(script, id).id)));
    const all = new Set(script.characters.flatMap(({ id }) => nameWords(id)));
    const isOwn = (word: Word): boolean => own.has(word.text.toLowerCase());
    const expressions = shot.characters.map(({ expression }) => expression);
    return [
      ...this.crowd(shot, said),
      ...sceneTopics.flatMap((topic): Finding[] => {
        const names = said[topic] ?? [];
        return names.length > 1 ? [{ type: 'conflict', topic, names }] : [];
      }),
      ...(['element', 'plot'] as const).flatMap((where) =>
        (where === 'element' ? shot.elements : shot.plot).flatMap((sentence) => [
          ...this.absent(sentence, where, own, all),
          ...this.unmet(
            sentence,
            where,
            [...sceneTopics, ...plotTopics],
            (word) => isOwn(word) || this.isName(word, all, where),
          ),
        ]),
      ),
      ...expressions.flatMap((text) => this.unmet(text, 'expression', personTopics, isOwn)),
    ];
  }

  private crowd({ characters }: Shot, said: Labels): Finding[] {
    const size = said.size?.[0] ?? null;
    const { people } = this.vocabulary;
    const most = size === null ? Object.values(people).sort((a, b) => b - a)[0] : people[size];
    if (most === undefined || characters.length <= most) return [];
    return [{ type: 'crowd', people: characters.length, most, size }];
  }

  /** People who are named and are not in the shot. */
  private absent(
    sentence: string,
    where: Section,
    own: ReadonlySet<string>,
    all: ReadonlySet<string>,
  ): Finding[] {
    const found = new Map<string, Finding>();
    for (const word of wordsOf(sentence)) {
      const name = word.text.toLowerCase();
      if (own.has(name) || !this.isName(word, all, where)) continue;
      const of = all.has(name) ? 'shot' : 'script';
      found.set(name, { type: 'absent', name: word.text, of, sentence });
    }
    return [...found.values()];
  }

  /**
   * Whether a word is somebody's name: of a person of the script, of one of the training data, or a capital within a
   * plot's sentence. Where all words begin with capitals, as in titles, these say nothing.
   */
  private isName(word: Word, all: ReadonlySet<string>, where: Section): boolean {
    const name = word.text.toLowerCase();
    if (!word.isCapital) return false;
    if (all.has(name) || this.names.has(name)) return true;
    if (where === 'element') return false;
    if (functionWords.has(name) || kindOf(name) !== undefined || this.isMet(word, 'scene')) return false;
    if (/^\p{Lu}+$/u.test(word.text) || !/^\p{Script=Latin}/u.test(word.text)) return false;
    // a sentence's first word is a name where a verb in the third person follows, or another name
    if (word.isFirst) return /^\p{Ll}+s$/u.test(word.next ?? '') || word.next === 'and';
    return !this.recogniser.find(word.text, sceneTopics).length;
  }

  private isMet(word: Word, where: 'scene' | 'description'): boolean {
    return [...word.bases].some((base) => this.known[where].has(base));
  }

  private unmet(
    sentence: string,
    where: Section,
    wanted: readonly Topic[],
    isName: (word: Word) => boolean,
  ): Finding[] {
    const words = wordsOf(sentence);
    const found = this.recogniser.find(sentence, wanted);
    const covered = new Set(found.flatMap(({ from, to }) => words.slice(from, to).map(({ at }) => at)));
    const unknown = words.flatMap((word): UnmetWord[] => {
      const hint = found.find(({ from, write }) => write !== undefined && words[from] === word);
      if (hint) return [unmetWord(hint.text, hint.write)];
      const text = word.text.toLowerCase();
      if (
        covered.has(word.at) ||
        functionWords.has(text) ||
        this.isMet(word, where === 'description' ? where : 'scene')
      )
        return [];
      if (isName(word)) return [];
      return [unmetWord(word.text)];
    });
    return [
      ...(unknown.length > 0 ? [{ type: 'unmet', where, sentence, words: unknown } as const] : []),
      ...found
        .filter(({ isNegated }) => isNegated)
        .map(({ text }): Finding => ({ type: 'negation', said: text, sentence })),
    ];
  }
}

function unmetWord(word: string, write?: string): UnmetWord {
  const kind = kindOf(word);
  return { word, ...(kind === undefined ? {} : { kind }), ...(write === undefined ? {} : { write }) };
}

function labelsOf(found: readonly Recognised[]): Labels {
  const labels: Partial<Record<Topic, string[]>> = {};
  for (const { topic, name, isNegated } of found) {
    if (isNegated) continue;
    const names = labels[topic] ?? [];
    if (!names.includes(name)) names.push(name);
    labels[topic] = names;
  }
  return labels;
}

const nameWords = (id: string): string[] => wordsOf(id).map(({ text }) => text.toLowerCase());
