import { Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import type { EgressRule } from '../../../protocol/egress.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { openLog } from '../../../system/log.ts';
import { createEgressRules } from './egress-rules.ts';
import type { Injection } from './injections.ts';
import { EGRESS_LIMITS, type EgressDeps, openConnection } from './open-connection.ts';
import type { RequestTarget } from './read-target.ts';

const scout = 'scout' as AgentName;
const target: RequestTarget = { kind: 'tunnel', method: 'CONNECT', host: 'a.test', port: 443, path: '' };
const rule: Omit<EgressRule, 'once'> = {
  id: 1,
  verdict: 'allow',
  hosts: ['a.test'],
  port: null,
  methods: null,
  address: null,
};

/** Opens a connection that takes until the operator has changed the rules to these. */
async function openWhile(
  first: EgressRule,
  then: readonly EgressRule[],
  injections: EgressDeps['injections'] = { of: () => null },
) {
  const rules = createEgressRules();
  rules.set([{ name: scout, rules: [first] }]);
  const [begin, end] = [vi.fn<EgressDeps['begin']>(), vi.fn<EgressDeps['end']>()];
  const socket = new Socket();
  const deps = {
    rules,
    dial: async () => {
      rules.set([{ name: scout, rules: then }]);
      return socket;
    },
    ask: async () => ({ approval: null, waitMs: 0 }),
    limits: EGRESS_LIMITS,
    now: () => 0,
    newId: () => crypto.randomUUID(),
    log: openLog({ level: 'error', output: { write: () => undefined } }),
    open: { add: () => () => undefined },
    traffic: { usedUp: () => null, count: () => null },
    injections,
    begin,
    end,
  } as unknown as EgressDeps;
  await openConnection({ agent: scout, target, signal: new AbortController().signal }, deps);
  return { socket, begin, end };
}

test('a rule that is withdrawn while its connection is made ends it', async () => {
  for (const then of [[], [{ ...rule, verdict: 'deny' as const, once: false }]]) {
    const { socket, begin, end } = await openWhile({ ...rule, once: false }, then);
    expect(socket.destroyed).toBe(true);
    await vi.waitFor(() => expect(end).toHaveBeenCalledTimes(1));
    expect(end.mock.calls[0]?.[0]).toMatchObject({ verdict: 'refused', host: 'a.test' });
    // What begins and what ends is one connection.
    expect(begin.mock.calls.map(([{ id }]) => id)).toEqual([end.mock.calls[0]?.[0].id]);
  }
});

test('a rule for one connection is outlived by it', async () => {
  const { socket } = await openWhile({ ...rule, once: true }, []);
  expect(socket.destroyed).toBe(false);
  socket.destroy();
});

test('a connection whose secret is changed while it is made ends', async () => {
  const injection = { port: 443, header: 'authorization', value: 'Bearer x' } as Injection;
  const seen = [injection, null];
  const always = { ...rule, once: false };
  const { socket, end } = await openWhile(always, [always], { of: () => seen.shift() ?? null });
  expect(socket.destroyed).toBe(true);
  await vi.waitFor(() => expect(end.mock.calls[0]?.[0]).toMatchObject({ verdict: 'refused', why: 'no_secret' }));
});
