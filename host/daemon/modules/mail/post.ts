import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import {
  type MessageData,
  type MessageKind,
  type Priority,
  PRIORITIES,
  type SendOutput,
} from '../../../../protocol/schemas/message.ts';
import { findAgent } from '../agents/queries.ts';
import type { Db } from '../../../../store/open-store.ts';
import { insertDelivery, recipientsOf } from './store/deliveries.ts';
import { preview } from './store/preview.ts';
import { findByKey, findMessage, forgetKey, insertMessage, threadVisibleTo } from './store/messages.ts';
import { extendThread, openThread, threadStateOf } from './store/threads.ts';
import type { Tx } from '../../core/writer.ts';
import { type Resolved, resolveTargets, type Target } from './address.ts';
import { recordAttachments } from '../files/attach.ts';
import { throttleLoop } from '../loops/damp.ts';
import { dampChain, placeOfMessage } from '../loops/damp-chain.ts';
import type { MailContext, PostedMessage } from './mail-context.ts';
import { checkCapacity } from './mailbox.ts';
import { orderKey, rankOf } from './policy/order.ts';
import { relationBetween } from './policy/relation.ts';
import { wakesBy } from './wakes-by.ts';
import type { Damped } from '../loops/pause.ts';
import { askQuestion, checkEscalation, readAnswer } from '../questions/questions.ts';
import { endQuestion } from '../questions/end-question.ts';
import { addWaiting } from './say-waiting.ts';
import { openSendView, type SendView } from './send-view.ts';

/** How long a key dedupes. */
export const KEY_MS = 24 * 3_600_000;
/** The rank of undeclared priority. */
const NORMAL = PRIORITIES.indexOf('normal');

/**
 * Stores a message and its deliveries in the caller's transaction, or nothing.
 *
 * Throws whatever `resolveTargets`, `checkCapacity`, `readAnswer` and `checkEscalation` throw,
 * `key_conflict`, `thread_closed`, and, for the operator only, `unknown_message`: the operator sees every
 * message. An agent's `in_reply_to` to a message that it cannot see is dropped silently, so that agents
 * cannot probe for ids.
 */
