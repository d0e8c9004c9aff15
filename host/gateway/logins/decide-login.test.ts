import { expect, test } from 'vitest';
import { decideLogin, type LoginFacts } from './decide-login.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = 1_800_000_000_000;
/** A token of ten days, in the middle of its time. */
const FACTS: LoginFacts = {
  now: NOW,
  expiresAt: NOW + 5 * DAY,
  renewedAt: NOW - 5 * DAY,
  isRejected: false,
  inDoubt: false,
  pausedUntil: 0,
  isEnded: false,
  random: 0,
};

test.each<[string, Partial<LoginFacts>, ReturnType<typeof decideLogin>]>([
  ['valid', {}, { do: 'use', renew: false, until: NOW + 5 * DAY - 5 * MINUTE }],
  ['valid, with the most jitter', { random: 1 }, { do: 'use', renew: false, until: NOW + 5 * DAY - 7.5 * MINUTE }],
  ['about to end', { expiresAt: NOW + 4 * MINUTE }, { do: 'use', renew: true, until: NOW + 4 * MINUTE }],
  ['about to end, in doubt', { expiresAt: NOW + MINUTE, inDoubt: true }, { do: 'use', renew: false, until: NOW + MINUTE }],
  ['in doubt, while another renewal may be under way', { inDoubt: true, pausedUntil: NOW + 1 }, { do: 'use', renew: false, until: NOW + 1 }],
  ['about to end, after a failure', { expiresAt: NOW + 4 * MINUTE, pausedUntil: NOW + MINUTE }, { do: 'use', renew: false, until: NOW + MINUTE }],
  ['about to end, renewed no more', { expiresAt: NOW + MINUTE, isEnded: true }, { do: 'use', renew: false, until: NOW + MINUTE }],
  ['over', { expiresAt: NOW }, { do: 'renew' }],
  ['over, while another renewal may be under way', { expiresAt: NOW, inDoubt: true, pausedUntil: NOW + 1 }, { do: 'wait', until: NOW + 1 }],
  ['over, in doubt for long', { expiresAt: NOW, inDoubt: true, pausedUntil: NOW }, { do: 'renew' }],
  ['over, renewed no more', { expiresAt: NOW, isEnded: true }, { do: 'refuse' }],
  ['refused before its end', { isRejected: true }, { do: 'renew' }],
  ['refused before its end, renewed no more', { isRejected: true, isEnded: true }, { do: 'refuse' }],
  ['without an end', { expiresAt: null }, { do: 'use', renew: false, until: NOW + 3 * DAY }],
  ['without an end, old', { expiresAt: null, renewedAt: NOW - 8 * DAY }, { do: 'use', renew: true, until: null }],
  ['valid for two minutes in all', { expiresAt: NOW + 2 * MINUTE, renewedAt: NOW }, { do: 'use', renew: false, until: NOW + MINUTE }],
  ['issued after its end, as it seems', { renewedAt: NOW + 9 * DAY }, { do: 'use', renew: false, until: NOW + 5 * DAY }],
])('an access token that is %s', (_, more, decision) => {
  expect(decideLogin({ ...FACTS, ...more })).toEqual(decision);
}); // prettier-ignore
