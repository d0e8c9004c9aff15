import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findReminder, insertReminder } from './store/reminders.ts';
import { type TestHive } from '../../testing/open-test-hive.ts';
import { type FireDeps } from './fire-due.ts';
import { type TimerDeps } from './reminders.ts';
import { HOUR, START, openTestTimers, timerSteps } from '../../testing/timer-steps.ts';

let hive: TestHive;
let deps: TimerDeps;
let fire: FireDeps;
beforeEach(() => {
  ({ hive, deps, fire } = openTestTimers());
});
afterEach(() => hive.close());
const { remind, inMailbox, bodies, heard, passTo } = timerSteps(() => ({ hive, deps, fire }));

describe('reminders', () => {
  test('fire when they are due and not before, and return the time of the next one', async () => {
    const first = await remind(10, 'first');
    const second = await remind(20, 'second');
    expect(await passTo(first.dueAt - 1)).toBe(first.dueAt);
    expect(inMailbox('scout')).toEqual([]);
    expect(await passTo(first.dueAt)).toBe(second.dueAt);
    expect(inMailbox('scout')).toEqual([{ from: 'scout', kind: 'reminder', body: 'first' }]);
    expect(await passTo(second.dueAt + 5_000)).toBeNull();
    expect(heard('reminder.fired')).toMatchObject([
      { id: first.id, lateMs: 0 },
      { id: second.id, lateMs: 5_000 },
    ]);
  });

  test('of the operator wake an agent and are in its next turn', async () => {
    const harness = await hive.boot('scout');
    const waking = harness.wake(5_000);
    await remind(1, 'from above', { owner: 'operator', to: 'scout' });
    await passTo(START + 1_000);
    expect((await waking)?.deliveries).toMatchObject([{ kind: 'reminder', from: 'operator', body: 'from above' }]);
  });

  test('that came due while hived was down fire in the order of their times, over several transactions', async () => {
    const times = Array.from({ length: 1_203 }, (_, index) => ((index * 7_919) % 1_203) + 1);
    await hive.writer.write((tx) => {
      for (const second of times)
        insertReminder(tx.db, {
          owner: 'scout',
          recipient: 'scout',
          dueAt: START + second * 1_000,
          body: String(second),
          file: null,
          at: START,
        });
    });
    expect(await passTo(START + 24 * HOUR)).toBeNull();
    expect(bodies('scout').map(Number)).toEqual(times.toSorted((a, b) => a - b));
  });

  test('whose recipient is destroyed are cancelled, their owner is notified, and the next one fires', async () => {
    const lost = await remind(1, 'lost', { owner: 'operator', to: 'coder' });
    await remind(2, 'kept');
    hive.db.prepare("DELETE FROM agents WHERE name = 'coder'").run();
    await passTo(START + HOUR);
    expect(findReminder(hive.db, lost.id)?.state).toBe('cancelled');
    expect(bodies('scout')).toEqual(['kept']);
    expect(inMailbox('operator')).toMatchObject([{ from: 'system', kind: 'system' }]);
    expect(bodies('operator')[0]).toMatch(/^Your reminder #1 for coder could not be delivered.*no agent "coder"/);
  });

  test('wait after the clock is set back, and never fire twice', async () => {
    const one = await remind(60, 'one');
    await remind(120, 'two');
    await passTo(one.dueAt);
    await passTo(START - HOUR);
    expect(await passTo(one.dueAt + 1)).toBe(START + 120_000);
    await passTo(START + 120_000);
    expect(bodies('scout')).toEqual(['one', 'two']);
  });
});
