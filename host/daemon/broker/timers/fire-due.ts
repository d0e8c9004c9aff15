import { SYSTEM } from '../../../../protocol/names.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { MessageKind } from '../../../../protocol/schemas/message.ts';
import type { ReminderView, ScheduleAction, ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import type { Db } from '../../../../store/open-store.ts';
import { attempt } from '../../store/attempt.ts';
import { dueReminders, markCancelled, markFired, nextReminderAt } from '../../store/reminders.ts';
import { addSkipped, claimRun, dueSchedules, nextScheduleAt, recordRun, setNextRun } from '../../store/schedules.ts';
import type { Tx, Writer } from '../../store/writer.ts';
import { type PostDeps, postMessage } from '../post.ts';
import { agentBehind } from './agent-behind.ts';
import { planDue } from './next-run.ts';
import { retimeSchedules } from './schedules.ts';

/** What fires in one transaction: few commits for many, and no send waits long behind one. */
const BATCH = 500;

export interface FireDeps {
  db: Db;
  writer: Writer;
  postDeps: PostDeps;
  /**
   * Declares an agent running, in the transaction that holds what it is started for, so that neither is
   * ever there without the other; the box follows after the commit, or at the next start of hived.
   */
  startAgent: (tx: Tx, name: AgentName) => void;
}

/** A clock that is steered goes back by less; one that is set, by more. */
const SET_BACK_MS = 1_000;

/**
 * The one timer of all reminders and schedules: to be called with the time (epoch ms) at least once a second,
 * and when the answer says that something is due. At first and whenever the clock was set back it looks for
 * schedules that a clock gone wrong has put off.
 */
export function createDueTimer(deps: FireDeps): (now: number) => Promise<number | null> {
  let last = Infinity;
  return async (now) => {
    if (now < last - SET_BACK_MS) await deps.writer.write((tx) => retimeSchedules(tx, now));
    last = now;
    return fireDue(deps, now);
  };
}

/**
 * Fires every reminder and every run of a schedule that is due at `now` (epoch ms), in order of their
 * times, and returns when the next one will be; null when none will. A message, what it came from and the
 * event are one transaction, so a crash at any point neither loses one nor sends it twice. Rejects with
 * `storage_unavailable`: what was not fired is still due.
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
      fire: () => fireReminder(tx, deps, { reminder, now }),
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

/** A reminder whose recipient is gone is cancelled: it must not hold up what comes after it. */
function fireReminder(tx: Tx, deps: FireDeps, { reminder, now }: { reminder: ReminderView; now: number }): 1 {
  const { id, owner, to, body, dueAt, attachment } = reminder;
  const { events } = deps.postDeps;
  const agent = agentBehind(to, owner);
  const posted = attempt(tx, (inner) =>
    postMessage(inner, deps.postDeps, {
      sender: owner,
      to,
      kind: 'reminder',
      body,
      ...(attachment === null ? {} : { attachments: [attachment] }),
    }),
  );
  if (posted.ok) {
    const message = posted.value.id;
    markFired(tx.db, id, message);
    events.append(tx, 'reminder.fired', { agent, data: { id, message, lateMs: now - dueAt } });
  } else {
    markCancelled(tx.db, id);
    events.append(tx, 'reminder.cancelled', { agent, data: { id, by: SYSTEM } });
    tell(tx, deps, {
      to: owner,
      body: `Your reminder #${id} for ${to} could not be delivered and is cancelled: ${posted.error.message}`,
    });
  }
  return 1;
}

/** Fires at most so many runs of a schedule, and sets when it is due again. Returns how many, at least 1. */
function fireSchedule(
  tx: Tx,
  deps: FireDeps,
  { schedule, now, most }: { schedule: ScheduleView; now: number; most: number },
): number {
  const { id, to, owner } = schedule;
  const plan = planDue(schedule, now, most);
  let trouble = schedule.trouble;
  for (const run of plan.runs) trouble = fireRun(tx, deps, { schedule: { ...schedule, trouble }, run, now });
  if (plan.skipped > 0) {
    addSkipped(tx.db, id, plan.skipped);
    deps.postDeps.events.append(tx, 'schedule.skipped', {
      agent: agentBehind(to, owner),
      data: { id, runs: plan.skipped },
    });
  }
  setNextRun(tx.db, id, plan.nextAt);
  // Its line was good when it was set; it has no more runs, or its time zone is none any more.
  if (plan.nextAt === null)
    tell(tx, deps, {
      to: owner,
      body: `Your schedule #${id} (${schedule.cron}) has no more runs. Cancel it, or change its line.`,
    });
  return Math.max(1, plan.runs.length);
}

const KIND_OF: Readonly<Record<ScheduleAction, MessageKind>> = {
  wake: 'reminder',
  message: 'note',
  start: 'note',
  task: 'task',
};

/** One run, once: what kept it from being carried out is noted, and told to the owner when it is new. */
function fireRun(
  tx: Tx,
  deps: FireDeps,
  { schedule, run, now }: { schedule: ScheduleView; run: { dueAt: number; firesAt: number }; now: number },
): string | null {
  const { id, owner, to, action, body, priority } = schedule;
  if (!claimRun(tx.db, { schedule: id, dueAt: run.dueAt, owner })) return schedule.trouble;
  const posted = attempt(tx, (inner) => {
    if (action === 'start') deps.startAgent(inner, to as AgentName);
    const message = { sender: owner, to, kind: KIND_OF[action], body, priority: priority ?? undefined };
    return postMessage(inner, deps.postDeps, message);
  });
  const message = posted.ok ? posted.value.id : null;
  const trouble = posted.ok ? null : `${posted.error.code}: ${posted.error.message}`;
  // By its code: a full mailbox says other numbers every time.
  const isNews = !posted.ok && schedule.trouble?.startsWith(`${posted.error.code}:`) !== true;
  recordRun(tx.db, { schedule: id, dueAt: run.dueAt, message, trouble, at: now });
  deps.postDeps.events.append(tx, 'schedule.fired', {
    agent: agentBehind(to, owner),
    data: { id, message, lateMs: Math.max(0, now - run.firesAt), trouble },
  });
  if (isNews)
    tell(tx, deps, {
      to: owner,
      body: `Your schedule #${id} (${schedule.cron}) could not do its work for ${to}: ${trouble} It goes on; you are told again when this changes.`,
    });
  return trouble;
}

/** The hive's word to an owner; one who is gone needs none. */
function tell(tx: Tx, deps: FireDeps, { to, body }: { to: string; body: string }): void {
  attempt(tx, (inner) => postMessage(inner, deps.postDeps, { sender: SYSTEM, to, kind: 'system', body }));
}
