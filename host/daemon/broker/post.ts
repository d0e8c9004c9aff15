import { HiveError } from '../../../protocol/errors.ts';
import { BROADCAST, OPERATOR, SYSTEM } from '../../../protocol/names.ts';
import type { MessageKind, SendOutput } from '../../../protocol/schemas/message.ts';
import type { EventLog } from '../events/event-log.ts';
import { agentExists, agentNames, findAgent } from '../store/agents.ts';
import { insertDelivery, recipientsOf } from '../store/deliveries.ts';
import { findByKey, findMessage, insertMessage, threadVisibleTo } from '../store/messages.ts';
import type { Tx } from '../store/writer.ts';
import { unknownAgent } from '../fleet/unknown-agent.ts';

/** What storing a message needs. */
export interface PostDeps {
  events: EventLog;
  clock: () => number;
  /** Called after the commit for each recipient that has something waiting now. */
  onQueued: (recipient: string) => void;
}

/** A message on its way into the store. Its kind is `note` unless it says another. */
export interface PostedMessage {
  sender: string;
  to: string;
  body: string;
  kind?: MessageKind;
  in_reply_to?: number | undefined;
  key?: string | undefined;
}

/**
 * Stores a message and its deliveries in a transaction under way.
 *
 * Throws `unknown_agent`, `message_to_self`, `key_conflict`, and `unknown_message` to the operator, who sees every
 * message. An agent's `in_reply_to` that names nothing it can see is dropped silently, so that ids cannot be probed.
 */
export function postMessage(tx: Tx, deps: PostDeps, message: PostedMessage): SendOutput {
  const { db } = tx;
  const { sender, to, body } = message;
  const kind = message.kind ?? 'note';
  const key = message.key ?? null;
  if (key !== null) {
    const before = findByKey(db, sender, key);
    if (before !== null) {
      if (before.to !== to || before.body !== body)
        throw new HiveError(
          'key_conflict',
          `The key "${key}" was used for another message (#${before.id}). Use a new key.`,
        );
      return { id: before.id, thread: before.thread, recipients: recipientsOf(db, before.id), duplicate: true };
    }
  }
  const recipients = resolveRecipients(tx, { sender, to, kind });
  const at = deps.clock();
  const answered = message.in_reply_to === undefined ? null : findAnswered(tx, sender, message.in_reply_to);
  if (sender === OPERATOR && message.in_reply_to !== undefined && answered === null)
    throw new HiveError('unknown_message', `There is no message #${message.in_reply_to} to reply to.`);
  const { id, thread } = insertMessage(db, {
    thread: answered?.thread ?? null,
    inReplyTo: answered?.id ?? null,
    sender,
    recipient: to,
    kind,
    body,
    key,
    at,
  });
  for (const recipient of recipients) insertDelivery(db, id, recipient);
  deps.events.append(tx, 'message.sent', {
    agent: sender === OPERATOR || sender === SYSTEM ? null : sender,
    data: { id, thread, from: sender, to, recipients, kind, preview: preview(body) },
  });
  tx.after(() => recipients.forEach(deps.onQueued));
  return { id, thread, recipients, duplicate: false };
}

function resolveRecipients(tx: Tx, mail: { sender: string; to: string; kind: MessageKind }): string[] {
  const { sender, to, kind } = mail;
  if (to === BROADCAST) return agentNames(tx.db).filter((name) => name !== sender);
  if (to === sender && kind === 'note') throw new HiveError('message_to_self');
  if (to !== OPERATOR && !agentExists(tx.db, to)) throw unknownAgent(to, [...agentNames(tx.db), OPERATOR]);
  return [to];
}

function findAnswered(tx: Tx, sender: string, id: number): { id: number; thread: number } | null {
  // The hive and the operator see every message; an agent those it sent or received.
  if (sender === SYSTEM || sender === OPERATOR) return findMessage(tx.db, id);
  const since = findAgent(tx.db, sender)?.createdAt ?? 0;
  const thread = threadVisibleTo(tx.db, id, { name: sender, since });
  return thread === null ? null : { id, thread };
}

/** White space that is not one plain blank between two words; most messages have none. */
const UNEVEN_SPACE = /[^\S ]|  |^ | $/;

/** The beginning of a text, for lists and logs of events. */
function preview(body: string): string {
  const start = body.slice(0, 400);
  const line = UNEVEN_SPACE.test(start) ? start.replaceAll(/\s+/g, ' ').trim() : start;
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
