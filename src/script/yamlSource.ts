import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { checkAliases } from './aliases.ts';
import { plainName } from './names.ts';
import { type Problem, ScriptError } from './scriptError.ts';

/** Plain data read from YAML, and where each part of it stands in the file. */
export interface YamlSource {
  readonly data: unknown;
  /** Line and column (from 1) of the value at a path, of its `key`, or of the nearest part that exists. */
  locate(path: readonly PropertyKey[], key?: boolean): { readonly line: number; readonly column: number };
}

/** Keys that mean something to JavaScript itself. Nobody needs them, and attacks do. */
const forbiddenKeys = ['__proto__', 'constructor', 'prototype'];

/**
 * Parses YAML 1.2 text from strangers. Broken syntax, duplicated, forbidden or non-text keys, tags that are no YAML, too
 * many aliases (a few bytes can unfold to gigabytes) and bottomless nesting throw a `ScriptError`.
 */
export function parseYaml(text: string, file: string): YamlSource {
  const counter = new LineCounter();
  const position = (offset: number): { line: number; column: number } => {
    const { line, col } = counter.linePos(Math.max(0, offset));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    // Duplicates are looked for below: the library compares all pairs of keys, which takes minutes on a hostile file.
    const options = {
      lineCounter: counter,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    } as const;
    const document = parseDocument(text, options);
    const broken = [...document.errors, ...document.warnings];
    if (broken.length > 0) {
      throw new ScriptError(
        file,
        broken.slice(0, 20).map((error) => ({ ...position(error.pos[0]), ...explain(error) })),
      );
    }
    const problems: Problem[] = [];
    const report = (offset: number, message: string, fix: string): void => {
      problems.push({ ...position(offset), message, fix });
    };
    checkKeys(document.contents, report);
    checkAliases(document.contents, report);
    if (problems.length > 0) throw new ScriptError(file, problems);
    const data: unknown = document.toJS({ maxAliasCount: -1 }); // counted above;
    const root = document.contents;
    return { data, locate: (path, key) => position(root ? offsetOf(root, path, key ?? false) : 0) };
  } catch (error) {
    if (error instanceof ScriptError) throw error;
    const message =
      error instanceof RangeError
        ? 'the script is nested too deeply'
        : `the script unfolds into too much (${(error as Error).message})`;
    const fix = 'write it plainly: title, characters, shots, references';
    throw new ScriptError(file, [{ line: 1, column: 1, message, fix }], { cause: error });
  }
}

function explain(error: YAMLError): { message: string; fix: string } {
  const fixes: Partial<Record<YAMLError['code'], string>> = {
    TAB_AS_INDENT: 'indent with spaces instead of tabs',
    BAD_INDENT: 'indent the lines of one list or mapping alike',
    MISSING_CHAR: 'close the bracket or quote, or put a comma between the items',
    MULTILINE_IMPLICIT_KEY: 'put the key and its colon on one line; put text that contains a colon in quotes',
    BLOCK_AS_IMPLICIT_KEY: 'put text that contains ": " in quotes',
    UNEXPECTED_TOKEN: 'put text with special characters in quotes',
    TAG_RESOLVE_FAILED: 'remove the tag (the word with "!")',
    BAD_ALIAS: 'put text that begins with * or & in quotes',
  };
  if (error.code === 'MULTIPLE_DOCS') {
    return { message: 'a second document begins here ("---")', fix: 'keep one script a file' };
  }
  const message = `this is not valid YAML: ${error.message.split('\n')[0]!.trim().slice(0, 200)}`;
  return {
    message,
    fix: fixes[error.code] ?? 'correct the line; text with special characters belongs in quotes',
  };
}

type Report = (offset: number, message: string, fix: string) => void;

function checkKeys(root: Node | null, report: Report): void {
  visit(root, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const offset = (key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0;
        const name = isScalar(key) && key.value !== null ? String(key.value) : undefined;
        if (name === undefined) {
          report(offset, 'a key must be a plain word', 'write key: value');
        } else if (forbiddenKeys.includes(name)) {
          report(offset, `"${name}" cannot be a key`, 'choose another name');
        } else if (name === '<<') {
          const fix =
            'write its keys out, or name a whole mapping once (characters: &both {...}) and then *both';
          report(offset, '"<<" merges mappings in YAML 1.1 only; scripts are YAML 1.2', fix);
        } else if (seen.has(plainName(name))) {
          report(offset, `the key "${name}" stands twice in one mapping`, 'remove or rename one of them');
        }
        if (name !== undefined) seen.add(plainName(name));
      }
    },
  });
}

function offsetOf(root: Node, path: readonly PropertyKey[], key: boolean): number {
  const anchors = new Map<string, Node>();
  const follow = (node: unknown): unknown => {
    if (!isAlias(node)) return node;
    if (anchors.size === 0) {
      visit(root, { Value: (_, n) => void (n.anchor && anchors.set(n.anchor, n)) });
    }
    return anchors.get(node.source);
  };
  let node: unknown = root;
  let offset = root.range?.[0] ?? 0;
  for (const [depth, part] of path.entries()) {
    const container = follow(node);
    let next: unknown;
    if (isSeq(container)) {
      next = container.items[Number(part)];
    } else if (isMap(container)) {
      const pair = container.items.find(
        (item) => isScalar(item.key) && plainName(String(item.key.value)) === plainName(String(part)),
      );
      if (pair && key && depth === path.length - 1) return (pair.key as Node).range?.[0] ?? offset;
      // an empty value stands at the end of its key's line; the key is what the eye looks for
      next = isScalar(pair?.value) && pair.value.value === null ? pair.key : pair?.value;
    }
    if (isPair(next)) next = next.value;
    if (next === undefined || next === null) return offset;
    node = next;
    offset = (node as Node).range?.[0] ?? offset;
  }
  return offset;
}
