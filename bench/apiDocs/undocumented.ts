import type { ApiItem, EntryPoint } from './extract.ts';

/** What the base class `MovieDreamerError` describes for every error. */
const ofEveryError: readonly (string | undefined)[] = ['name', 'kind', 'code'];

/** Constructors without parameters need no comment, nor do overloads after the first, nor what every error has. */
function needsComment(item: ApiItem, parent: ApiItem | undefined): boolean {
  if (item.kind === 'Constructor' && !item.parameters?.length) return false;
  if ((item.overloadIndex ?? 1) > 1) return false;
  const isOfError = parent?.kind === 'Class' && parent.name?.endsWith('Error');
  return !(isOfError && ofEveryError.includes(item.name));
}

/** API Extractor writes a sentence of its own for constructors whose comment has none. */
const hasComment = ({ docComment = '' }: ApiItem): boolean =>
  docComment !== '' &&
  (!/^\/\*\*\s*\* Constructs a new instance of the/.test(docComment) || docComment.includes('@param'));

function walk(item: ApiItem, parent: ApiItem | undefined, prefix: string): readonly string[] {
  const name = prefix + (item.name ?? item.kind.toLowerCase());
  const own = needsComment(item, parent) && !hasComment(item) ? [name] : [];
  return [...own, ...(item.members ?? []).flatMap((member) => walk(member, item, `${name}.`))];
}

/** The exported names and members without a doc comment, as `module: Name.member`, sorted; each at its first entry. */
export function listUndocumented(entries: readonly EntryPoint[]): readonly string[] {
  const seen = new Set<string>();
  const once = (item: ApiItem): boolean => {
    const place = `${item.fileUrlPath}:${item.kind}:${item.name}:${item.overloadIndex}`;
    return !item.fileUrlPath || seen.size < seen.add(place).size;
  };
  return entries
    .flatMap(({ module, items }) =>
      items.filter(once).flatMap((item) => walk(item, undefined, `${module}: `)),
    )
    .sort();
}
