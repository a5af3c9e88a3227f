/**
 * The JSON object in a model's answer: the whole of it, what stands between fences, or the first object from a `{` to its
 * `}` that can be read. Undefined where there is none.
 */
export function jsonIn(text: string): unknown {
  const plain = text.replace(/<think>[\s\S]*?<\/think>/g, '').trim();
  const fenced = /```(?:json)?\s*([\s\S]*?)```/i.exec(plain)?.[1];
  for (const candidate of [plain, ...(fenced === undefined ? [] : [fenced])]) {
    const value = objectOf(candidate);
    if (value !== undefined) return value;
  }
  let tries = 0;
  for (let at = plain.indexOf('{'); at >= 0 && tries < MOST; at = plain.indexOf('{', at + 1), tries++) {
    const end = endOfObject(plain, at);
    const value = end === undefined ? undefined : objectOf(plain.slice(at, end));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Braces that are tried: an answer of braces alone must not take for ever. */
const MOST = 50;

function objectOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Behind the brace that closes the one at `from`; braces in strings do not count. */
function endOfObject(text: string, from: number): number | undefined {
  let depth = 0;
  let isString = false;
  for (let i = from; i < text.length; i++) {
    const c = text[i];
    if (isString) {
      if (c === '\\') i++;
      else if (c === '"') isString = false;
    } else if (c === '"') isString = true;
    else if (c === '{') depth++;
    else if (c === '}' && --depth === 0) return i + 1;
  }
  return undefined;
}
