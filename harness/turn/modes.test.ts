import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mayFollow, STATES } from '../../protocol/agent-states.ts';
import { harnessState, type HarnessState } from '../../protocol/schemas/harness.ts';
import { createModes, ENGINE_STATES, type Mode, toldState } from './modes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openModes() {
  const told: HarnessState[] = [];
  const bugs: string[] = [];
  const modes = createModes({
    now: Date.now,
    onStatus: (status) => void told.push(status),
    onBug: (what) => void bugs.push(what),
  });
  return { modes, told, bugs };
}
const TURN = ['waking', 'launching', 'running', 'finishing'] as const;

test('a turn goes through its modes, and hived is notified of changes only', () => {
  const { modes, told, bugs } = openModes();
  for (const mode of ['idle', ...TURN, 'idle', 'stopping'] as const) modes.enter(mode);
  expect(told.map(({ state }) => state)).toEqual(['idle', 'working', 'idle']);
  expect(bugs).toEqual([]);
});

test('a change that the table forbids is reported as a bug, and survived', () => {
  const { modes, bugs } = openModes();
  modes.enter('running');
  expect(bugs).toEqual(['the engine does not go from "starting" to "running"']);
  expect([modes.current(), modes.phase(), modes.status().state]).toEqual(['running', 'running', 'working']);
  modes.enter('finishing');
  modes.enter('idle');
  expect(bugs).toHaveLength(1);
});

test('a waiting mode becomes idle at its time; a turn that is offered earlier cancels the timer', () => {
  const { modes, told } = openModes();
  const enterParked = () => modes.enter('rate_limited', { reason: 'limit', until: Date.now() + 1_000 });
  for (const mode of ['idle', ...TURN] as const) modes.enter(mode);
  enterParked();
  expect(modes.status()).toEqual({ state: 'rate_limited', reason: 'limit', until: Date.now() + 1_000 });
  vi.advanceTimersByTime(999);
  expect(modes.current()).toBe('rate_limited');
  vi.advanceTimersByTime(1);
  expect([modes.current(), told.at(-1)?.state]).toEqual(['idle', 'idle']);
  for (const mode of TURN) modes.enter(mode);
  enterParked();
  modes.enter('waking');
  vi.advanceTimersByTime(5_000);
  expect(modes.current()).toBe('waking');
});

test('the engine knows every state that it may tell hived, and no other', () => {
  const told = new Set(ENGINE_STATES.map((state) => toldState(state as Mode)).filter((state) => state !== null));
  expect([...told].toSorted()).toEqual(harnessState.shape.state.options.toSorted());
  for (const state of harnessState.shape.state.options) {
    if (state === 'working') continue;
    expect(mayFollow('finishing', state)).toBe(true);
    expect(mayFollow('resting', state)).toBe(true);
    expect(STATES[state].engine).toBe(true);
  }
});
