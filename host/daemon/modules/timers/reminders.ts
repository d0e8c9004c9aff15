import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { Attachment } from '../../../../protocol/schemas/message.ts';
import type { ReminderView } from '../../../../protocol/schemas/reminder.ts';
import type { EventLog } from '../../core/event-log.ts';
import { unknownAgent } from '../agents/unknown-agent.ts';
import { agentExists, agentNames } from '../agents/queries.ts';
import { findReminder, insertReminder, markCancelled, setReminder } from './store/reminders.ts';
import type { Tx } from '../../core/writer.ts';
import { resolveAttachments } from '../files/attach.ts';
import { agentBehind } from './agent-behind.ts';
import { type AskedTime, readDueTime } from './due-time.ts';
import { keepPlace } from './keep-place.ts';
import type { TimerGate } from './limits.ts';
import { findRepeat, type Keyed, rememberKey } from './repeat.ts';

/** Dependencies of reminders and schedules. */
export interface TimerDeps {
  events: EventLog;
  clock: () => number;
  gate: TimerGate;
  /** When a chain of messages counts as ended (policy/chain.ts). */
  quietMs: number;
}

/** standing ──due──► fired (fire-due.ts), or ──► cancelled. */
interface AskedReminder extends AskedTime {
  owner: string;
  to: string;
  body: string;
  attachment?: Pick<Attachment, 'name' | 'hash'> | undefined;
  key?: string | undefined;
}

/** A stored reminder; `duplicate` when an earlier request with the same key and content had stored it. */
export interface KeptReminder {
  reminder: ReminderView;
  duplicate: boolean;
}

/**
 * Throws `past_time`, `unknown_agent`, `too_many_reminders`, `unknown_attachment` and `key_conflict`; the
 * caller checks the rate before.
 */
export function keepReminder(tx: Tx, deps: TimerDeps, asked: AskedReminder): KeptReminder {
  const { owner, to, body, key, attachment, in_seconds, at } = asked;
  const now = deps.clock();
  const keyed: Keyed = { table: 'reminders', owner, key, asked: { to, body, attachment, in_seconds, at } };
  const before = findRepeat(tx, keyed, now);
  if (before !== null) return { reminder: readBack(tx, before), duplicate: true };
  const dueAt = readDueTime(asked, now);
  if (dueAt === null) throw new HiveError('invalid_input', 'Say when: give in_seconds or at.');
  if (to !== OPERATOR && !agentExists(tx.db, to)) throw unknownAgent(to, [...agentNames(tx.db), OPERATOR]);
  deps.gate.requireRoom(tx.db, owner);
  const attachments = attachment === undefined ? [] : [attachment];
  const [file = null] = resolveAttachments(tx, { sender: owner, attachments, now });
  const id = insertReminder(tx.db, { owner, recipient: to, dueAt, body, file, at: now });
  rememberKey(tx, keyed, id);
  keepPlace(tx, deps, { table: 'reminders', id, owner });
  deps.events.append(tx, 'reminder.set', { agent: agentBehind(to, owner), data: { id, dueAt } });
  return { reminder: readBack(tx, id), duplicate: false };
}

/**
 * Changes the time or text of a standing reminder. Throws `unknown_reminder`, `past_time` and
 * `invalid_input`.
 */
export function changeReminder(
  tx: Tx,
  deps: TimerDeps,
  change: AskedTime & { by: string; id: number; body?: string | undefined },
): ReminderView {
  const { by, id } = change;
  const before = requireStanding(tx, by, id);
  const dueAt = readDueTime(change, deps.clock());
  if (dueAt === null && change.body === undefined)
    throw new HiveError('invalid_input', 'Say what to change: give body, in_seconds or at.');
  const after = { dueAt: dueAt ?? before.dueAt, body: change.body ?? before.body };
  setReminder(tx.db, id, after);
  const agent = agentBehind(before.to, before.owner);
  deps.events.append(tx, 'reminder.changed', { agent, data: { id, dueAt: after.dueAt, by } });
  return { ...before, ...after };
}

/** Throws `unknown_reminder`. */
export function cancelReminder(tx: Tx, deps: TimerDeps, { by, id }: { by: string; id: number }): ReminderView {
  const before = requireStanding(tx, by, id);
  markCancelled(tx.db, id);
  deps.events.append(tx, 'reminder.cancelled', { agent: agentBehind(before.to, before.owner), data: { id, by } });
  return { ...before, state: 'cancelled' };
}

/**
 * Finds an agent's own reminder, or, for the operator, any. Reminders of others and missing ones get the same
 * error, so that agents cannot probe for ids.
 */
function requireStanding(tx: Tx, by: string, id: number): ReminderView {
  const found = findReminder(tx.db, id);
  if (found === null || found.state !== 'standing' || (by !== OPERATOR && found.owner !== by))
    throw new HiveError(
      'unknown_reminder',
      by === OPERATOR ? `No reminder #${id} is standing.` : `You have no reminder #${id} standing. List yours.`,
    );
  return found;
}

function readBack(tx: Tx, id: number): ReminderView {
  const kept = findReminder(tx.db, id);
  if (kept === null) throw new Error(`reminder ${id} is gone in the transaction that made it`);
  return kept;
}
