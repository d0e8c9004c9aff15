import { scheduleInput, type ScheduleInput } from '../../../protocol/schemas/reminder.ts';
import { setDesired } from '../modules/agents/store/agents.ts';
import { openTestHive, type TestHive } from './open-test-hive.ts';
import { type FireDeps, fireDue } from '../modules/timers/fire-due.ts';
import { createTimerGate } from '../modules/timers/limits.ts';
import { keepReminder, type TimerDeps } from '../modules/timers/reminders.ts';
import { keepSchedule } from '../modules/timers/schedules.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const START = Date.parse('2026-05-01T12:00:30Z');

/** A test hive whose clock stands at `START`, with the dependencies of its timers. */
export interface TestTimers {
  hive: TestHive;
  deps: TimerDeps;
  fire: FireDeps;
}

export function openTestTimers(): TestTimers {
  const hive = openTestHive();
  hive.time.now = START;
  const gate = createTimerGate(hive, { maxStanding: 100, rate: { burst: 20, perMinute: 10 } });
  return {
    hive,
    deps: { events: hive.events, clock: hive.clock, gate, quietMs: 600_000 },
    fire: {
      db: hive.db,
      writer: hive.writer,
      mail: hive.mail,
      startAgent: (tx, name) => setDesired(tx.db, name, 'running'),
    },
  };
}

/** Steps of tests about timers, each with the currently open ones. */
export function timerSteps(timers: () => TestTimers) {
  const remind = (inSeconds: number, body: string, who: { owner?: string; to?: string } = {}) => {
    const { owner = 'scout', to = owner } = who;
    return timers().hive.writer.write(
      (tx) => keepReminder(tx, timers().deps, { owner, to, body, in_seconds: inSeconds }).reminder,
    );
  };
  const plan = (asked: Partial<ScheduleInput> & { cron: string }, owner = 'scout') =>
    timers().hive.writer.write(
      (tx) =>
        keepSchedule(tx, timers().deps, { owner, asked: scheduleInput.parse({ body: 'look', ...asked }) }).schedule,
    );
  const inMailbox = (name: string) =>
    timers()
      .hive.db.prepare(
        `SELECT m.sender AS "from", m.kind, m.body FROM deliveries d JOIN messages m ON m.id = d.message_id
         WHERE d.recipient = ? ORDER BY d.id`,
      )
      .all(name) as { from: string; kind: string; body: string }[];
  const bodies = (name: string) => inMailbox(name).map(({ body }) => body);
  const heard = (kind: string) =>
    timers()
      .hive.heard.filter((event) => event.kind === kind)
      .map(({ data }) => data);

  /** Reads an agent's waiting mail in successful turns. */
  async function readAll(name: string): Promise<void> {
    const harness = await timers().hive.boot(name);
    for (let turn = await harness.wake(); turn !== null; turn = await harness.wake())
      await harness.finish(turn, 'done');
  }

  /** Sets the clock and fires due timers. */
  function passTo(now: number): Promise<number | null> {
    timers().hive.time.now = now;
    return fireDue(timers().fire, now);
  }

  return { remind, plan, inMailbox, bodies, heard, readAll, passTo };
}
