import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DEFAULT_STUCK_RULES } from '../../protocol/schemas/harness.ts';
import type { ToolProcesses } from '../box/inspect-tool.ts';
import type { Activity, Verdict } from '../driver/driver.ts';
import { watchTurn } from './watch-turn.ts';
import { warnTurn } from './warn-turn.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open({ says = true, timeoutMs = 3_600_000 } = {}) {
  const told: object[] = [];
  const said: string[] = [];
  const verdicts: Verdict[] = [];
  let activity: Activity | null = null;
  let processes: ToolProcesses | null = null;
  const interrupt = new AbortController();
  const watch = watchTurn(() => undefined);
  const warnings = warnTurn({
    turn: 7,
    watch,
    driver: { say: ({ text }) => says && said.push(text) > 0, activity: () => activity },
    bounds: { timeoutMs, calls: null, output: null },
    rules: DEFAULT_STUCK_RULES,
    emit: (_kind, data) => void told.push(data),
    now: Date.now,
    inspectTool: () => Promise.resolve(processes),
    signal: interrupt.signal,
    stop: (verdict) => void verdicts.push(verdict),
  });
  watch.begin(7, { onSign: () => undefined, onResult: warnings.check });
  watch.emit('cli.started', { pid: 9, version: null, sessionId: null });
  let id = 0;
  return {
    interrupt,
    warnings,
    told,
    said,
    verdicts,
    call(tool: string) {
      id += 1;
      watch.emit('turn.tool_call', { turn: 7, id: String(id), tool, input: '{}', truncated: false });
      watch.emit('turn.tool_result', { turn: 7, id: String(id), ok: true, text: 'x', truncated: false });
    },
    run(tool: string | null, found: ToolProcesses | null) {
      activity = tool === null ? null : { tool: { name: tool, since: Date.now() }, quietSince: 0 };
      processes = found;
    },
    use(ticks: number) {
      if (processes !== null) processes = { ...processes, ticks };
    },
  };
}

test('the same call again and again is asked about once, then the turn is stopped as stuck', () => {
  const { call, said, told, verdicts } = open();
  for (let n = 0; n < 15; n += 1) call('Bash');
  expect([said.length, verdicts]).toEqual([1, []]);
  for (let n = 0; n < 9; n += 1) call('Bash');
  expect(verdicts).toEqual([
    { kind: 'stuck', reason: 'It called Bash with the same input 16 times, with the same result.' },
  ]);
  expect(told).toMatchObject([
    { turn: 7, about: 'repeats', step: 'asked' },
    { turn: 7, about: 'repeats', step: 'stopped' },
  ]);
});

test('a driver that cannot speak into a turn: nothing is told as asked, and the turn is stopped all the same', () => {
  const { call, told, verdicts } = open({ says: false });
  for (let n = 0; n < 16; n += 1) call('Bash');
  expect([told.length, verdicts.length]).toEqual([1, 1]);
});

test('a turn that is being interrupted is not stopped for want of progress too', () => {
  const { call, interrupt, told, verdicts } = open();
  for (let n = 0; n < 15; n += 1) call('Bash');
  interrupt.abort();
  for (let n = 0; n < 9; n += 1) call('Bash');
  expect([told.length, verdicts]).toEqual([1, []]);
});

test('a tool that waits for input is told apart from one that works, and from a wait of the model', async () => {
  const { run, use, said, verdicts } = open();
  const cat = { count: 2, ticks: 4, readsInput: true };
  run('Bash', { ...cat, readsInput: false });
  await vi.advanceTimersByTimeAsync(600_000);
  run('Bash', cat);
  await vi.advanceTimersByTimeAsync(100_000);
  use(9);
  await vi.advanceTimersByTimeAsync(100_000);
  run(null, null);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(said).toEqual([]);
  run('Bash', cat);
  await vi.advanceTimersByTimeAsync(130_000);
  expect(said).toEqual([expect.stringMatching(/Bash waits for input/)]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(verdicts).toMatchObject([{ kind: 'stuck', reason: expect.stringContaining('waits for input') }]);
});

test('the last words before the time-out; after the end nothing is done any more', async () => {
  const { said, warnings } = open({ timeoutMs: 100_000 });
  await vi.advanceTimersByTimeAsync(90_000);
  expect(said).toEqual([expect.stringMatching(/ended in 10 s\. Bring it to an end/)]);
  warnings.end();
  expect(vi.getTimerCount()).toBe(0);
});
