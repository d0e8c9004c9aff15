import { SYSTEM } from '../../../../protocol/names.ts';
import type { ReminderView } from '../../../../protocol/schemas/reminder.ts';
import { attempt } from '../../core/store/attempt.ts';
import { markCancelled, markFired } from './store/reminders.ts';
import type { Tx } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { agentBehind } from './agent-behind.ts';
import { placeWhenFired } from './keep-place.ts';
import { tellOwner } from './tell-owner.ts';

/**
 * Puts a reminder that is due at `now` (epoch ms) into its mailbox. If the recipient is gone it is cancelled
 * and its owner notified, so that it does not block later timers.
 */
export function fireReminder(
  tx: Tx,
  deps: MailContext,
  { reminder, now }: { reminder: ReminderView; now: number },
): void {
  const { id, owner, to, body, dueAt, attachment } = reminder;
  const agent = agentBehind(to, owner);
  const posted = attempt(tx, (inner) =>
    deps.post(inner, {
      sender: owner,
      to,
      kind: 'reminder',
      body,
      place: placeWhenFired(
        inner.db,
        { table: 'reminders', id, owner, since: reminder.createdAt },
        { at: now, quietMs: deps.rules.talk.quietMs },
      ),
      ...(attachment === null ? {} : { attachments: [attachment] }),
    }),
  );
  if (posted.ok) {
    const message = posted.value.id;
    markFired(tx.db, id, message);
    deps.events.append(tx, 'reminder.fired', { agent, data: { id, message, lateMs: now - dueAt } });
  } else {
    markCancelled(tx.db, id);
    deps.events.append(tx, 'reminder.cancelled', { agent, data: { id, by: SYSTEM } });
    tellOwner(tx, deps, {
      to: owner,
      body: `Your reminder #${id} for ${to} could not be delivered and is cancelled: ${posted.error.message}`,
    });
  }
}
