import { expect, test, vi } from 'vitest';
import type { EgressRule } from '../../../protocol/egress.ts';
import { SCOUT } from '../fixtures/run-gateway.ts';
import { decideOrAsk } from './ask-operator.ts';
import { createEgressRules } from './egress-rules.ts';
import type { RequestTarget } from './read-target.ts';

const target: RequestTarget = { kind: 'tunnel', method: 'CONNECT', host: 'a.test', port: 443, path: '' };
const rule: EgressRule = {
  id: 1,
  verdict: 'allow',
  hosts: ['a.test'],
  port: null,
  methods: null,
  address: null,
  once: false,
};

function open(answer: { approval: number | null; waitMs: number } | Error) {
  const rules = createEgressRules();
  rules.set([]);
  const gone = new AbortController();
  const ask = vi.fn(() => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)));
  const decide = () => decideOrAsk({ agent: SCOUT, target, signal: gone.signal }, { rules, ask, now: Date.now });
  const set = (...own: EgressRule[]) => rules.set([{ name: SCOUT, rules: own }]);
  return { ask, gone, decide, set };
}
const LONG = { approval: 3, waitMs: 600_000 };

test('a request that waits is allowed as soon as a rule allows it', async () => {
  const { decide, set, ask } = open(LONG);
  const decided = decide();
  await vi.waitFor(() => expect(ask).toHaveBeenCalledWith({ agent: SCOUT, host: 'a.test', port: 443, kind: 'tunnel' }));
  set({ ...rule, hosts: ['b.test'] });
  set(rule);
  expect(await decided).toMatchObject({ do: 'allow' });
});

test('the operator’s no ends the wait', async () => {
  const { decide, set, ask } = open(LONG);
  const decided = decide();
  await vi.waitFor(() => expect(ask).toHaveBeenCalled());
  set({ ...rule, verdict: 'deny' });
  expect(await decided).toMatchObject({ do: 'refuse', code: 'denied' });
});

test('an answer that comes before the wait begins is not missed', async () => {
  const { decide, set, ask } = open(LONG);
  ask.mockImplementation(() => {
    set(rule);
    return Promise.resolve(LONG);
  });
  expect(await decide()).toMatchObject({ do: 'allow' });
});

test('without an answer it is refused, with the number of the approval', async () => {
  const { decide } = open({ approval: 3, waitMs: 10 });
  expect(await decide()).toMatchObject({ code: 'not_allowed', words: expect.stringContaining('approval 3') });
});

test('it does not wait when the box is gone, the operator is not asked, or hived does not answer', async () => {
  const left = open(LONG);
  left.gone.abort();
  expect(await left.decide()).toMatchObject({ code: 'not_allowed' });
  expect(await open({ approval: null, waitMs: 0 }).decide()).toMatchObject({ code: 'not_allowed' });
  expect(await open(new Error('hived is away')).decide()).toMatchObject({ code: 'not_allowed' });
});

test('nobody is asked about what a rule decides', async () => {
  const { decide, set, ask } = open(LONG);
  set({ ...rule, verdict: 'deny' });
  await decide();
  set(rule);
  await decide();
  expect(ask).not.toHaveBeenCalled();
});
