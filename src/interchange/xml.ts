/** An element of an XML document. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly content: readonly Element[] | string;
}

/** An element; attributes that are undefined are left out. */
export const element = (
  name: string,
  attributes: Element['attributes'] = {},
  content: Element['content'] = [],
): Element => ({ name, attributes, content });

/** A whole document (XML 1.0, UTF-8), indented by two spaces. */
export function xmlDocument(root: Element, doctype?: string): string {
  const type = doctype === undefined ? '' : `<!DOCTYPE ${doctype}>\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${type}${textOf(root, '')}`;
}

function textOf({ name, attributes, content }: Element, indent: string): string {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const start = `${indent}<${[name, ...given.map(([key, value]) => `${key}="${escapeXml(`${value}`)}"`)].join(' ')}`;
  if (content.length === 0) return `${start}/>\n`;
  if (typeof content === 'string') return `${start}>${escapeXml(content)}</${name}>\n`;
  return `${start}>\n${content.map((child) => textOf(child, `${indent}  `)).join('')}${indent}</${name}>\n`;
}

/** Characters that XML 1.0 cannot hold, not even escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is the rule
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** Text for element content and attributes in double quotes; line breaks in attributes would be read as spaces. */
function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '\n': '&#10;',
  };
  return text
    .replace(forbidden, '\ufffd')
    .replace(/\r\n?/g, '\n')
    .replace(/[&<>"\n]/g, (c) => entities[c] as string);
}
