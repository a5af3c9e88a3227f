/**
 * A literal of Python as pandas writes it into cells: lists, dicts, strings in single or double quotes, numbers, None, True
 * and False.
 * @throws SyntaxError for anything else
 */
export function parsePythonLiteral(text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

/** A dict of strings as Python prints it. */
export function formatPythonDict(entries: Readonly<Record<string, string>>): string {
  const inner = Object.entries(entries).map(([key, value]) => `${quoted(key)}: ${quoted(value)}`);
  return `{${inner.join(', ')}}`;
}

/** As Python's repr: in double quotes where the text has single ones alone. */
function quoted(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return escaped.includes("'") && !escaped.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll("'", "\\'")}'`;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

class Reader {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(): unknown {
    this.spaces();
    const c = this.text[this.at];
    if (c === '[' || c === '(') return this.list(c === '[' ? ']' : ')');
    if (c === '{') return this.dict();
    if (c === "'" || c === '"') return this.string(c);
    const [word] = /^[-+.\w]+/.exec(this.text.slice(this.at)) ?? [];
    if (word === undefined) throw this.wrong('a value');
    this.at += word.length;
    if (word === 'None' || word === 'nan') return null;
    if (word === 'True' || word === 'False') return word === 'True';
    if (Number.isNaN(Number(word))) throw this.wrong('a value');
    return Number(word);
  }

  end(): void {
    this.spaces();
    if (this.at < this.text.length) throw this.wrong('the end');
  }

  private list(close: string): unknown[] {
    const items: unknown[] = [];
    this.items(close, () => items.push(this.value()));
    return items;
  }

  private dict(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.items('}', () => {
      const key = this.value();
      this.spaces();
      if (this.text[this.at++] !== ':') throw this.wrong('a colon');
      entries.push([String(key), this.value()]);
    });
    return Object.fromEntries(entries);
  }

  private items(close: string, read: () => void): void {
    if (++this.depth > 20) throw this.wrong('a value less deep');
    this.at += 1;
    for (;;) {
      this.spaces();
      if (this.text[this.at] === close) break;
      read();
      this.spaces();
      if (this.text[this.at] === ',') this.at += 1;
      else if (this.text[this.at] !== close) throw this.wrong(`a comma or ${close}`);
    }
    this.at += 1;
    this.depth -= 1;
  }

  private string(quote: string): string {
    let out = '';
    for (this.at += 1; this.at < this.text.length; this.at++) {
      const c = this.text[this.at] as string;
      if (c === quote) {
        this.at += 1;
        return out;
      }
      if (c !== '\\') out += c;
      else {
        const next = this.text[++this.at] ?? '';
        const hex = { x: 2, u: 4 }[next];
        if (hex === undefined) out += escapes[next] ?? `\\${next}`;
        else {
          out += String.fromCharCode(
            Number.parseInt(this.text.slice(this.at + 1, this.at + 1 + hex), 16) || 0xfffd,
          );
          this.at += hex;
        }
      }
    }
    throw this.wrong(`a closing ${quote}`);
  }

  private spaces(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at += 1;
  }

  private wrong(expected: string): SyntaxError {
    return new SyntaxError(
      `expected ${expected} at character ${this.at + 1} of ${JSON.stringify(this.text.slice(0, 80))}`,
    );
  }
}