export function postMessage(tx: Tx, deps: MailContext, message: PostedMessage): SendOutput {
  const { db } = tx;
  const { sender, to, body } = message;
  const at = deps.clock();
  const before = message.key === undefined ? null : findRepeated(tx, message, at);
  if (before !== null) return before;

  const answered = message.in_reply_to === undefined ? null : findAnswered(tx, sender, message.in_reply_to);
  if (sender === OPERATOR && message.in_reply_to !== undefined && answered === null)
    throw new HiveError('unknown_message', `There is no message #${message.in_reply_to} to reply to.`);
  if (answered !== null && sender !== SYSTEM) refuseClosed(tx, answered.thread);

  const view = openSendView(db, sender);
  const answer = readAnswer(tx, message, answered?.id ?? null);
  const kind = answer === null ? (message.kind ?? 'note') : 'answer';
  // The agent that was asked may answer the asker wherever both stand in the tree.
  const routing = answer === null ? deps.rules.routing : 'open';
  const resolved =
    answer?.isToHive === true ? NO_RECIPIENTS : resolveTargets(db, view, { mail: { sender, to, kind }, routing });
  if (kind === 'escalation') checkEscalation(view, sender, resolved);
  const bytes = Buffer.byteLength(body);
  const { targets, skipped } = checkCapacity(tx, deps, { view, sender, kind, bytes, resolved });
  const recipients = targets.map((target) => target.name);
  const place =
    message.place ??
    placeOfMessage(
      db,
      {
        sender,
        at,
        about: answered?.id ?? null,
        workedAt: view.sender()?.workedAt ?? 0,
        lastTurn: view.sender()?.lastTurn ?? null,
      },
      deps.rules.talk,
    );
  const damped = severer(
    throttleLoop(tx, deps, { view, sender, kind, body, at, targets: resolved }),
    dampChain(tx, deps, { sender, place, at, recipients }),
  );

  const declared = declaredPriority(message);
  const { id, thread } = insertMessage(db, {
    thread: answered?.thread ?? null,
    inReplyTo: answered?.id ?? null,
    sender,
    recipient: to,
    kind,
    priority: declared === null ? null : PRIORITIES.indexOf(declared),
    body,
    key: message.key ?? null,
    at,
    turn: view.sender()?.turn ?? null,
    data: dataOf(message, targets),
    place,
  });
  fillMailboxes(db, id, { message, kind, declared, bytes, at, view, targets, damped });
  if (answered === null) openThread(db, id);
  else extendThread(db, thread, id);
  if (message.attachments !== undefined && message.attachments.length > 0)
    recordAttachments(tx, id, message.attachments);

  if (recipients.length > 1) recipients.sort();
  deps.events.append(tx, 'message.sent', {
    agent: sender === OPERATOR || sender === SYSTEM ? null : sender,
    data: { id, thread, from: sender, to, recipients, kind, preview: preview(body) },
  });
  if (kind === 'question') askQuestion(tx, deps, { id, asker: sender, resolved, deadline: message.deadline ?? null });
  if (answer !== null) endQuestion(tx, deps, { id: answer.question.id, state: 'answered', answer: id });
  if (damped?.kind === 'paused') damped.askOperator({ tx, deps, thread, id });
  deps.onQueued(tx, recipients);
  // Filled field by field: V8 makes spread objects on its slow path (docs/performance.md).
  const sent: SendOutput = { id, thread, recipients, duplicate: false };
  if (skipped.length > 0) sent.skipped = skipped;
  const note = noteFor(damped, targets);
  if (note !== null) sent.note = note;
  const { troubleOf } = deps;
  if (isRead(message, kind)) addWaiting(db, sent, { view, critical: declared === 'critical', now: at, troubleOf });
  return sent;
}

/** Whether a sender reads the outcome of the message: not for the hive's own mail and for reminders. */
function isRead({ sender }: PostedMessage, kind: MessageKind): boolean {
  return sender !== SYSTEM && kind !== 'reminder';
}

/**
 * Creates one delivery per target, ordered by the message's priority and the sender's relation to the target.
 */
function fillMailboxes(
  db: Db,
  id: number,
  mail: {
    message: PostedMessage;
    kind: MessageKind;
    declared: Priority | null;
    bytes: number;
    at: number;
    view: SendView;
    targets: readonly Target[];
    damped: Damped | null;
  },
): void {
  const { message, kind, declared, bytes, at, view, targets, damped } = mail;
  const { notice } = message;
  for (const { name, copy } of targets) {
    // A reminder ranks as the hive's own mail does: not below a parent's.
    const relation = kind === 'reminder' ? 'hive' : relationBetween(message.sender, name, view.parentOf);
    insertDelivery(db, id, {
      recipient: name,
      orderKey: orderKey(rankOf(declared, relation), at),
      urgency: declared === null ? NORMAL : PRIORITIES.indexOf(declared),
      copy,
      bytes,
      expiresAt: message.expiresAt ?? message.deadline ?? null,
      heldUntil: damped?.heldUntil ?? null,
      note: damped?.why ?? null,
      wakes: notice === undefined || wakesBy(db, name, notice),
    });
  }
}

/**
 * The stricter of two dampings. A pause of the pair comes before one of the chain, because messages between
 * the two are held in either case.
 */
function severer(talk: Damped | null, chain: Damped | null): Damped | null {
  if (talk === null || chain === null) return talk ?? chain;
  return chain.heldUntil > talk.heldUntil ? chain : talk;
}

const NO_RECIPIENTS: Resolved = { targets: [], skipped: [], isGroup: false };

