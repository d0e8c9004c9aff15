import { expect, test } from 'vitest';
import { agentState, type AgentView } from '../../../../protocol/schemas/agent.ts';
import { styleOf } from './order-fleet.ts';
import { decideDelay, recipientsOf } from './recipient-notice.ts';

const reader = { state: 'idle', desired: 'running', until: null, quietUntil: null } as const;

test('an agent that reads at its next turn has no delay; every other state names what ends the delay', () => {
  const prompt = agentState.options.filter((state) => decideDelay({ ...reader, state }, 1_000) === null);
  expect(prompt.toSorted()).toEqual(['blocked', 'idle', 'rebuilding', 'starting', 'stopping', 'working']);
  for (const state of agentState.options)
    if (styleOf(state).needsCare) expect(decideDelay({ ...reader, state }, 1_000)?.is).toContain('parked');
  expect(decideDelay({ ...reader, state: 'stopping', desired: 'stopped' }, 1_000)?.is).toBe('stopped');
  expect(decideDelay({ ...reader, state: 'rate_limited', until: 9_000 }, 1_000)).toEqual({
    is: 'parked (rate limited)',
    until: 9_000,
    endsWhen: 'What you send waits until it goes on.',
  });
});

test('do not disturb delays mail until it ends', () => {
  expect(decideDelay({ ...reader, quietUntil: 2_000 }, 1_000)?.until).toBe(2_000);
  expect(decideDelay({ ...reader, quietUntil: 2_000 }, 2_000)).toBeNull();
});

test('an address resolves to one agent, to all agents or to the agents of a role', () => {
  const agents = ['a', 'b', 'c'].map((name) => ({ name, spec: { role: name === 'c' ? 'x' : 'y' } }) as AgentView);
  const namesOf = (to: string) => recipientsOf(to, agents).map(({ name }) => name as string);
  expect([namesOf('b'), namesOf('*'), namesOf('@role:Y'), namesOf('#news')]).toEqual([
    ['b'],
    ['a', 'b', 'c'],
    ['a', 'b'],
    [],
  ]);
});
