import { expect, test } from 'vitest';
import { meaningOf, mayFollow, shownState, type State, STATES, statesOf } from './agent-states.ts';
import { AGENT_STATES } from './schemas/agent.ts';
import { TURN_PHASES } from './turn-phases.ts';

const all = Object.keys(STATES) as State[];

test('the table has every state that people see, and "working" as its steps', () => {
  expect([...new Set(all.map(shownState))].toSorted()).toEqual([...AGENT_STATES].toSorted());
  expect(statesOf('turn')).toEqual([...TURN_PHASES]);
});

test('every state is reached, and left', () => {
  for (const state of all) {
    expect(STATES[state].next.length, state).toBeGreaterThan(0);
    expect(new Set(STATES[state].next).size, state).toBe(STATES[state].next.length);
    expect(STATES[state].next, state).not.toContain(state);
    expect(
      all.some((from) => mayFollow(from, state)),
      state,
    ).toBe(true);
  }
});

test('a turn goes through its steps in order, and begins from no hold', () => {
  expect(all.filter((state) => mayFollow(state, 'waking'))).toEqual([
    'unreachable',
    ...statesOf('rest'),
    ...statesOf('wait'),
  ]);
  const steps = ['idle', 'waking', 'launching', 'running', 'finishing', 'idle'] as const;
  for (const [at, step] of steps.slice(1).entries()) expect(mayFollow(steps[at] ?? 'idle', step), step).toBe(true);
  expect(mayFollow('waking', 'finishing')).toBe(false);
  expect(mayFollow('idle', 'running')).toBe(false);
  for (const held of statesOf('hold')) expect(mayFollow('finishing', held)).toBe(true);
});

test('a state has a meaning in words; of a turn, the step has', () => {
  expect(meaningOf('paused')).toContain('hivectl resume');
  expect([meaningOf('working'), meaningOf('working', 'running')]).toEqual(['a turn runs', 'the CLI works']);
});
