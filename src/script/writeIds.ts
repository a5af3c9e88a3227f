import { isAlias, isMap, isScalar, isSeq, parseDocument, type Scalar } from 'yaml';

/**
 * A script's text with ids for the shots that have none. Everything else stays as it is written: comments, order, quotes,
 * and where the file breaks its lines.
 * @param ids one for every shot, in the order of the script
 * @throws RangeError where the text is no script of that many shots, or where several shots are one text (`*name`)
 */
export function withShotIds(text: string, ids: readonly string[]): string {
  const document = parseDocument(text, { keepSourceTokens: true });
  const shots = document.get('shots');
  if (!isSeq(shots) || shots.items.length !== ids.length) {
    throw new RangeError(`withShotIds: expected a script of ${ids.length} shots`);
  }
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const inserts: { at: number; text: string }[] = [];
  for (const [i, shot] of shots.items.entries()) {
    if (isAlias(shot)) {
      throw new RangeError(
        `withShotIds: shot ${i + 1} is an alias (*${shot.source}); write it out to give it an id`,
      );
    }
    if (!isMap(shot) || shot.has('id')) continue;
    const first = shot.items[0]?.key as Scalar | undefined;
    const at = first?.range?.[0] ?? shot.range?.[0];
    if (!isScalar(first) || at === undefined) throw new RangeError(`withShotIds: shot ${i + 1} has no keys`);
    const isJson = first.type === 'QUOTE_DOUBLE';
    const id = isJson ? `"id": ${JSON.stringify(ids[i])}` : `id: ${yamlId(ids[i] as string)}`;
    const lineStart = text.lastIndexOf('\n', at - 1) + 1;
    const indent = text.slice(lineStart, at).replace(/[^\t]/g, ' ');
    inserts.push({ at, text: shot.flow ? `${id}, ` : `${id}${eol}${indent}` });
  }
  return inserts.reduceRight((out, { at, text: own }) => out.slice(0, at) + own + out.slice(at), text);
}

/** An id in YAML: numbers as such, and in quotes what YAML could take for something else. */
export function yamlId(id: string): string {
  const isNumber = /^(0|[1-9]\d{0,14})$/.test(id);
  const isWord =
    /^\p{L}[\p{L}\p{M}\p{N}_-]*$/u.test(id) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(id);
  return isNumber || isWord ? id : `'${id}'`;
}
