import { expect, test } from 'vitest';
import { readTarget } from './read-target.ts';

const tunnel = (url: string, host?: string) => readTarget({ method: 'CONNECT', url, host });
const plain = (url: string, host: string | undefined = 'a.test') => readTarget({ method: 'GET', url, host });

test.each([
  [tunnel('A.test:443', 'a.test:443'), { kind: 'tunnel', host: 'a.test', port: 443 }],
  [tunnel('a.test:443'), { kind: 'tunnel', host: 'a.test', port: 443 }],
  [tunnel('a.test:8443', 'a.test'), { kind: 'tunnel', host: 'a.test', port: 8443 }],
  [plain('http://a.test'), { kind: 'plain', host: 'a.test', port: 80, path: '/' }],
  [plain('http://a.test?q=1'), { host: 'a.test', port: 80, path: '/?q=1' }],
  [plain('HTTP://A.test:8080/x?y=//z', 'A.TEST:8080'), { host: 'a.test', port: 8080, path: '/x?y=//z' }],
])('%j', (read, expected) => {
  expect(read).toMatchObject(expected);
});

test.each([
  '1.2.3.4:443',
  '2130706433:443',
  '0177.0.0.1:443',
  '0x7f000001:443',
  '0x7f.1:443',
  '127.1:443',
  '127.0.0.1.:443',
  '[::1]:443',
  '[fe80::1%25eth0]:443',
  '::1:443',
  'fe80::1%eth0:443',
])('the address %s is refused in CONNECT and in a URL', (authority) => {
  expect(tunnel(authority)).toMatchObject({ code: 'address' });
  expect(plain(`http://${authority}/`, authority)).toMatchObject({ code: 'address' });
});

test.each([
  tunnel('a.test'),
  tunnel('a.test:'),
  tunnel('a.test:0'),
  tunnel('a.test:65536'),
  tunnel('a.test:443/x'),
  tunnel('user@a.test:443'),
  tunnel('localhost:443'),
  tunnel('a.test.:443'),
  tunnel('a..test:443'),
  tunnel('a.test:443', 'b.test:443'),
  tunnel('a.test:443', 'a.test:444'),
  tunnel('a.test:443', ''),
  plain('/path'),
  plain('*'),
  plain('https://a.test/'),
  plain('ftp://a.test/'),
  plain('file:///etc/passwd'),
  plain('http:/a.test/'),
  plain('http://a.test/#x'),
  plain('http://a.test\\@b.test/'),
  plain('http://user:pass@a.test/'),
  plain('http://b.test@a.test/'),
  plain('http://a.test/', 'b.test'),
  plain('http://a.test:8080/', 'a.test'),
  plain('http://a.test/', 'a.test:443'),
  plain('http:///x', ''),
])('is refused: %#', (read) => {
  expect(read).toMatchObject({ code: 'bad_request' });
});
