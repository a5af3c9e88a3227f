import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Certificates for tests (X.509 v3, RFC 5280), written from nothing: no key lies in the repository. */

/** A value in DER: tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Uint8Array): Buffer => der(0x04, content);
const yes = der(0x01, Buffer.from([0xff]));
const time = (date: Date): Buffer =>
  der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
const name = (common: string): Buffer =>
  sequence(
    der(0x31, sequence(oid('55040a'), der(0x0c, Buffer.from('Test Films')))),
    der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(common)))),
  );
const extension = (id: string, isCritical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(isCritical ? [yes] : []), octets(value));

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const day = 24 * 3600 * 1000;

interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyObject;
  readonly by: KeyObject;
  readonly serial: number;
  readonly isAuthority: boolean;
  /** When it ends, in days from now. */
  readonly days: number;
}

function certificate({ subject, issuer, key, by, serial, isAuthority, days }: Certificate): string {
  const extensions = isAuthority
    ? [
        extension('551d13', true, sequence(yes)),
        extension('551d0f', true, der(0x03, Buffer.from([1, 0x06]))), // signs certificates and lists
        extension('551d0e', false, octets(Buffer.alloc(20, 1))),
      ]
    : [
        extension('551d13', true, sequence()),
        extension('551d0f', true, der(0x03, Buffer.from([7, 0x80]))), // digital signatures
        extension('551d25', true, sequence(oid('2b06010505070304'))), // for e-mail
        extension('551d0e', false, octets(Buffer.alloc(20, 2))),
        extension('551d23', false, sequence(der(0x80, Buffer.alloc(20, issuer === subject ? 2 : 1)))),
      ];
  const now = Date.now();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(new Date(now - 30 * day)), time(new Date(now + days * day))),
    name(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, by));
  const base64 = sequence(body, ecdsaWithSha256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Paths of PEM files. */
export interface TestCertificates {
  /** A certificate that an authority issued, followed by the authority's. */
  readonly chain: string;
  readonly key: string;
  readonly authority: string;
  /** An authority that has issued nothing. */
  readonly stranger: string;
  readonly selfSigned: string;
  readonly expired: string;
  /** A key of none of them. */
  readonly otherKey: string;
}

export async function writeCertificates(folder: string): Promise<TestCertificates> {
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const [authority, own, other] = [pair(), pair(), pair()];
  const issued = { issuer: 'Test CA', by: authority.privateKey, key: own.publicKey, subject: 'Test Signer' };
  const ca = certificate({
    ...{ subject: 'Test CA', issuer: 'Test CA', key: authority.publicKey, by: authority.privateKey },
    ...{ serial: 1, isAuthority: true, days: 300 },
  });
  const texts = {
    chain: certificate({ ...issued, serial: 2, isAuthority: false, days: 300 }) + ca,
    key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    authority: ca,
    stranger: certificate({
      ...{ subject: 'Stranger CA', issuer: 'Stranger CA', key: other.publicKey, by: other.privateKey },
      ...{ serial: 3, isAuthority: true, days: 300 },
    }),
    selfSigned: certificate({
      ...{ ...issued, issuer: 'Test Signer', by: own.privateKey, serial: 4, isAuthority: false, days: 300 },
    }),
    expired: certificate({ ...issued, serial: 5, isAuthority: false, days: -2 }) + ca,
    otherKey: other.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
  const paths = Object.entries(texts).map(
    ([file, text]) => [file, join(folder, `${file}.pem`), text] as const,
  );
  await Promise.all(paths.map(([, path, text]) => writeFile(path, text, { mode: 0o600 })));
  return Object.fromEntries(paths.map(([file, path]) => [file, path])) as unknown as TestCertificates;
}
