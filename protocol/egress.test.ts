import { expect, test } from 'vitest';
import { EGRESS_PRESETS, egressSubject, egressTarget, isHostName, readEgressTarget } from './egress.ts';

test.each([
  ['a.test', { hosts: ['a.test'], port: null }],
  ['*.a.test', { hosts: ['*.a.test'], port: null }],
  ['a.test:8443', { hosts: ['a.test'], port: 8443 }],
  ['xn--mnchen-3ya.test', { hosts: ['xn--mnchen-3ya.test'], port: null }],
  ['npm', { hosts: EGRESS_PRESETS.npm, port: null }],
])('%s is a target', (text, expected) => {
  expect(readEgressTarget(text)).toEqual(expected);
});

test.each([
  ['*', 'every host'],
  ['*.com', 'too wide'],
  ['a.*.test', 'only at the beginning'],
  ['*a.test', 'only at the beginning'],
  ['*.*.test', 'only at the beginning'],
  ['npmm', 'neither a preset (npm, '],
  ['toString', 'neither a preset'],
  ['', 'neither a preset'],
  ['https://a.test', 'not a host'],
  ['a.test/x', 'not a host'],
  ['127.0.0.1', 'IP address'],
  ['127.0.0.1:80', 'IP address'],
  ['2130706433', 'IP address'],
  ['0x7f.1', 'IP address'],
  ['[::1]:443', 'IP address'],
  ['fe80::1', 'IP address'],
  ['a.test:0', 'not a port'],
  ['a.test:65536', 'not a port'],
  ['a.test:', 'not a port'],
  ['a.test:https', 'not a port'],
  ['A.test', 'not a host name'],
  ['münchen.test', 'xn--'],
  ['a..test', 'not a host name'],
  ['-a.test', 'not a host name'],
  ['user@a.test', 'not a host name'],
  [`${'a'.repeat(64)}.test`, 'not a host name'],
])('%j is refused: %s', (text, why) => {
  expect(readEgressTarget(text)).toContain(why);
  expect(egressTarget.safeParse(text).error?.issues).toMatchObject([{ message: expect.stringContaining(why) }]);
});

test('every host of a preset is a host name', () => {
  for (const host of Object.values(EGRESS_PRESETS).flat()) expect(isHostName(host)).toBe(true);
});

test.each([
  ['scout', true],
  ['@role:worker', true],
  ['@children', false],
  ['*', true],
  ['#topic', false],
])('a rule for %s: %s', (subject, isOne) => {
  expect(egressSubject.safeParse(subject).success).toBe(isOne);
});
