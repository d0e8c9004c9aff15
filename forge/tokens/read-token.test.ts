import { expect, test } from 'vitest';
import { readToken } from './read-token.ts';

const TOKEN = `hvf_${'a'.repeat(43)}`;
const OTHER = `hvf_${'b'.repeat(43)}`;
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  ['token header', `token ${TOKEN}`],
  ['Bearer', `Bearer ${TOKEN}`],
  ['any case', `BEARER ${TOKEN}`],
  ['Basic, as the password', basic(`git:${TOKEN}`)],
  ['Basic, as the name', basic(`${TOKEN}:`)],
  ['Basic, as the name beside a word', basic(`${TOKEN}:x-oauth-basic`)],
  ['Basic, as both', basic(`${TOKEN}:${TOKEN}`)],
])('a token is read from %s', (_, header) => expect(readToken(header)).toBe(TOKEN));

test.each([
  ['nothing', undefined],
  ['no scheme', TOKEN],
  ['another scheme', `Digest ${TOKEN}`],
  ['two tokens', basic(`${OTHER}:${TOKEN}`)],
  ['a list', `token ${TOKEN}, token ${OTHER}`],
  ['a longer word', `token ${TOKEN}x`],
  ['a password of something else', basic('operator:hunter2')],
  ['no colon', basic(TOKEN)],
  ['an empty value', 'Bearer '],
])('no token is read from %s', (_, header) => expect(readToken(header)).toBeNull());
