import { expect, it } from 'vitest';
import { isPrivateAddress, publicLookup } from './addresses.ts';

it.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '0.0.0.0',
  '100.64.0.1',
  '[::1]',
  'fe80::1%eth0',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '255.255.255.255',
])('%s is private', (address) => expect(isPrivateAddress(address)).toBe(true));

it.each(['8.8.8.8', '172.32.0.1', '192.169.0.1', '2001:4860:4860::8888', 'example.com'])(
  '%s is not',
  (address) => expect(isPrivateAddress(address)).toBe(false),
);

it('a name that means a private address is not connected to', async () => {
  const error = await new Promise((done) => publicLookup('localhost', {}, done));
  expect((error as Error).message).toMatch(/^localhost is the private address (127\.0\.0\.1|::1)$/);
});
