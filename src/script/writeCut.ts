import { isMap, isScalar, isSeq, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import type { CutPiece } from './script.ts';
import { yamlId } from './writeIds.ts';

/** What a cut changes in a script. */
export interface ScriptEdit {
  /** The film's cut; undefined: all shots follow each other, and the script says nothing of it. */
  readonly cut: readonly CutPiece[] | undefined;
  /** New lengths of shots in seconds, by their places from 0. */
  readonly seconds?: ReadonlyMap<number, number> | undefined;
}

/**
 * A script's text with another cut and other lengths of shots. Everything else stays as it is written.
 * @throws RangeError where the text is no script, or a shot whose length changes is an alias (`*name`)
 */
export function withCut(text: string, { cut, seconds = new Map() }: ScriptEdit): string {
  const document = parseDocument(text, { keepSourceTokens: true });
  const root = document.contents;
  if (!isMap(root) || !root.range) throw new RangeError('withCut: expected a script');
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const edits = [...seconds].map(([i, value]) => secondsEdit(document.get('shots'), i, value, text));
  edits.push(cutEdit(root, cut, text, eol));
  return edits
    .sort((a, b) => b.from - a.from)
    .reduce((out, { from, to, own }) => out.slice(0, from) + own + out.slice(to), text);
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly own: string;
}

/** Puts the cut in the place of an earlier one, or at the end. */
function cutEdit(root: YAMLMap, cut: ScriptEdit['cut'], text: string, eol: string): Edit {
  const isJson = root.flow === true;
  const own = cut && (isJson ? `"cut": ${JSON.stringify(cut.map(jsonItem))}` : blockOf(cut, eol));
  const pair = root.items.find(({ key }) => isScalar(key) && key.value === 'cut');
  const end = root.range?.[1] as number;
  if (!pair) {
    if (!own) return { from: end, to: end, own: '' };
    if (!isJson) return { from: end, to: end, own: text[end - 1] === '\n' ? own : eol + own };
    const last = text.slice(0, end - 1).trimEnd().length;
    return { from: last, to: last, own: `, ${own}` };
  }
  const from = (pair.key as Scalar).range?.[0] as number;
  const to = (pair.value as Scalar | null)?.range?.[1] ?? from + 'cut:'.length;
  if (isJson) {
    if (own) return { from, to, own };
    const comma = text.lastIndexOf(',', from);
    return { from: comma < 0 ? from : comma, to, own: '' };
  }
  const isWholeLine = text[to - 1] === '\n';
  if (own) return { from, to, own: isWholeLine ? own : own.slice(0, -eol.length) };
  return { from, to: isWholeLine || text[to] === undefined ? to : text.indexOf('\n', to) + 1 || to, own: '' };
}

function blockOf(cut: readonly CutPiece[], eol: string): string {
  const lines = cut.map(({ shot, from, to }) => {
    const stretch = [from === undefined ? '' : `, from: ${from}`, to === undefined ? '' : `, to: ${to}`].join(
      '',
    );
    return stretch ? `  - { shot: ${yamlId(shot)}${stretch} }` : `  - ${yamlId(shot)}`;
  });
  return `${['cut:', ...lines].join(eol)}${eol}`;
}

const jsonItem = ({ shot, ...stretch }: CutPiece): unknown =>
  Object.values(stretch).some((value) => value !== undefined) ? { shot, ...stretch } : shot;

function secondsEdit(shots: unknown, place: number, seconds: number, text: string): Edit {
  const shot = isSeq(shots) ? shots.items[place] : undefined;
  if (!isMap(shot))
    throw new RangeError(`withCut: shot ${place + 1} is an alias; write it out to change its length`);
  const value = shot.get('seconds', true);
  if (isScalar(value) && value.range) return { from: value.range[0], to: value.range[1], own: `${seconds}` };
  const key = shot.items[0]?.key as Scalar;
  const at = key.range?.[0] as number;
  const indent = text.slice(text.lastIndexOf('\n', at - 1) + 1, at).replace(/[^\t]/g, ' ');
  const isJson = key.type === 'QUOTE_DOUBLE';
  const own = isJson ? `"seconds": ${seconds}` : `seconds: ${seconds}`;
  return { from: at, to: at, own: shot.flow ? `${own}, ` : `${own}\n${indent}` };
}
