import { blockLine, readComment } from './comment.ts';
import type { ApiItem, EntryPoint } from './extract.ts';

const groups: readonly (readonly [string, readonly string[]])[] = [
  ['Classes', ['Class']],
  ['Functions', ['Function']],
  ['Constants', ['Variable']],
  ['Types', ['Interface', 'TypeAlias', 'Enum']],
  ['Namespaces', ['Namespace']],
];

/** Where each declaration is described: the same one may be exported by several entries. */
type Places = Map<string, string>;

const signature = (item: ApiItem): string =>
  (item.excerptTokens ?? [])
    .map(({ text }) => text)
    .join('')
    .replace(/^export (declare )?/, '')
    .replace(/;?\s*$/, '');

const anchor = (name: string): string => name.toLowerCase().replace(/[^a-z0-9_-]/g, '');

function commentLines(item: ApiItem): readonly string[] {
  const { summary, blocks } = readComment(item.docComment);
  const lines = summary ? [summary, ''] : [];
  for (const { tag, text } of blocks) lines.push(`- ${blockLine(tag, text)}`);
  return blocks.length > 0 ? [...lines, ''] : lines;
}

/** A member as a point of a list: its signature, its comment, its errors. */
function memberLines(item: ApiItem): readonly string[] {
  const { summary, blocks } = readComment(item.docComment);
  const code = signature(item).replace(/\s*\n\s*/g, ' ');
  const text = summary.replace(/\s*\n\s*/g, ' ');
  return [
    `- \`${code}\`${text ? `  \n  ${text}` : ''}`,
    ...blocks.map((block) => `  - ${blockLine(block.tag, block.text)}`),
  ];
}

function itemLines(item: ApiItem, prefix: string, page: string, places: Places): readonly string[] {
  const name = prefix + (item.name ?? '');
  const heading = ['', `### ${name}`, ''];
  const declared = `${item.fileUrlPath}:${item.name}`;
  const place = places.get(declared);
  if ((item.overloadIndex ?? 1) === 1) {
    if (place) return [];
    places.set(declared, `${page}#${anchor(name)}`);
  }
  const code = ['```ts', signature(item), '```', ''];
  if ((item.overloadIndex ?? 1) > 1) return code;
  return [...heading, ...code, ...commentLines(item), ...(item.members ?? []).flatMap(memberLines)];
}

/** The items that another page or an earlier namespace describes, as one line of links. */
function linkLines(items: readonly ApiItem[], places: Places): readonly string[] {
  const links = items.flatMap((item) => {
    const place = places.get(`${item.fileUrlPath}:${item.name}`);
    return place && (item.overloadIndex ?? 1) === 1 ? [`[${item.name}](${place})`] : [];
  });
  return links.length > 0 ? ['', `Described elsewhere: ${links.join(', ')}.`, ''] : [];
}

function groupLines(
  items: readonly ApiItem[],
  prefix: string,
  page: string,
  places: Places,
): readonly string[] {
  const links = linkLines(items, places);
  const described = groups.flatMap(([title, kinds]) => {
    const own = items.filter(({ kind }) => kinds.includes(kind));
    if (own.length === 0) return [];
    if (title === 'Namespaces')
      return own.flatMap((space) => [
        '',
        `## Namespace ${space.name}`,
        '',
        ...commentLines(space),
        ...groupLines(space.members ?? [], `${prefix}${space.name}.`, page, places),
      ]);
    const lines = own.flatMap((item) => itemLines(item, prefix, page, places));
    return prefix || lines.length === 0 ? lines : ['', `## ${title}`, ...lines];
  });
  return [...links, ...described];
}

const notice =
  '<!-- Written by `npm run docs:api` from the doc comments in src. Change those, not this file. -->';

/** The reference as files of Markdown, by their names: one for each entry, and an index. */
export function writeReference(entries: readonly EntryPoint[]): ReadonlyMap<string, string> {
  const places: Places = new Map();
  const files = new Map<string, string>();
  for (const { module, file, items } of entries) {
    const page = `${file === 'index' ? 'moviedreamer' : file}.md`;
    const lines = [notice, '', `# ${module}`, '', '```ts', `import { … } from '${module}';`, '```'];
    const text = [...lines, ...groupLines(items, '', page, places), ''].join('\n');
    files.set(page, text.replace(/\n{3,}/g, '\n\n'));
  }
  const list = entries.map(({ module, file, items }) => {
    const page = `${file === 'index' ? 'moviedreamer' : file}.md`;
    return `- [\`${module}\`](${page}): ${items.length} exported names`;
  });
  const index = [notice, '', '# API reference', '', ...list, ''];
  return files.set('README.md', index.join('\n'));
}
