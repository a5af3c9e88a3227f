/** A doc comment, taken apart by its tags. */
export interface Comment {
  readonly summary: string;
  /** In the order of the comment: `@throws`, `@param`, and so on, with their texts. */
  readonly blocks: readonly { readonly tag: string; readonly text: string }[];
}

/** Reads a comment with its stars, as it stands in the source. */
export function readComment(source: string | undefined): Comment {
  const text = (source ?? '')
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\\([{}@<>])/g, '$1')
    .replace(/\{@link (\S+?)(?:\s*\|\s*(.*?))?\}/g, (_, target, label) => label ?? `\`${target}\``)
    .replace(/^\s*Constructs a new instance of the `\w+` class$/m, '')
    .trim();
  const [summary = '', ...parts] = text.split(/^@(?=[a-zA-Z])/m);
  const blocks = parts.map((part) => {
    const [, tag = '', rest = ''] = /^([a-zA-Z]+)\s*([\s\S]*)$/.exec(part) ?? [];
    return { tag, text: rest.trim() };
  });
  return { summary: summary.trim(), blocks };
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');

/** A block as a line of Markdown: `@throws {X} when …` becomes `Throws X when …`. */
export function blockLine(tag: string, text: string): string {
  const line = oneLine(text);
  if (tag === 'throws') return `Throws ${line.replace(/^\{(\w+)\}|^([A-Z]\w*)/, '`$1$2`')}`;
  if (tag === 'param') return line.replace(/^(\w+)\s*-?\s*/, '`$1`: ');
  if (tag === 'returns') return `Returns ${line}`;
  if (tag === 'default' || tag === 'defaultValue') return `Default: ${line}`;
  return `${tag}: ${line}`;
}
