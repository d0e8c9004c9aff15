import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import { deadOf, isRecipientThere, requeueDead } from './store/dead-deliveries.ts';
import { type Chosen, findDelivery, queuedOf } from './store/deliveries.ts';
import { findMessage } from './store/messages.ts';
import type { Tx } from '../../core/writer.ts';
import type { MailContext } from './mail-context.ts';

/**
 * Selects deliveries by number, all dead ones of one agent (with `waiting`, its queued ones too), or all dead
 * ones of the hive.
 */
export interface Choice {
  deliveries?: readonly number[] | undefined;
  agent?: string | undefined;
  all?: true | undefined;
  waiting?: true | undefined;
}

/**
 * Deliveries per transaction, so that no send waits long for the writer. `all` runs as many transactions as
 * it needs.
 */
export const CHOICE_STEP = 500;

/**
 * Requeues dead deliveries and forgets their failures. With a `body`, the operator sends that text instead,
 * in the same thread, and the dead delivery is withdrawn. Dead letters of a destroyed agent stay dead, even
 * if another agent has its name now. For deliveries chosen by number it throws `unknown_message`, and
 * `wrong_state` for a delivery that is not dead or whose recipient is gone; then nothing was changed.
 */
export function requeueChosen(
  tx: Tx,
  deps: MailContext,
  ask: Choice & { body?: string | undefined },
): { requeued: number; message: number | null } {
  const chosen = choose(tx, ask, { states: ['dead'], which: 'deliverable' });
  for (const one of chosen)
    if (!isRecipientThere(tx.db, one.delivery))
      throw new HiveError(
        'wrong_state',
        `${one.recipient} is no more. Drop delivery ${one.delivery}, or send its text to somebody else.`,
      );
  if (chosen.length === 0) return { requeued: 0, message: null };
  if (ask.body !== undefined) return { requeued: 1, message: sendEdited(tx, deps, { one: chosen[0], body: ask.body }) };
  for (const one of chosen) requeueDead(tx.db, one.delivery, 'requeued by the operator');
  deps.events.append(tx, 'delivery.requeued', {
    data: { messages: chosen.map((one) => one.messageId), by: OPERATOR },
  });
  deps.onQueued(tx, [...new Set(chosen.map((one) => one.recipient))]);
  return { requeued: chosen.length, message: null };
}

function sendEdited(tx: Tx, deps: MailContext, edit: { one: Chosen | undefined; body: string }): number {
  const { one, body } = edit;
  const message = one === undefined ? null : findMessage(tx.db, one.messageId);
  if (one === undefined || message === null) throw new HiveError('unknown_message');
  const { data } = message;
  const sent = deps.post(tx, {
    sender: OPERATOR,
    to: one.recipient,
    body,
    kind: message.kind === 'task' ? 'task' : 'note',
    priority: message.priority ?? undefined,
    in_reply_to: message.id,
    attachments: data.attachments,
    editedFrom: message.id,
  });
  deps.withdraw(tx, { mail: [one], note: `sent again with another text as #${sent.id}`, by: OPERATOR });
  return sent.id;
}

/**
 * Withdraws dead deliveries, and queued ones when they were chosen by number or with `waiting`; see
 * `withdrawMail`.
 */
export function dropChosen(tx: Tx, deps: MailContext, ask: Choice): number {
  const chosen = choose(tx, ask, { states: ['dead', 'queued'], which: 'all' });
  deps.withdraw(tx, { mail: chosen, note: 'withdrawn by the operator', by: OPERATOR });
  return chosen.length;
}

function choose(
  tx: Tx,
  ask: Choice,
  { states, which }: { states: readonly string[]; which: 'all' | 'deliverable' },
): Chosen[] {
  if (ask.deliveries === undefined) {
    const dead = deadOf(tx.db, { recipient: ask.agent ?? null, which, limit: CHOICE_STEP });
    if (ask.waiting === undefined || ask.agent === undefined || dead.length === CHOICE_STEP) return dead;
    return [...dead, ...queuedOf(tx.db, { recipient: ask.agent, limit: CHOICE_STEP - dead.length })];
  }
  return [...new Set(ask.deliveries)].map((id) => {
    const found = findDelivery(tx.db, id);
    if (found === null) throw new HiveError('unknown_message', `There is no delivery ${id}.`);
    if (!states.includes(found.state))
      throw new HiveError('wrong_state', `Delivery ${id} is ${found.state}, not ${states.join(' or ')}.`);
    return found;
  });
}
