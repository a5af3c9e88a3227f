import type { Command } from 'commander';
import { type Credentials, CredentialsError } from '../credentials/index.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly trust?: string;
  readonly json?: boolean;
}

/** `moviedreamer credentials FILE`: who signed a film or a picture, and what that is worth. */
export function addCredentials(program: Command, terminal: Terminal): void {
  program
    .command('credentials')
    .description(
      'reads the content credentials (C2PA) of a film or picture, and says what is trusted and what is not',
    )
    .argument('<file>', 'a film or a picture')
    .option('--trust <file>', 'certificates (PEM) of those whose signatures are trusted')
    .option('--json', 'prints them as JSON')
    .action((file: string, options: Options) => credentials(file, options, terminal));
}

async function credentials(file: string, { trust, json }: Options, terminal: Terminal): Promise<void> {
  const { readCredentials } = await import('../credentials/index.ts');
  const found = await readCredentials(file, { trust });
  if (json) terminal.out(JSON.stringify({ type: 'credentials', file, ...found }));
  else for (const line of credentialLines(found, trust)) terminal.out(line);
  if (found.state === 'none') throw new CredentialsError(`${file} has no content credentials`);
  if (found.state === 'invalid') {
    throw new CredentialsError(`${file}: do not rely on its credentials: ${found.problems.join('; ')}`);
  }
}

/** What the credentials are worth, first; then what they say. */
function credentialLines(found: Credentials, trust: string | undefined): string[] {
  const { state, signer, title, generator, actions, ingredients, facts } = found;
  if (state === 'none') return [];
  const isWhole = state === 'valid' || state === 'trusted';
  const who = signer && [signer.name, signer.organisation].filter(Boolean).join(', ');
  const lines = [
    isWhole
      ? 'unchanged   yes: file and credentials are as they were signed'
      : `unchanged   NO, or it cannot be said: ${found.problems.join('; ')}`,
    `signed by   ${who ?? 'nobody that can be read'}${signer ? ` (${signer.algorithm})` : ''}`,
    state === 'trusted'
      ? `trusted     yes: ${trust} vouches for the signer`
      : trust === undefined
        ? 'trusted     not known: anybody can make a certificate in any name; --trust names the certificates that you rely on'
        : `trusted     NO: nobody in ${trust} vouches for the signer`,
    isWhole
      ? 'the signer says of it (nobody else has verified that):'
      : 'it says of itself, which may be false:',
    ...(title ? [`  title     ${title}`] : []),
    ...(generator ? [`  written by ${generator}`] : []),
    ...actions.map(({ action, description, source, software }) => {
      const kind = source === 'trainedAlgorithmicMedia' ? 'made by a trained model' : source;
      const parts = [kind, description, software && `with ${software}`].filter(Boolean);
      return `  ${action.replace(/^c2pa\./, '').padEnd(9)} ${parts.join('; ')}`;
    }),
    ...ingredients.map(
      ({ title: name, description }) => `  from      ${[name, description].filter(Boolean).join(': ')}`,
    ),
    ...(facts ? [`  film      seed ${facts.seed}, preset ${facts.preset}, script ${facts.script}`] : []),
  ];
  return lines;
}
