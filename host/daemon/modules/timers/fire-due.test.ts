import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import { scheduleInput, type ScheduleInput } from '../../../../protocol/schemas/reminder.ts';
import { openStore } from '../../../../store/open-store.ts';
import { createEventLog } from '../../core/event-log.ts';
import { setDesired } from '../agents/store/agents.ts';
import { findReminder, insertReminder, listReminders } from './store/reminders.ts';
import { findSchedule, setNextRun } from './store/schedules.ts';
import { MIGRATIONS } from '../../core/store/migrations.ts';
import { forgetTimersOf } from './store/timers.ts';
import { createWriter, type Writer } from '../../core/writer.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { createDueTimer, type FireDeps, fireDue } from './fire-due.ts';
import { createTimerGate } from './limits.ts';
import { keepReminder, type TimerDeps } from './reminders.ts';
import { cancelSchedule, changeSchedule, keepSchedule, retimeSchedules } from './schedules.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-05-01T12:00:30Z');

let hive: TestHive;
let deps: TimerDeps;
let fire: FireDeps;
beforeEach(() => {
  hive = openTestHive();
  hive.time.now = START;
  const gate = createTimerGate(hive, { maxStanding: 100, rate: { burst: 20, perMinute: 10 } });
  deps = { events: hive.events, clock: hive.clock, gate, quietMs: 600_000 };
  fire = {
    db: hive.db,
    writer: hive.writer,
    mail: hive.mail,
    startAgent: (tx, name) => setDesired(tx.db, name, 'running'),
  };
});
afterEach(() => hive.close());

const remind = (inSeconds: number, body: string, who: { owner?: string; to?: string } = {}) => {
  const { owner = 'scout', to = owner } = who;
  return hive.writer.write((tx) => keepReminder(tx, deps, { owner, to, body, in_seconds: inSeconds }).reminder);
};
const plan = (asked: Partial<ScheduleInput> & { cron: string }, owner = 'scout') =>
  hive.writer.write(
    (tx) => keepSchedule(tx, deps, { owner, asked: scheduleInput.parse({ body: 'look', ...asked }) }).schedule,
  );
const inMailbox = (name: string) =>
  hive.db
    .prepare(
      `SELECT m.sender AS "from", m.kind, m.body FROM deliveries d JOIN messages m ON m.id = d.message_id
       WHERE d.recipient = ? ORDER BY d.id`,
    )
    .all(name) as { from: string; kind: string; body: string }[];
const bodies = (name: string) => inMailbox(name).map(({ body }) => body);
const heard = (kind: string) => hive.heard.filter((event) => event.kind === kind).map(({ data }) => data);

/** Reads an agent's waiting mail in successful turns. */
async function readAll(name: string): Promise<void> {
  const harness = await hive.boot(name);
  for (let turn = await harness.wake(); turn !== null; turn = await harness.wake()) await harness.finish(turn, 'done');
}

/** Sets the clock and fires due timers. */
function passTo(now: number): Promise<number | null> {
  hive.time.now = now;
  return fireDue(fire, now);
}

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

describe('a crash', () => {
  const inserted = (count: number) =>
    hive.writer.write((tx) => {
      for (let second = 1; second <= count; second += 1)
        insertReminder(tx.db, {
          owner: 'scout',
          recipient: 'scout',
          dueAt: START + second,
          body: String(second),
          file: null,
          at: START,
        });
    });

  test('between two transactions neither loses a reminder nor fires one twice', async () => {
    await plan({ cron: '* * * * *', misfire: 'all', body: 'tick' });
    await inserted(1_100);
    let writes = 0;
    const breaking: Writer = {
      ...hive.writer,
      write: (job) => ((writes += 1) > 2 ? Promise.reject(new Error('killed')) : hive.writer.write(job)),
    };
    hive.time.now = START + 300 * MINUTE;
    await expect(fireDue({ ...fire, writer: breaking }, hive.time.now)).rejects.toThrow('killed');
    expect(inMailbox('scout')).toHaveLength(1_000);

    // Opened as a restarted hived opens it.
    const db = openStore(hive.db.name, MIGRATIONS);
    const writer = createWriter(db, { onEffectError: (error) => expect.unreachable(String(error)) });
    const events = createEventLog({
      db,
      writer,
      clock: hive.clock,
      onListenerError: (error) => expect.unreachable(String(error)),
    });
    const mail = { ...hive.mail, events };
    try {
      expect(await fireDue({ ...fire, db, writer, mail }, hive.time.now)).toBe(START + 300 * MINUTE + 30_000);
    } finally {
      await writer.close();
      db.close();
    }
    const said = bodies('scout').filter((body) => body !== 'tick');
    expect(said).toEqual(Array.from({ length: 1_100 }, (_, index) => String(index + 1)));
    // Of 300 unread runs, a hundred wait and the rest are skipped: each is exactly one of the two.
    expect(bodies('scout').filter((body) => body === 'tick')).toHaveLength(100);
    expect(hive.db.prepare('SELECT fired, skipped FROM schedules').get()).toEqual({ fired: 100, skipped: 200 });
  });

  test('in the middle of a transaction rolls it back, and it is repeated', async () => {
    await inserted(20);
    let appended = 0;
    const events: FireDeps['mail']['events'] = {
      ...hive.events,
      append(...event) {
        appended += 1;
        if (appended === 15) throw new Error('killed');
        hive.events.append(...event);
      },
    };
    hive.time.now = START + HOUR;
    await expect(fireDue({ ...fire, mail: { ...fire.mail, events } }, hive.time.now)).rejects.toThrow('killed');
    expect(inMailbox('scout')).toEqual([]);
    await passTo(hive.time.now);
    expect(inMailbox('scout')).toHaveLength(20);
  });

  test('a disk that refuses writes leaves everything due', async () => {
    await inserted(20);
    hive.time.now = START + HOUR;
    hive.db.pragma('query_only = ON');
    await expect(fireDue(fire, hive.time.now)).rejects.toMatchObject({ code: 'storage_unavailable' });
    hive.db.pragma('query_only = OFF');
    await passTo(hive.time.now);
    expect(inMailbox('scout')).toHaveLength(20);
  });
});

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

test('destroying an agent deletes its timers, and cancels reminders of others for it', async () => {
  await remind(10, 'own', { owner: 'coder' });
  await remind(10, 'for it', { owner: 'operator', to: 'coder' });
  await remind(10, 'of another');
  await plan({ cron: '* * * * *' }, 'coder');
  forgetTimersOf(hive.db, 'coder');
  expect(listReminders(hive.db, { of: 'coder', state: 'standing', limit: 10 })).toEqual([]);
  expect(listReminders(hive.db, { of: 'coder', state: 'cancelled', limit: 10 })).toMatchObject([{ body: 'for it' }]);
  await passTo(START + HOUR);
  expect([inMailbox('coder'), bodies('scout')]).toEqual([[], ['of another']]);
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