function findRepeated(tx: Tx, message: PostedMessage, at: number): SendOutput | null {
  const key = message.key ?? '';
  const before = findByKey(tx.db, message.sender, key);
  if (before === null) return null;
  // A key is forgotten after a day, and when it was used by a destroyed agent of the same name.
  if (before.at <= at - KEY_MS || before.at < (findAgent(tx.db, message.sender)?.createdAt ?? 0)) {
    forgetKey(tx.db, before.id);
    return null;
  }
  const isSame =
    before.to === message.to &&
    before.body === message.body &&
    (before.inReplyTo ?? message.in_reply_to) === message.in_reply_to &&
    isSameKind(before.kind, message.kind ?? 'note') &&
    describeTyped({ ...before.data, priority: before.priority }) ===
      describeTyped({ ...message, priority: declaredPriority(message) });
  if (!isSame)
    throw new HiveError(
      'key_conflict',
      `The key "${key}" was used for another message (#${before.id}). Use a new key.`,
    );
  return { id: before.id, thread: before.thread, recipients: recipientsOf(tx.db, before.id), duplicate: true };
}

/** True also for a plain reply that was stored as the answer to a question. */
function isSameKind(stored: MessageKind, sent: MessageKind): boolean {
  return stored === sent || (stored === 'answer' && sent === 'note');
}

/** The typed fields of a message, without those that sending added. */
function describeTyped(
  typed: Pick<MessageData, 'choices' | 'default' | 'severity' | 'attachments'> & { priority: Priority | null },
): string {
  const { choices, default: usual, severity, attachments, priority } = typed;
  const files = (attachments ?? []).map(({ name, hash }) => `${name}:${hash}`);
  return JSON.stringify([choices ?? [], usual ?? null, severity ?? null, files, priority]);
}

/** An escalation's severity also serves as its priority. */
function declaredPriority(message: Pick<PostedMessage, 'priority' | 'severity'>): Priority | null {
  if (message.priority !== undefined) return message.priority;
  if (message.severity === 'critical') return 'critical';
  return message.severity === 'warning' ? 'high' : null;
}

function findAnswered(tx: Tx, sender: string, id: number): { id: number; thread: number } | null {
  // The hive and the operator see every message, an agent only those it sent or received.
  if (sender === SYSTEM || sender === OPERATOR) return findMessage(tx.db, id);
  const since = findAgent(tx.db, sender)?.createdAt ?? 0;
  const thread = threadVisibleTo(tx.db, id, { name: sender, since });
  return thread === null ? null : { id, thread };
}

function refuseClosed(tx: Tx, thread: number): void {
  if (threadStateOf(tx.db, thread) === 'closed')
    throw new HiveError('thread_closed', `Thread #${thread} is closed. Begin a new one without in_reply_to.`);
}

function dataOf(message: PostedMessage, targets: readonly Target[]): MessageData | null {
  const { choices, deadline, default: usual, severity, attachments, editedFrom } = message;
  const meantFor = targets.find((target) => target.meantFor !== null)?.meantFor ?? undefined;
  const isPlain =
    choices === undefined &&
    deadline === undefined &&
    usual === undefined &&
    severity === undefined &&
    editedFrom === undefined &&
    meantFor === undefined &&
    (attachments === undefined || attachments.length === 0);
  if (isPlain) return null;
  return {
    ...(choices === undefined ? {} : { choices }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(usual === undefined ? {} : { default: usual }),
    ...(severity === undefined ? {} : { severity }),
    ...(attachments === undefined || attachments.length === 0 ? {} : { attachments }),
    ...(meantFor === undefined ? {} : { meantFor }),
    ...(editedFrom === undefined ? {} : { editedFrom }),
  };
}

function noteFor(damped: Damped | null, targets: readonly Target[]): string | null {
  if (damped !== null) return damped.why;
  const via = targets.find((target) => target.meantFor !== null);
  return via === undefined ? null : `It goes to ${via.name}, who may pass it on to ${via.meantFor}.`;
}
