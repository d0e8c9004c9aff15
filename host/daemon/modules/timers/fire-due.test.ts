import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../../store/open-store.ts';
import { createEventLog } from '../../core/event-log.ts';
import { insertReminder, listReminders } from './store/reminders.ts';
import { MIGRATIONS } from '../../core/store/migrations.ts';
import { forgetTimersOf } from './store/timers.ts';
import { createWriter, type Writer } from '../../core/writer.ts';
import { type TestHive } from '../../testing/open-test-hive.ts';
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
const { remind, plan, inMailbox, bodies, passTo } = timerSteps(() => ({ hive, deps, fire }));

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
