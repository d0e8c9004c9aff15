import { expect, test } from 'vitest';
import type { HeldAccount } from '../../../../protocol/schemas/gateway.ts';
import { judgeProvider, type KeyView, limitsOf, type ProviderView } from './judge-provider.ts';

const key = (label: string, more: Partial<KeyView> = {}): KeyView => ({
  label,
  fingerprint: 'c02ff49d',
  setAt: 1,
  form: 'key' as const,
  refused: null,
  limitedUntil: null,
  interruptedAt: null,
  ...more,
});
const provider = (keys: KeyView[], more: Partial<ProviderView> = {}): ProviderView => ({
  name: 'lab',
  kind: 'openai-compatible',
  baseUrl: 'http://127.0.0.1:8000/v1',
  origin: 'added',
  hasKey: keys.length > 0,
  setAt: 1,
  active: keys.length > 0,
  outage: null,
  agents: [],
  keys,
  ...more,
});
const held = (label: string, models: string | null = 'sonnet', of = 'lab'): HeldAccount => ({
  provider: of as never,
  key: label,
  models,
  kind: 'rate',
  until: 5,
});
const coder = ['coder' as never];

test.each<[string, ProviderView, HeldAccount[] | null, string]>([
  ['no key', provider([]), [], 'gray No key'],
  ['no key, and an agent', provider([], { agents: coder }), [], 'orange No key'],
  ['a key', provider([key('main')]), [], 'green Ready'],
  ['a refused key', provider([key('main', { refused: 401 })]), [], 'red Its key is refused'],
  ['two refused keys', provider([key('a', { refused: 401 }), key('b', { refused: 403 })]), [], 'red All its keys are refused'],
  ['an outage', provider([key('main')], { outage: { since: 1, last: 2 } }), [], 'red Its calls fail'],
  ['a limited key', provider([key('main')]), [held('main')], 'orange Under a limit'],
  ['a limit of another provider', provider([key('main')]), [held('main', null, 'other')], 'green Ready'],
  ['one of two limited', provider([key('a'), key('b')]), [held('a')], 'green Answers with 1 of its 2 keys'],
  ['one limited, one refused', provider([key('a'), key('b', { refused: 401 })]), [held('a')], 'orange All its keys are under a limit'],
  ['a limit that only hived knows', provider([key('main', { limitedUntil: 9 })]), null, 'orange Under a limit'],
])('%s', (...[, given, limits, said]) => {
  const { color, words } = judgeProvider(given, limits);
  expect(`${color} ${words}`).toBe(said);
}); // prettier-ignore

test('the limits of a key are the gateway’s, by model; hived’s only when the gateway does not answer', () => {
  const lab = provider([key('main', { limitedUntil: 9 })]);
  const [main] = lab.keys;
  expect(limitsOf(lab, main!, [held('main', 'opus'), held('other')])).toMatchObject([{ models: 'opus', until: 5 }]);
  expect(limitsOf(lab, main!, [])).toEqual([]);
  expect(limitsOf(lab, main!, null)).toEqual([{ models: null, kind: null, until: 9 }]);
});
