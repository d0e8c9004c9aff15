import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HarnessState } from '../../protocol/schemas/harness.ts';
import { createModes, MODES, modeAfterTurn } from './modes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openModes() {
  const told: HarnessState[] = [];
  const modes = createModes({ now: Date.now, onStatus: (status) => void told.push(status) });
  return { modes, told };
}

test('a turn goes through its modes, and hived is notified of changes only', () => {
  const { modes, told } = openModes();
  for (const mode of ['idle', 'waking', 'running', 'finishing', 'idle', 'stopping'] as const) modes.enter(mode);
  expect(told.map(({ state }) => state)).toEqual(['idle', 'working', 'idle']);
});

test('a change that the table forbids is a bug', () => {
  const { modes } = openModes();
  expect(() => modes.enter('running')).toThrow('the engine does not go from "greeting" to "running"');
  modes.enter('stopping');
  expect(() => modes.enter('idle')).toThrow('from "stopping"');
});

test('a waiting mode becomes idle at its time; a turn that is offered earlier cancels the timer', () => {
  const { modes, told } = openModes();
  const enterParked = () => modes.enter('parked', { reason: 'limit', until: Date.now() + 1_000 });
  for (const mode of ['idle', 'waking', 'running', 'finishing'] as const) modes.enter(mode);
  enterParked();
  expect(modes.status()).toEqual({ state: 'rate_limited', reason: 'limit', until: Date.now() + 1_000 });
  vi.advanceTimersByTime(999);
  expect(modes.current()).toBe('parked');
  vi.advanceTimersByTime(1);
  expect([modes.current(), told.at(-1)?.state]).toEqual(['idle', 'idle']);
  for (const mode of ['waking', 'running', 'finishing'] as const) modes.enter(mode);
  enterParked();
  modes.enter('waking');
  vi.advanceTimersByTime(5_000);
  expect(modes.current()).toBe('waking');
});

test('every state that a turn may end in has a mode that tells it', () => {
  for (const state of ['idle', 'rate_limited', 'needs_login', 'outage', 'starved', 'backing_off'] as const) {
    const mode = modeAfterTurn(state);
    expect(MODES[mode].tells).toBe(state);
    expect(MODES.finishing.next).toContain(mode);
    expect(MODES.paused.next).toContain(mode);
  }
});

test('docs/harness.md shows the transition table', () => {
  const page = readFileSync(new URL('../../docs/harness.md', import.meta.url), 'utf8');
  const rows = Object.entries(MODES).map(
    ([mode, { next, tells }]) =>
      `| \`${mode}\` | ${tells === null ? '–' : `\`${tells}\``} | ${next.map((each) => `\`${each}\``).join(' ') || '–'} |`,
  );
  expect(page).toContain(`| mode | told as | next |\n|---|---|---|\n${rows.join('\n')}\n`);
});
