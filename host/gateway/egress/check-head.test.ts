import { expect, test } from 'vitest';
import { checkHead } from './check-head.ts';

const check = (text: string) => {
  const checked = checkHead(Buffer.from(text, 'latin1'));
  return checked.do === 'refuse' ? checked.words : checked.do;
};

test.each([
  ['CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n'],
  ['CONNECT a.test:443 HTTP/1.0\r\n\r\n'],
  ['GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\nX-Empty:\r\nX-Tab: a\tb\r\n\r\n'],
  ['POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nbo\ndy'],
  ['POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
])('%j is accepted', (text) => {
  expect(check(text)).toBe('accept');
});

test.each(['', 'GET', 'GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n', 'GET http://a.test/ HTTP/1.1\r'])(
  '%j is not complete',
  (text) => {
    expect(check(text)).toBe('need_more');
  },
);

const GET = 'GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n';
test.each([
  [`${GET}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`, 'both a content length and a transfer encoding'],
  [`${GET}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`, 'several content-length'],
  [`${GET}Content-Length: 5, 5\r\n\r\n`, 'not a number'],
  [`${GET}Content-Length: +5\r\n\r\n`, 'not a number'],
  [`${GET}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'only transfer encoding'],
  [`${GET}Transfer-Encoding: xchunked\r\n\r\n`, 'only transfer encoding'],
  [`${GET}Transfer-Encoding : chunked\r\n\r\n`, 'folded or has no valid name'],
  [`${GET}X: a\r\n b\r\n\r\n`, 'folded or has no valid name'],
  [`${GET}X: a\r\n\tTransfer-Encoding: chunked\r\n\r\n`, 'folded or has no valid name'],
  [`${GET}X: a\nHost: b.test\r\n\r\n`, 'without CR LF'],
  ['GET http://a.test/ HTTP/1.1\nHost: a.test\n\n', 'without CR LF'],
  [`${GET}X: a\rb\r\n\r\n`, 'without CR LF'],
  [`${GET}X: a\0b\r\n\r\n`, 'control character'],
  [`${GET}Host: b.test\r\n\r\n`, 'several host'],
  ['GET http://a.test/ HTTP/1.1\r\nX: a\r\n\r\n', 'no Host header'],
  ['GET http://a.test/ HTTP/2.0\r\nHost: a.test\r\n\r\n', 'request line'],
  ['GET  http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n', 'request line'],
  ['GET http://a.test/ä HTTP/1.1\r\nHost: a.test\r\n\r\n', 'request line'],
  ['hello\r\n\r\n', 'request line'],
  ['CONNECT a.test:443 HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody', 'no body'],
  ['POST http://a.test/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 'HTTP/1.0'],
  [`${GET}X: ${'a'.repeat(20_000)}`, 'too long'],
  [`${GET}X: ${'a'.repeat(20_000)}\r\n\r\n`, 'too long'],
])('%j is refused: %s', (text, why) => {
  expect(check(text)).toContain(why);
});
