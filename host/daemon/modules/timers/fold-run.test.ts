import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { setDesired } from '../agents/store/agents.ts';
import { findSchedule } from './store/schedules.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { type FireDeps, fireDue } from './fire-due.ts';
import { type TimerDeps } from './reminders.ts';
import { HOUR, MINUTE, START, openTestTimers, timerSteps } from '../../testing/timer-steps.ts';

let hive: TestHive;
let deps: TimerDeps;
let fire: FireDeps;
beforeEach(() => {
  ({ hive, deps, fire } = openTestTimers());
});
afterEach(() => hive.close());
const { remind, plan, inMailbox, bodies, heard, readAll, passTo } = timerSteps(() => ({ hive, deps, fire }));

describe('runs of a schedule whose last message is still unread are skipped', () => {
  const runs = (id: number) => findSchedule(hive.db, id);

  test('for a stopped agent, and the next message gives their number', async () => {
    const { id } = await plan({ cron: '*/10 * * * *', to: 'coder' as AgentName, body: 'tidy up' }, 'operator');
    setDesired(hive.db, 'coder' as AgentName, 'stopped');
    for (let run = 1; run <= 4; run += 1) await passTo(START + run * 10 * MINUTE);
    expect(bodies('coder')).toEqual(['tidy up']);
    expect(runs(id)).toMatchObject({ fired: 1, skipped: 3, folded: 3, trouble: null });
    const [{ message }] = heard('schedule.fired') as [{ message: number }];
    expect(heard('schedule.skipped')).toEqual([{ id, runs: 1, waiting: message }]);

    setDesired(hive.db, 'coder' as AgentName, 'running');
    await readAll('coder');
    await passTo(START + 50 * MINUTE);
    expect(bodies('coder')[1]).toBe('tidy up\n\n(3 runs of this schedule were skipped while an earlier one waited.)');
    expect(heard('schedule.fired')).toMatchObject([{ folded: 0 }, { folded: 3 }]);
    await readAll('coder');
    await passTo(START + HOUR);
    expect(bodies('coder')[2]).toBe('tidy up');
    expect(runs(id)).toMatchObject({ fired: 3, skipped: 3, folded: 0 });
  });

  test('for an agent slower than the schedule: one run is being read, and one waits', async () => {
    const { id } = await plan({ cron: '*/10 * * * *' });
    const harness = await hive.boot('scout');
    await passTo(START + 10 * MINUTE);
    const turn = await harness.wake();
    for (let run = 2; run <= 5; run += 1) await passTo(START + run * 10 * MINUTE);
    expect(inMailbox('scout')).toHaveLength(2);
    expect(runs(id)).toMatchObject({ fired: 2, skipped: 3, folded: 3 });
    expect(turn?.deliveries).toHaveLength(1);
  });

  test('also across a restart of hived', async () => {
    const { id } = await plan({ cron: '*/10 * * * *' });
    await passTo(START + 10 * MINUTE);
    await passTo(START + 20 * MINUTE);
    const next = openTestHive([], { crashedOf: hive });
    try {
      const { db, writer, mail, time } = next;
      time.now = START + HOUR + 10 * MINUTE;
      await fireDue({ ...fire, db, writer, mail }, time.now);
      expect(db.prepare('SELECT COUNT(*) FROM deliveries').pluck().get()).toBe(1);
      // Five were missed while hived was down and fold into one (misfire `once`), and that one is skipped as
      // well.
      expect(findSchedule(db, id)).toMatchObject({ fired: 1, skipped: 6, folded: 2 });
    } finally {
      await next.close();
    }
  });

  test('of a group when no member has read the last one; an agent to be started is started all the same', async () => {
    const all = await plan({ cron: '*/10 * * * *', to: '*', action: 'message' }, 'operator');
    const start = await plan({ cron: '*/10 * * * *', to: 'coder' as AgentName, action: 'start' }, 'operator');
    await passTo(START + 10 * MINUTE);
    setDesired(hive.db, 'coder' as AgentName, 'stopped');
    await passTo(START + 20 * MINUTE);
    expect(hive.db.prepare("SELECT desired FROM agents WHERE name = 'coder'").pluck().get()).toBe('running');
    expect([runs(all.id)?.fired, runs(start.id)?.fired]).toEqual([1, 1]);
    await readAll('scout');
    await passTo(START + 30 * MINUTE);
    expect([runs(all.id)?.fired, runs(start.id)?.fired]).toEqual([2, 1]);
  });

  test('with misfire all only beyond a hundred waiting ones', async () => {
    const { id } = await plan({ cron: '* * * * *', misfire: 'all', window_seconds: 86_400 }, 'operator');
    await passTo(START + 150 * MINUTE);
    expect(runs(id)).toMatchObject({ fired: 100, folded: 50 });
    expect(heard('schedule.skipped')).toHaveLength(1);
  });
});

test('a schedule that wakes an agent which never reads does not fill its mailbox', async () => {
  const rules = { ...hive.mail.rules, mailboxMaxMessages: 3 };
  fire = { ...fire, mail: { ...hive.mail, rules } };
  await plan({ cron: '* * * * *', misfire: 'all' });
  for (let minute = 1; minute <= 10; minute += 1) await passTo(START + minute * MINUTE);
  expect(inMailbox('scout').map(({ kind }) => kind)).toEqual(['reminder', 'reminder', 'reminder', 'system']);
  await remind(10, 'a reminder finds room');
  await passTo(hive.time.now + 10_000);
  expect(bodies('scout')).toContain('a reminder finds room');
});
