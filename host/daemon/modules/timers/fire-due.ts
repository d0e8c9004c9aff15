import type { Db } from '../../../../store/open-store.ts';
import { dueReminders, nextReminderAt } from './store/reminders.ts';
import { dueSchedules, nextScheduleAt } from './store/schedules.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { fireReminder } from './fire-reminder.ts';
import { fireSchedule, type RunDeps } from './fire-schedule.ts';
import { retimeSchedules } from './schedules.ts';

/** Timers fired per transaction: few commits for many timers, and no send waits long behind one. */
const BATCH = 500;

export interface FireDeps extends RunDeps {
  db: Db;
  writer: Writer;
}

/** A slewed clock goes back by less than this; a clock that was set, by more. */
const SET_BACK_MS = 1_000;

/**
 * The one timer of all reminders and schedules: call it with the time (epoch ms) at least once a second. On
 * the first call and whenever the clock was set back, it recomputes the next run of schedules that a wrong
 * clock had put off.
 */
export function createDueTimer(deps: FireDeps): {
  nextDueAt(now: number): number | null;
  fireDue(now: number): Promise<void>;
} {
  let last = Infinity;
  let mustRetime = false;
  return {
    nextDueAt(now) {
      mustRetime ||= now < last - SET_BACK_MS;
      last = now;
      return mustRetime ? now : nextTimerAt(deps.db);
    },
    async fireDue(now) {
      if (mustRetime) await deps.writer.write((tx) => retimeSchedules(tx, now));
      mustRetime = false;
      await fireDue(deps, now);
    },
  };
}

/**
 * Fires every reminder and schedule run that is due at `now` (epoch ms), in order of their times, and returns
 * when the next one is due; null when none is. A message, its timer's new state and the event share a
 * transaction, so a crash at any point neither loses a message nor sends it twice. Rejects with
 * `storage_unavailable`; timers that did not fire are then still due.
 */
export async function fireDue(deps: FireDeps, now: number): Promise<number | null> {
  for (;;) {
    const next = nextTimerAt(deps.db);
    if (next === null || next > now) return next;
    await deps.writer.write((tx) => fireSome(tx, deps, now));
  }
}

function nextTimerAt(db: Db): number | null {
  const reminder = nextReminderAt(db);
  const schedule = nextScheduleAt(db);
  if (reminder === null || schedule === null) return reminder ?? schedule;
  return Math.min(reminder, schedule);
}

function fireSome(tx: Tx, deps: FireDeps, now: number): void {
  const due = [
    ...dueReminders(tx.db, now, BATCH).map((reminder) => ({
      at: reminder.dueAt,
      fire() {
        fireReminder(tx, deps.mail, { reminder, now });
        return 1;
      },
    })),
    ...dueSchedules(tx.db, now, BATCH).map((schedule) => ({
      at: schedule.nextAt ?? now,
      fire: (most: number) => fireSchedule(tx, deps, { schedule, now, most }),
    })),
  ].sort((a, b) => a.at - b.at);
  let left = BATCH;
  for (const one of due) {
    if (left <= 0) return;
    left -= one.fire(left);
  }
}
