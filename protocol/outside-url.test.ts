import { expect, test } from 'vitest';
import { outsideUrl, placeOf, readOutsideUrl } from './outside-url.ts';

test.each([
  ['https://github.com/o/r.git', 'https://github.com/o/r.git', 'github.com'],
  ['HTTPS://GitHub.com:443/o/r', 'https://github.com/o/r', 'github.com'],
  ['http://git.corp.example:3000/o/r', 'http://git.corp.example:3000/o/r', 'git.corp.example:3000'],
  ['https://hooks.example.com?token=1', 'https://hooks.example.com/?token=1', 'hooks.example.com'],
  ['http://a.example:443/', 'http://a.example:443/', 'a.example:443'],
])('%s is one address, in one spelling', (text, url, place) => {
  const read = readOutsideUrl(text);
  if (typeof read === 'string') throw new Error(read);
  expect([read.url, placeOf(read)]).toEqual([url, place]);
  expect(outsideUrl.parse(text)).toBe(url);
  expect(outsideUrl.parse(url)).toBe(url);
});

test.each([
  ['git@github.com:o/r.git', 'https:// and http:// only'],
  ['ssh://git@github.com/o/r', 'https:// and http:// only'],
  ['git://github.com/o/r', 'https:// and http:// only'],
  ['ext::sh -c id', 'no blanks'],
  ['file:///etc/passwd', 'https:// and http:// only'],
  ['--upload-pack=id', 'https:// and http:// only'],
  ['https://user:token@github.com/o/r', 'hivectl egress inject hive'],
  ['https://token@github.com/o/r', 'hivectl egress inject hive'],
  ['https://127.0.0.1/o/r', 'not an IP address'],
  ['https://0x7f.1/o/r', 'not an IP address'],
  ['https://2130706433/o/r', 'not an IP address'],
  ['https://[::1]/o/r', 'not an IP address'],
  ['https://localhost/o/r', 'not a host name'],
  ['https://a.example:0/', 'not a port'],
  ['https://a.example/#x', 'no fragment'],
  ['https://a.example\\@b.example/', 'ASCII'],
  ['https://a.example/\u0000', 'ASCII'],
  [`https://a.example/${'x'.repeat(600)}`, 'at most'],
])('%s is refused with a sentence', (text, why) => {
  expect(readOutsideUrl(text)).toContain(why);
  expect(outsideUrl.safeParse(text).success).toBe(false);
});
