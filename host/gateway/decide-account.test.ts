import { expect, test } from 'vitest';
import { type AccountFacts, decideAccount, firstEnd } from './decide-account.ts';

const account = (label: string, more: Partial<AccountFacts> = {}): AccountFacts => ({
  label,
  state: 'free',
  until: null,
  left: 1,
  agents: 0,
  ...more,
});

test.each<[string, AccountFacts[], string | null, string | null]>([
  ['the only one', [account('a')], null, 'a'],
  ['of equals the one with the fewest agents', [account('a', { agents: 2 }), account('b', { agents: 1 })], null, 'b'],
  ['the one with most left', [account('a', { left: 0.2 }), account('b', { left: 0.9, agents: 9 })], null, 'b'],
  ['its last one, though another has a little more left', [account('a', { left: 0.8 }), account('b')], 'a', 'a'],
  ['another that has clearly more left than its last one', [account('a', { left: 0.5 }), account('b')], 'a', 'b'],
  ['none that is held or refused', [account('a', { state: 'held', until: 5 }), account('b', { state: 'refused' }), account('c', { left: 0 })], 'a', 'c'],
  ['none when none is free', [account('a', { state: 'held', until: 5 }), account('b', { state: 'refused' })], 'a', null],
])('an agent gets %s', (...[, accounts, last, chosen]) => {
  expect(decideAccount(accounts, last)).toBe(chosen);
}); // prettier-ignore

test('the end of the limits is that of the account which is free first; a refused one has none', () => {
  const held = (label: string, until: number) => account(label, { state: 'held', until });
  expect(firstEnd([held('a', 9), held('b', 5), account('c', { state: 'refused' })])).toBe(5);
  expect(firstEnd([account('a', { state: 'refused' })])).toBeNull();
});
