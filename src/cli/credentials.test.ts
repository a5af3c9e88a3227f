import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestCertificates, writeCertificates } from '../testing/certificates.ts';
import { cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

describe('moviedreamer export --sign, and credentials', () => {
  let film: TinyFilm;
  let out: string;
  let signed: string;
  let pem: TestCertificates;
  const sign = (...args: string[]) => cli('export', out, ...args, '--sign', pem.chain, pem.key);

  beforeAll(async () => {
    film = await tinyFilm();
    out = join(film.folder, 'out');
    signed = join(film.folder, 'signed.mp4');
    pem = await writeCertificates(film.folder);
    await cli('generate', film.script, '--out', out, ...film.models, '--seed', '7');
    expect(await sign('--to', 'mp4', '--out', signed)).toMatchObject({ code: 0, err: '' });
  });
  afterAll(() => film.remove());

  it('a signed film reads back as unchanged, and says what it was made by and from', async () => {
    const { code, out: text } = await cli('credentials', signed);
    expect([code, text.split('\n')]).toEqual([
      0,
      [
        'unchanged   yes: file and credentials are as they were signed',
        'signed by   Test Signer, Test Films (Es256)',
        expect.stringMatching(/^trusted {5}not known: anybody can make a certificate/),
        'the signer says of it (nobody else has verified that):',
        '  title     The lighthouse',
        '  written by moviedreamer 0.1.0',
        '  created   made by a trained model; pictures made by models: moviedreamer 1, preset tiny; with MovieDreamer 0.1.0',
        expect.stringMatching(/^ {2}from {6}mara\.png: portrait of mara, SHA-256 [0-9a-f]{64}$/),
        expect.stringMatching(/^ {2}from {6}tom\.png: portrait of tom, SHA-256 [0-9a-f]{64}$/),
        expect.stringMatching(/^ {2}film {6}seed 7, preset tiny, script [0-9a-f]{64}$/),
      ],
    ]);
  });

  it('trusts those that it is told to, and nobody else', async () => {
    const own = await cli('credentials', signed, '--trust', pem.authority, '--json');
    expect(own.events[0]).toMatchObject({ state: 'trusted', problems: [], facts: { seed: 7 } });
    const other = await cli('credentials', signed, '--trust', pem.stranger);
    expect(other.out).toContain(`trusted     NO: nobody in ${pem.stranger} vouches for the signer`);
    expect((await cli('credentials', signed, '--trust', pem.key)).err).toContain('holds no certificate');
  });

  it('any changed byte is seen: in pictures, in the index, in the credentials', async () => {
    const bytes = await readFile(signed);
    const path = join(film.folder, 'changed.mp4');
    const places = [
      bytes.length - 100,
      bytes.indexOf('mdat') + 40,
      bytes.indexOf('mvhd') + 30,
      bytes.indexOf('portrait of mara') + 3,
      bytes.lastIndexOf('Test Signer') + 1,
    ];
    for (const at of places) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      await writeFile(path, changed);
      const { code, out: text, err } = await cli('credentials', path);
      expect([at, code]).toEqual([at, 1]);
      expect(err).toContain('do not rely on its credentials');
      expect(text).not.toContain('unchanged   yes');
    }
  });

  it('without a certificate nothing is pretended', async () => {
    await cli('export', out, '--to', 'mp4');
    const plain = await cli('credentials', join(out, 'film.mp4'));
    expect([plain.code, plain.out, plain.err]).toEqual([
      1,
      '',
      expect.stringContaining('has no content credentials'),
    ]);
    expect((await readFile(join(out, 'film.mp4'))).equals(await readFile(join(out, 'movie.mp4')))).toBe(true);
  });

  it('signs keyframes', async () => {
    const folder = join(film.folder, 'keyframes');
    expect((await sign('--to', 'png', '--out', folder)).code).toBe(0);
    const found = await cli('credentials', join(folder, '0002.png'), '--trust', pem.authority);
    expect(found.out).toMatch(/trusted {5}yes[\s\S]*title {5}The lighthouse, shot 2[\s\S]*portrait of tom/);
    expect(found.out).not.toContain('portrait of mara'); // who is not in the shot
    const bytes = await readFile(join(folder, '0002.png'));
    bytes[bytes.indexOf('IDAT') + 20]! ^= 1;
    await writeFile(join(folder, '0002.png'), bytes);
    expect((await cli('credentials', join(folder, '0002.png'))).err).toContain(
      'the file was changed after it was signed',
    );
  });

  it('refuses what cannot be signed, writes nothing, and never shows a key', async () => {
    const target = join(film.folder, 'refused.mp4');
    const refused = async (certificate: string, key: string): Promise<string> => {
      const result = await cli('export', out, '--to', 'mp4', '--out', target, '--sign', certificate, key);
      expect(result.code).toBe(1);
      const secret = (await readFile(pem.key, 'utf8')).split('\n')[1] as string;
      expect(result.err + result.out).not.toContain(secret);
      return result.err;
    };
    expect(await refused(pem.chain, pem.otherKey)).toContain('is not the key of');
    expect(await refused(pem.key, pem.chain)).toContain('holds no certificate');
    expect(await refused(pem.chain, pem.authority)).toContain('holds no private key');
    expect(await refused(pem.chain, join(film.folder, 'none.pem'))).toContain('there is no such file');
    expect(await refused(pem.expired, pem.key)).toContain('sign with one that is valid today');
    expect(await refused(pem.selfSigned, pem.key)).toContain('is self-signed, which C2PA');
    expect((await cli('export', out, '--to', 'edl', '--sign', pem.chain, pem.key)).err).toContain(
      '--sign is for --to mp4 and --to png',
    );
    expect((await cli('export', out, '--to', 'mp4', '--sign', pem.chain)).err).toContain('takes two paths');
    const files = await filesOf(film.folder);
    expect(Object.keys(files)).not.toContain('refused.mp4');
    const secret = (await readFile(pem.key, 'utf8')).split('\n').slice(1, 3).join('\n');
    const holding = Object.keys(files).filter((name) => Buffer.from(files[name]!, 'hex').includes(secret));
    expect(holding).toEqual(['key.pem']);
  });

  it('refuses to sign a file that is not what the run has made', async () => {
    const movie = await readFile(join(out, 'movie.mp4'));
    await writeFile(join(out, 'movie.mp4'), Buffer.concat([movie, Buffer.from([0])]));
    const { code, err } = await sign('--to', 'mp4', '--out', join(film.folder, 'false.mp4'));
    await writeFile(join(out, 'movie.mp4'), movie);
    expect([code, err]).toEqual([1, expect.stringContaining('is not as it was made')]);
  });

  it('says what it does not read', async () => {
    expect((await cli('credentials', 'film.avi')).err).toContain('files that end in .mp4');
    expect((await cli('credentials', join(film.folder, 'none.mp4'))).err).toContain('there is no such file');
  });
});
