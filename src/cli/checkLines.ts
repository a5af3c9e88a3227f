import type { CheckEvent, Labels, ScriptFinding } from '../film/index.ts';

/** An event of `check` as lines for people: what was recognised in one, what is wrong indented below it. */
export function checkLines(event: CheckEvent, preset: string): string[] {
  switch (event.type) {
    case 'skipped':
      return [`not checked: ${event.what}; ${event.why}`];
    case 'person':
      return [`${event.id}: ${labelText(event.recognised) || '-'}`, ...event.findings.map(findingLine)];
    case 'shot': {
      const people = event.people.map(({ id, labels }) => {
        const { expression = [], action = [], prop = [] } = labels;
        const how = [...expression, ...action, ...prop].join(', ');
        return how === '' ? id : `${id} (${how})`;
      });
      const said = [labelText(event.recognised), people.join(', ')].filter((text) => text !== '');
      return [`shot ${event.shot}: ${said.join(' | ') || '-'}`, ...event.findings.map(findingLine)];
    }
    case 'summary': {
      const { shots, findings, words } = event;
      const what = findings === 0 ? 'nothing to mend' : `${findings} to mend`;
      const more = `what can be written: npx moviedreamer check --vocabulary${preset === 'theatre' ? '' : ` --preset ${preset}`}`;
      return [
        `${shots} shot${shots === 1 ? '' : 's'}, ${what}${findings === 0 || !words ? '' : `; ${more}`}`,
      ];
    }
  }
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([topic, names]) => `${topic} ${names.join('+')}`)
    .join(' | ');

function findingLine(finding: ScriptFinding): string {
  return `  ${findingText(finding)}`;
}

const quoted = (sentence: string): string =>
  sentence.length > 80 ? `"${sentence.slice(0, 79)}…"` : `"${sentence}"`;

function findingText(finding: ScriptFinding): string {
  switch (finding.type) {
    case 'unmet': {
      const words = finding.words.map(({ word, kind, write }) => {
        if (write !== undefined) return `${word} (write: ${write})`;
        return kind === undefined ? word : `${word} (${kind})`;
      });
      const person = finding.words.some(({ kind, write }) => kind === 'person' && write === undefined);
      const near = finding.nearest === undefined ? '' : `; the models take it for ${quoted(finding.nearest)}`;
      const hint = person ? '; people are shown where they are in characters' : '';
      return `not met: ${words.join(', ')}, in ${quoted(finding.sentence)}${near}${hint}`;
    }
    case 'crowd':
      return `${finding.people} people, and ${finding.size === null ? 'a shot' : `a ${finding.size} shot`} shows at most ${finding.most}; ${
        finding.size === null || finding.size === 'wide'
          ? 'make two shots of it'
          : 'write a wider shot size, or make two shots of it'
      }`;
    case 'absent':
      return finding.of === 'shot'
        ? `${finding.name} is named in ${quoted(finding.sentence)} and is not in this shot's characters; only those are shown`
        : `${finding.name} is named in ${quoted(finding.sentence)} and is not in characters: give a portrait and a description`;
    case 'negation':
      return `the models do not follow "no" or "not" before "${finding.said}", in ${quoted(finding.sentence)}; write what is there instead`;
    case 'conflict':
      return `${finding.names.length} of ${finding.topic} in one shot, ${finding.names.join(' and ')}; write one`;
    case 'cut':
      return `a sentence of ${finding.tokens} tokens is cut after ${finding.positions}: the last that is read is '…${finding.lastRead}'; make two sentences of it`;
    case 'no-face':
      return `no face was found in ${finding.path}; give a portrait that shows the face from the front, large`;
  }
}
