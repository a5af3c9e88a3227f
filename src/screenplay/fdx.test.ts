import { describe, expect, it } from 'vitest';
import { formatScript, parseScript } from '../script/index.ts';
import { parseFdx } from './fdx.ts';
import { ScreenplayError } from './screenplayError.ts';
import { toScript } from './toScript.ts';

const fdx = `<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<FinalDraft DocumentType="Script" Template="No" Version="5">
  <Content>
    <Paragraph Number="1A" Type="Scene Heading">
      <SceneProperties Length="1/8" Page="1" Title="">
        <Summary><Paragraph><Text>They meet.</Text></Paragraph></Summary>
      </SceneProperties>
      <Text>INT. KITCHEN - DAY</Text>
    </Paragraph>
    <Paragraph Type="Action">
      <Text>Ida </Text><Text Style="Bold">stirs</Text><Text> &amp; tastes.</Text>
      <ScriptNote ID="1"><Paragraph><Text>too salty?</Text></Paragraph></ScriptNote>
    </Paragraph>
    <Paragraph Type="Character"><Text>IDA (CONT'D)</Text></Paragraph>
    <Paragraph Type="Parenthetical"><Text>(low)</Text></Paragraph>
    <Paragraph Type="Dialogue"><Text>Soup.</Text></Paragraph>
    <Paragraph Type="Dialogue"><Text>Now.</Text></Paragraph>
    <Paragraph>
      <DualDialogue>
        <Paragraph Type="Character"><Text>TOM (O.S.)</Text></Paragraph>
        <Paragraph Type="Dialogue"><Text>No!</Text></Paragraph>
        <Paragraph Type="Character"><Text>IDA</Text></Paragraph>
        <Paragraph Type="Dialogue"><Text>Yes!</Text></Paragraph>
      </DualDialogue>
    </Paragraph>
    <Paragraph Type="Transition"><Text>CUT TO:</Text></Paragraph>
    <Paragraph Type="Shot"><Text>THE POT</Text></Paragraph>
    <Paragraph Type="Singing"><Text>La la</Text></Paragraph>
    <Paragraph Type="Dialogue"><Text>Alone.</Text></Paragraph>
    <Paragraph Type="Action"><Text></Text></Paragraph>
  </Content>
  <TitlePage>
    <Content>
      <Paragraph><Text></Text></Paragraph>
      <Paragraph><Text>The Soup</Text></Paragraph>
      <Paragraph><Text>by Ann</Text></Paragraph>
    </Content>
  </TitlePage>
</FinalDraft>
`;

describe('Final Draft', () => {
  const elements = parseFdx(fdx, 'soup.fdx');

  it('reads every paragraph, with its lines', () => {
    const no = { extensions: [], isAbsent: false, isDual: false };
    expect(elements).toEqual([
      { kind: 'title', key: 'Title', text: 'The Soup', line: 35, to: 35 },
      { kind: 'title', key: 'further lines', text: 'by Ann', line: 36, to: 36 },
      { kind: 'scene', text: 'INT. KITCHEN - DAY', number: '1A', line: 4, to: 9 },
      { kind: 'synopsis', text: 'They meet.', line: 6, to: 6 },
      { kind: 'action', text: 'Ida stirs & tastes.', line: 10, to: 13 },
      { kind: 'note', text: 'too salty?', line: 12, to: 12 },
      {
        ...{ kind: 'dialogue', name: 'IDA', ...no, extensions: ["CONT'D"], line: 14, to: 17 },
        speech: [{ text: 'Soup.', tone: 'low' }, { text: 'Now.' }],
      },
      {
        ...{
          kind: 'dialogue',
          name: 'TOM',
          extensions: ['O.S.'],
          isAbsent: true,
          isDual: false,
          line: 20,
          to: 21,
        },
        speech: [{ text: 'No!' }],
      },
      { kind: 'dialogue', name: 'IDA', ...no, isDual: true, line: 22, to: 23, speech: [{ text: 'Yes!' }] },
      { kind: 'transition', text: 'CUT TO:', line: 26, to: 26 },
      { kind: 'action', text: 'THE POT', line: 27, to: 27 },
      { kind: 'lyrics', text: 'La la', line: 28, to: 28 },
      { kind: 'action', text: 'Alone.', line: 29, to: 29 },
    ]);
  });

  it('becomes a script, without private notes', () => {
    const { script, fates } = toScript(elements);
    const text = formatScript(script);
    expect(parseScript(text, { file: 'script.yaml' }).shots.map(({ plot }) => plot)).toEqual([
      ['Ida stirs & tastes.'],
      ['THE POT'],
      ['Alone.'],
    ]);
    expect(text).not.toContain('salty');
    expect(fates.flatMap(({ line, leftOut }) => (leftOut ? [[line, leftOut]] : []))).toEqual([
      [36, "the title page's further lines"],
      [12, 'a private note'],
    ]);
  });

  it.each([
    ['<!DOCTYPE FinalDraft SYSTEM "file:///etc/passwd"><FinalDraft/>', /document type or entities/],
    ['<FinalDraft><Content></FinalDraft>', /is no XML that can be read/],
    ['<Celtx/>', /expected <FinalDraft> with <Content>, got <Celtx>/],
    ['', /is no XML that can be read/],
    ['<FinalDraft><Content>&secret;</Content></FinalDraft>', /is no XML that can be read/],
  ])('refuses %s', (text, message) => {
    expect(() => parseFdx(text, 'x.fdx')).toThrow(ScreenplayError);
    expect(() => parseFdx(text, 'x.fdx')).toThrow(message);
  });
});
