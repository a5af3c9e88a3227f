/** An element as a test reads it from an XML document. */
export interface ReadElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: ReadElement[];
  text: string;
}

/** Reads XML without namespaces, CDATA and comments; throws where tags do not match. */
export function readXml(document: string): ReadElement {
  const root: ReadElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const body = document.replace(/^<\?xml [^>]*\?>\s*/, '').replace(/^<!DOCTYPE [^>]*>\s*/, '');
  for (const [, close, name, attributes, empty, text] of body.matchAll(
    /<(\/?)([\w.-]+)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/g,
  )) {
    const parent = open.at(-1) as ReadElement;
    if (text !== undefined) parent.text += plain(text);
    else if (close) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes <${parent.name}>`);
    } else {
      const pairs = [...(attributes ?? '').matchAll(/([\w:.-]+)="([^"]*)"/g)];
      const element: ReadElement = {
        name: name as string,
        attributes: Object.fromEntries(
          pairs.map(([, key, value]) => [key as string, plain(value as string)]),
        ),
        ...{ children: [], text: '' },
      };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('elements are left open');
  return root.children[0] as ReadElement;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#10': '\n' };
const plain = (text: string): string =>
  text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const found = entities[name];
    if (found === undefined) throw new Error(`unknown entity ${whole}`);
    return found;
  });

/** All elements of a name below one. */
export const elementsOf = (root: ReadElement, name: string): ReadElement[] =>
  root.children.flatMap((child) => [...(child.name === name ? [child] : []), ...elementsOf(child, name)]);
