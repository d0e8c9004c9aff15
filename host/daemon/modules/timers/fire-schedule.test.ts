import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import { setDesired } from '../agents/store/agents.ts';
import { findSchedule, setNextRun } from './store/schedules.ts';
import { type TestHive } from '../../testing/open-test-hive.ts';
import { createDueTimer, type FireDeps, fireDue } from './fire-due.ts';
import { type TimerDeps } from './reminders.ts';
import { cancelSchedule, changeSchedule, retimeSchedules } from './schedules.ts';
import { HOUR, MINUTE, START, openTestTimers, timerSteps } from '../../testing/timer-steps.ts';

let hive: TestHive;
let deps: TimerDeps;
let fire: FireDeps;
beforeEach(() => {
  ({ hive, deps, fire } = openTestTimers());
});
afterEach(() => hive.close());
const { plan, inMailbox, bodies, heard, readAll, passTo } = timerSteps(() => ({ hive, deps, fire }));

describe('schedules', () => {
  test('wake their owner repeatedly, once at each of their times', async () => {
    const schedule = await plan({ cron: '*/10 * * * *' });
    expect(schedule.nextAt).toBe(Date.parse('2026-05-01T12:10:00Z'));
    for (let now = START; now < START + HOUR; now += 30_000) {
      await passTo(now);
      await readAll('scout');
    }
    expect(inMailbox('scout')).toEqual(
      Array.from({ length: 6 }, () => ({ from: 'scout', kind: 'reminder', body: 'look' })),
    );
    expect(findSchedule(hive.db, schedule.id)).toMatchObject({ fired: 6, skipped: 0, trouble: null });
    expect(heard('schedule.fired')).toHaveLength(6);
  });

  test.each([
    ['message', 'note'],
    ['task', 'task'],
  ] as const)('with action %s write to another agent, as a %s', async (action, kind) => {
    await plan({ cron: '0 13 * * *', to: 'coder' as AgentName, action });
    await passTo(START + HOUR);
    expect(inMailbox('coder')).toEqual([{ from: 'scout', kind, body: 'look' }]);
  });

  test('with action start declare the agent running in the same transaction', async () => {
    const schedule = await plan({ cron: '0 13 * * *', to: 'coder' as AgentName, action: 'start' }, 'operator');
    const desired = () => hive.db.prepare("SELECT desired FROM agents WHERE name = 'coder'").pluck().get();
    setDesired(hive.db, 'coder' as AgentName, 'stopped');
    const failing: FireDeps = {
      ...fire,
      startAgent(tx, name) {
        setDesired(tx.db, name, 'running');
        throw new HiveError('busy', 'coder is being destroyed.');
      },
    };
    hive.time.now = START + HOUR;
    await fireDue(failing, hive.time.now);
    expect([desired(), inMailbox('coder')]).toEqual(['stopped', []]);
    expect(findSchedule(hive.db, schedule.id)).toMatchObject({ fired: 1, trouble: 'busy: coder is being destroyed.' });
    await passTo(START + 25 * HOUR);
    expect([desired(), bodies('coder')]).toEqual(['running', ['look']]);
    expect(findSchedule(hive.db, schedule.id)).toMatchObject({ fired: 2, trouble: null });
  });

  test('whose runs fail continue, and their owner is notified once of each kind of trouble', async () => {
    const schedule = await plan({ cron: '*/10 * * * *', to: 'coder' as AgentName, action: 'message' });
    hive.db.prepare("DELETE FROM agents WHERE name = 'coder'").run();
    await passTo(START + 10 * MINUTE);
    await passTo(START + 20 * MINUTE);
    expect(bodies('scout')).toEqual([expect.stringContaining('unknown_agent')]);
    expect(findSchedule(hive.db, schedule.id)).toMatchObject({
      fired: 2,
      trouble: expect.stringContaining('coder') as string,
    });
    hive.addAgent('coder');
    await passTo(START + 30 * MINUTE);
    expect(bodies('coder')).toEqual(['look']);
    expect(findSchedule(hive.db, schedule.id)).toMatchObject({ fired: 3, trouble: null });
  });

  test('report skipped runs', async () => {
    const schedule = await plan({ cron: '*/10 * * * *', misfire: 'skip' });
    await passTo(START + HOUR + 5 * MINUTE);
    expect(inMailbox('scout')).toEqual([]);
    expect(findSchedule(hive.db, schedule.id)).toMatchObject({ fired: 0, skipped: 6 });
    expect(heard('schedule.skipped')).toEqual([{ id: schedule.id, runs: 6 }]);
  });

  test('that are paused fire nothing, and after resuming continue from then', async () => {
    const { id } = await plan({ cron: '*/10 * * * *', misfire: 'all' });
    const change = (paused: boolean) =>
      hive.writer.write((tx) => changeSchedule(tx, deps, { by: 'scout', id, change: { paused } }));
    expect(await change(true)).toMatchObject({ paused: true, nextAt: null });
    expect(await passTo(START + HOUR)).toBeNull();
    expect((await change(false)).nextAt).toBe(Date.parse('2026-05-01T13:10:00Z'));
    await passTo(START + HOUR + 10 * MINUTE);
    expect(inMailbox('scout')).toHaveLength(1);
  });

  test('a change of one field leaves the others', async () => {
    const before = await plan({ cron: '0 9 * * *', time_zone: 'Europe/Berlin', misfire: 'all', jitter_seconds: 60 });
    const after = await hive.writer.write((tx) =>
      changeSchedule(tx, deps, { by: 'operator', id: before.id, change: { body: 'other' } }),
    );
    expect(after).toEqual({ ...before, body: 'other' });
  });

  test('a clock that is set back repeats no run', async () => {
    const { id } = await plan({ cron: '*/10 * * * *' });
    await passTo(START + HOUR);
    expect(inMailbox('scout')).toHaveLength(1);
    for (let now = START + 30 * MINUTE; now <= START + 2 * HOUR; now += MINUTE) {
      await hive.writer.write((tx) => retimeSchedules(tx, now));
      await readAll('scout');
      await passTo(now);
    }
    // 12:10 was the last claimed run before 13:00; after the clock is set back to 12:30, only unclaimed runs
    // fire.
    const runs = hive.db.prepare('SELECT due_at FROM schedule_runs ORDER BY due_at').pluck().all() as number[];
    expect(inMailbox('scout')).toHaveLength(runs.length);
    expect(findSchedule(hive.db, id)?.fired).toBe(runs.length);
  });

  test('a clock that was years ahead for a while does not stop them', async () => {
    const { id } = await plan({ cron: '0 9 * * *' });
    await passTo(START + 9 * 365 * 24 * HOUR);
    const due = createDueTimer(fire);
    const fireAt = async (now: number) => {
      if ((due.nextDueAt(now) ?? Infinity) <= now) await due.fireDue(now);
      return due.nextDueAt(now);
    };
    expect(await fireAt(START + HOUR)).toBe(Date.parse('2026-05-02T09:00:00Z'));
    await hive.writer.write((tx) => setNextRun(tx.db, id, START + 9 * 365 * 24 * HOUR));
    expect(await fireAt(START + 2 * HOUR)).toBe(START + 9 * 365 * 24 * HOUR);
    expect(await fireAt(START + HOUR)).toBe(Date.parse('2026-05-02T09:00:00Z'));
  });

  test('that are cancelled fire no more', async () => {
    const { id } = await plan({ cron: '*/10 * * * *' });
    await hive.writer.write((tx) => cancelSchedule(tx, deps, { by: 'scout', id }));
    expect(await passTo(START + HOUR)).toBeNull();
    expect(inMailbox('scout')).toEqual([]);
  });
});
