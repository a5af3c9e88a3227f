import { dirname, resolve } from 'node:path';
import { checkCut, toPiece } from './cut.ts';
import { badName, describeIssue, type Finding, MAX_FINDINGS, valueAt } from './describeIssue.ts';
import { frameOverflow } from './layout.ts';
import { withPlainNames } from './names.ts';
import { nearest } from './nearest.ts';
import { idPattern, limits, SCRIPT_VERSION, type ScriptData, scriptSchema } from './schema.ts';
import type { DialogueLine, ParsedScript, Shot } from './script.ts';
import { ScriptError } from './scriptError.ts';
import { splitSentences } from './sentences.ts';
import { shotFileName } from './shotIds.ts';
import { parseYaml, type YamlSource } from './yamlSource.ts';

/** A script with the means to point into its file. */
export interface LocatedScript {
  readonly script: ParsedScript;
  readonly source: YamlSource;
}

/**
 * Parses the text of a script file (YAML 1.2; JSON is YAML, too). `file` is its path: it stands in errors, and pictures
 * are looked for beside it. Pictures are not opened, see `readScript`. Throws a `ScriptError` that lists the problems.
 */
export function parseScript(text: string, options: { readonly file: string }): ParsedScript {
  return parseLocated(text, options.file).script;
}

export function parseLocated(text: string, file: string): LocatedScript {
  const source = parseYaml(text, file);
  return { script: parseData(source, file, dirname(file)), source };
}

/** Checks a script's data and fills in what they leave out; paths of pictures are resolved against `folder`. */
export function parseData(read: YamlSource, file: string, folder: string): ParsedScript {
  const source = { ...read, data: withPlainNames(read.data) };
  if (source.data === null || source.data === undefined) {
    const fix = 'write at least one shot: "shots:" and below it "- plot: What happens."';
    throw new ScriptError(file, [{ ...source.locate([]), message: 'the script is empty', fix }]);
  }
  checkVersion(source, file);
  const result = scriptSchema.safeParse(source.data);
  const issues = result.success ? [] : result.error.issues.slice(0, MAX_FINDINGS);
  const findings = issues.flatMap((issue) => describeIssue(issue, source.data)).slice(0, MAX_FINDINGS);
  // Who is in which shot is checked on the raw data, so that one run names a missing person beside other slips.
  findings.push(...checkCast(source.data), ...checkDialogue(source.data), ...checkIds(source.data));
  // at one place, the slip of the finger comes before what is missing because of it
  findings.sort((a, b) => Number(b.key ?? false) - Number(a.key ?? false));
  const script = result.success ? toScript(result.data, file, folder) : undefined;
  if (script && findings.length === 0) findings.push(...checkFrames(script), ...checkCut(script));
  if (!script || findings.length > 0) {
    throw new ScriptError(
      file,
      findings.map(({ path, key, message, fix }) => ({ ...source.locate(path, key), message, fix })),
    );
  }
  return script;
}

function toScript(data: ScriptData, file: string, folder: string): ParsedScript {
  const beside = (path: string): string => resolve(folder, path);
  return {
    file,
    title: data.title,
    characters: Object.entries(data.characters).map(([id, { face, description }]) => ({
      id,
      face: beside(face),
      description,
    })),
    shots: data.shots.map((shot) => toShot(shot, beside)),
    references: data.references.map(beside),
    ...(data.cut ? { cut: data.cut.map(toPiece) } : {}),
  };
}

function toShot(shot: ScriptData['shots'][number], beside: (path: string) => string): Shot {
  const cast: [string, string | null][] = Array.isArray(shot.characters)
    ? shot.characters.map((id) => [id, null])
    : Object.entries(shot.characters);
  return {
    ...(shot.id === undefined ? {} : { id: String(shot.id).normalize('NFC') }),
    characters: cast.map(([id, expression]) => ({ id, expression: expression ?? '' })),
    elements: shot.elements,
    plot: sentencesOf(shot.plot),
    seconds: shot.seconds,
    ...(shot.keyframe === undefined ? {} : { keyframe: beside(shot.keyframe) }),
    ...(shot.scene === undefined ? {} : { scene: shot.scene }),
    ...(shot.dialogue === undefined ? {} : { dialogue: shot.dialogue.map(toLine) }),
    ...(shot.narration === undefined ? {} : { narration: sentencesOf(shot.narration) }),
    ...(shot.notes === undefined ? {} : { notes: shot.notes }),
  };
}

const sentencesOf = (given: string | readonly string[]): readonly string[] =>
  typeof given === 'string' ? splitSentences(given) : given;

/** `{ mara: Look!, tone: whispering }`; `checkDialogue` says that there is one name. */
function toLine({ tone, ...said }: Record<string, string>): DialogueLine {
  const [speaker = '', text = ''] = Object.entries(said)[0] ?? [];
  return { speaker, text, ...(tone === undefined ? {} : { tone }) };
}

