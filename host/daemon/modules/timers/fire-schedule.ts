import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { MessageKind } from '../../../../protocol/schemas/message.ts';
import type { ScheduleAction, ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import { attempt } from '../../core/store/attempt.ts';
import { mailboxFill, ridingFill } from '../mail/queries.ts';
import { addSkipped, claimRun, foldedOf, recordRun, setNextRun } from './store/schedules.ts';
import type { Tx } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { agentBehind } from './agent-behind.ts';
import { foldRun, withFolded } from './fold-run.ts';
import { countRun, placeWhenFired } from './keep-place.ts';
import { planDue } from './next-run.ts';
import { tellOwner } from './tell-owner.ts';

/** Dependencies of schedule runs. */
export interface RunDeps {
  mail: MailContext;
  /**
   * Declares an agent running, in the transaction of the run, so that neither exists without the other; the
   * box follows after the commit, or at the next start of hived.
   */
  startAgent: (tx: Tx, name: AgentName) => void;
}

/**
 * Fires at most `most` runs of a schedule, and sets when it is due again. Returns the share of the
 * transaction's batch that was used, at least 1: finding a skipped run takes time, too.
 */
export function fireSchedule(
  tx: Tx,
  deps: RunDeps,
  { schedule, now, most }: { schedule: ScheduleView; now: number; most: number },
): number {
  const { id, to, owner } = schedule;
  const plan = planDue(schedule, now, most);
  let trouble = schedule.trouble;
  for (const run of plan.runs) trouble = fireRun(tx, deps, { schedule: { ...schedule, trouble }, run, now });
  if (plan.skipped > 0) {
    addSkipped(tx.db, id, plan.skipped);
    deps.mail.events.append(tx, 'schedule.skipped', {
      agent: agentBehind(to, owner),
      data: { id, runs: plan.skipped },
    });
  }
  setNextRun(tx.db, id, plan.nextAt);
  // The cron line was valid when it was set; now it has no further run, or its time zone no longer exists.
  if (plan.nextAt === null)
    tellOwner(tx, deps.mail, {
      to: owner,
      body: `Your schedule #${id} (${schedule.cron}) has no more runs. Cancel it, or change its line.`,
    });
  return Math.max(1, plan.runs.length + plan.skipped);
}

const KIND_OF: Readonly<Record<ScheduleAction, Exclude<MessageKind, 'system'>>> = {
  wake: 'reminder',
  message: 'note',
  start: 'note',
  task: 'task',
};

/**
 * Fires one run, at most once, unless an earlier one is still unread. A failure is recorded, and its owner
 * notified when it is a new kind.
 */
function fireRun(
  tx: Tx,
  deps: RunDeps,
  { schedule, run, now }: { schedule: ScheduleView; run: { dueAt: number; firesAt: number }; now: number },
): string | null {
  const { id, owner, to, action, body, priority } = schedule;
  if (foldRun(tx, deps, schedule)) return schedule.trouble;
  if (!claimRun(tx.db, { schedule: id, dueAt: run.dueAt, owner })) return schedule.trouble;
  const folded = foldedOf(tx.db, id);
  const posted = attempt(tx, (inner) => {
    if (action === 'start') deps.startAgent(inner, to as AgentName);
    if (owner !== OPERATOR) refuseFull(inner, deps.mail, to);
    const time = { at: now, quietMs: deps.mail.rules.talk.quietMs };
    const since = schedule.lastAt ?? schedule.createdAt;
    const place = placeWhenFired(inner.db, { table: 'schedules', id, owner, since }, time);
    const sent = deps.mail.post(inner, {
      sender: owner,
      to,
      kind: KIND_OF[action],
      body: withFolded(body, folded),
      priority: priority ?? undefined,
      place,
    });
    countRun(inner, { id, owner, message: sent.id, place }, time);
    return sent;
  });
  const message = posted.ok ? posted.value.id : null;
  const trouble = posted.ok ? null : `${posted.error.code}: ${posted.error.message}`;
  // Deduped by error code: the text of `mailbox_full` has other numbers every time.
  const isNews = !posted.ok && schedule.trouble?.startsWith(`${posted.error.code}:`) !== true;
  recordRun(tx.db, { schedule: id, dueAt: run.dueAt, message, trouble, at: now });
  deps.mail.events.append(tx, 'schedule.fired', {
    agent: agentBehind(to, owner),
    data: { id, message, lateMs: Math.max(0, now - run.firesAt), trouble, folded: message === null ? 0 : folded },
  });
  if (isNews)
    tellOwner(tx, deps.mail, {
      to: owner,
      body: `Your schedule #${id} (${schedule.cron}) could not do its work for ${to}: ${trouble} It goes on; you are told again when this changes.`,
    });
  return trouble;
}

/**
 * A reminder always finds capacity, because their number is limited; a schedule repeats for ever, so it does
 * not.
 */
function refuseFull(tx: Tx, deps: MailContext, to: string): void {
  const queued = mailboxFill(tx.db, to).queued - ridingFill(tx.db, to).queued;
  if (queued < deps.rules.mailboxMaxMessages) return;
  throw new HiveError('mailbox_full', `${to} has ${queued} messages waiting and takes no more.`);
}