/** A script of a later format is not a script with mistakes. */
function checkVersion({ data, locate }: YamlSource, file: string): void {
  const version = valueAt(data, ['version']);
  if (typeof version !== 'number' || !(version > SCRIPT_VERSION)) return;
  const message = `the script is of version ${version}; this MovieDreamer reads version ${SCRIPT_VERSION}`;
  const fix = 'update MovieDreamer, or write the script in the older form';
  throw new ScriptError(file, [{ ...locate(['version']), message, fix }]);
}

/** Each id once; two that name the same file count as one. */
function checkIds(data: unknown): Finding[] {
  const shots = valueAt(data, ['shots']);
  const seen = new Map<string, number>();
  const findings: Finding[] = [];
  for (const [index, shot] of (Array.isArray(shots) ? shots : []).entries()) {
    const id = valueAt(shot, ['id']);
    if (typeof id !== 'string' && typeof id !== 'number') continue;
    const name = shotFileName(String(id)).toLowerCase();
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else if (findings.length < MAX_FINDINGS)
      findings.push({
        path: ['shots', index, 'id'],
        message: `shot ${index + 1} has the id "${id}" of shot ${first + 1}`,
        fix: 'give each shot an id of its own, or leave it out',
      });
  }
  return findings;
}

/** Declared, at most five, each once. */
function checkCast(data: unknown): Finding[] {
  const declared = new Set(Object.keys(Object(valueAt(data, ['characters']))));
  const shots = valueAt(data, ['shots']);
  const findings: Finding[] = [];
  for (const [index, shot] of (Array.isArray(shots) ? shots : []).entries()) {
    if (findings.length >= MAX_FINDINGS) break;
    const cast = valueAt(shot, ['characters']);
    if (cast === null || typeof cast !== 'object') continue;
    const path = ['shots', index, 'characters'];
    const names = Array.isArray(cast) ? cast : Object.keys(cast);
    if (names.length > limits.charactersPerShot) {
      const message = `shot ${index + 1} has ${names.length} characters; a frame holds ${limits.charactersPerShot}`;
      findings.push({ path, message, fix: 'leave some out, or make two shots of it' });
    }
    for (const [at, name] of names.slice(0, MAX_FINDINGS).entries()) {
      const place = { path: [...path, Array.isArray(cast) ? at : name], key: !Array.isArray(cast) };
      if (typeof name !== 'string') continue; // the schema says so
      if (names.indexOf(name) < at) {
        findings.push({
          ...place,
          message: `shot ${index + 1} names "${name}" twice`,
          fix: 'remove one of them',
        });
      } else if (!declared.has(name)) {
        findings.push({ ...place, ...undeclared(name, index, [...declared]) });
      }
    }
  }
  return findings;
}

/** One declared speaker a line. */
function checkDialogue(data: unknown): Finding[] {
  const declared = Object.keys(Object(valueAt(data, ['characters'])));
  const shots = valueAt(data, ['shots']);
  const findings: Finding[] = [];
  for (const [index, shot] of (Array.isArray(shots) ? shots : []).entries()) {
    const lines = valueAt(shot, ['dialogue']);
    for (const [at, line] of (Array.isArray(lines) ? lines : []).entries()) {
      if (findings.length >= MAX_FINDINGS) return findings;
      if (typeof line !== 'object' || line === null || Array.isArray(line)) continue; // the schema says so
      const path = ['shots', index, 'dialogue', at];
      const names = Object.keys(line).filter((key) => key !== 'tone');
      if (names.length !== 1) {
        const got = names.length === 0 ? 'nobody' : names.join(' and ');
        const message = `shot ${index + 1}: a line of dialogue has one speaker, got ${got}`;
        findings.push({ path, message, fix: 'write each line as an item of its own, such as - mara: Look!' });
      } else if (!declared.includes(names[0] as string)) {
        const name = names[0] as string;
        findings.push({ path: [...path, name], key: true, ...undeclared(name, index, declared) });
      }
    }
  }
  return findings;
}

function undeclared(
  name: string,
  shot: number,
  declared: readonly string[],
): { message: string; fix: string } {
  const message = `shot ${shot + 1} names the character "${name}", whom the script does not declare`;
  const guess = nearest(name, declared);
  if (guess) return { message, fix: `did you mean "${guess}"?` };
  if (!idPattern.test(name)) return { message, fix: badName([name]).fix };
  return {
    message,
    fix: `add it below "characters:" at the top, ${name}: { face: ${name}.png, description: ... }`,
  };
}

function checkFrames(script: ParsedScript): Finding[] {
  return script.shots.flatMap((shot, index) => {
    const overflow = frameOverflow(shot, script);
    return overflow
      ? [{ path: ['shots', index], message: `shot ${index + 1} ${overflow.message}`, fix: overflow.fix }]
      : [];
  });
}
