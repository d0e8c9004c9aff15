import * as z from 'zod';
import { epochMs, recipientName, rowId, senderName } from '../names.ts';

/** The longest message, in bytes of UTF-8. Longer content goes into files, which a message names or attaches. */
export const MAX_BODY_BYTES = 64 * 1024;
/** The largest file that a hive can be configured to accept, in bytes. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;
/** Attachments of one message. */
export const MAX_ATTACHMENTS = 10;

/** Well-formed text of a sensible length. A lone surrogate means that the bytes were not UTF-8. */
export const messageBody = z
  .string()
  .min(1, { error: 'the message is empty' })
  .refine((text) => /\S/.test(text), { error: 'the message is blank: it holds nothing but white space' })
  .refine((text) => Buffer.byteLength(text) <= MAX_BODY_BYTES, {
    error: 'the message is over 64 KiB: put it into a file and send the path',
    params: { hiveCode: 'message_too_large' },
  })
  .refine((text) => isWellFormed(text), { error: 'the message is not valid UTF-8' })
  .refine((text) => !text.includes('\u0000'), { error: 'the message holds a NUL character' });

/** Any other stored text: well-formed, so that every JSON reader accepts it, and without NUL. */
export const storedText = z
  .string()
  .refine((text) => isWellFormed(text), { error: 'the text is not valid UTF-8' })
  .refine((text) => !text.includes('\u0000'), { error: 'the text holds a NUL character' });

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/** The urgency that a sender gives a message. By default it follows from the relation of sender and recipient. */
export const PRIORITIES = ['critical', 'high', 'normal', 'low'] as const;
export const priority = z.enum(PRIORITIES);
export type Priority = z.infer<typeof priority>;

/** The kinds that a caller may give a message; see `messageKind`. */
export const sendKind = z.enum(['note', 'question', 'answer', 'task', 'result', 'escalation']);
/**
 * note: plain text. question: wants an answer, and is open until it has one. answer: closes a question. task, result:
 * work requested, and its outcome. escalation: a problem passed up to the parent. system: from the hive itself.
 * reminder: the recipient's own text from earlier.
 */
export const messageKind = z.enum([...sendKind.options, 'system', 'reminder']);
export type MessageKind = z.infer<typeof messageKind>;

export const severity = z.enum(['info', 'warning', 'critical']);
export type Severity = z.infer<typeof severity>;

/** SHA-256 of a file's bytes, in hex. */
export const blobHash = z.string().regex(/^[0-9a-f]{64}$/, { error: 'a hash is 64 hexadecimal digits' });

/** An attachment's name: a file name without directories. */
export const attachmentName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!\.{1,2}$)[^/\\\p{Cc}\p{Cs}]+$/u, { error: 'an attachment has a plain file name' })
  .refine((name) => Buffer.byteLength(name) <= 255, { error: 'the name of a file has at most 255 bytes' });
export const attachment = z.strictObject({ name: attachmentName, hash: blobHash, bytes: z.int().nonnegative() });
export type Attachment = z.infer<typeof attachment>;

/** A caller's idempotency key: a repeated request with the same key is recognised. */
export const dedupeKey = storedText.min(1).max(128);

const choice = storedText.min(1).max(200);
const DAYS_30 = 30 * 86_400;

/** A message to send. The sender is known from the socket. */
export const sendInput = z
  .strictObject({
    to: recipientName.describe('Agent, "operator", "*" (all), "@parent", "@children", "@role:<role>", "#topic".'),
    body: messageBody,
    kind: sendKind.default('note').describe('A question stays open until answered.'),
    in_reply_to: rowId.optional(),
    priority: priority.optional().describe('high, critical: read during a turn.'),
    ttl_seconds: z.int().min(10).max(DAYS_30).optional().describe('Worthless then.'),
    choices: z.array(choice).min(2).max(10).optional().describe('Of a question.'),
    deadline_seconds: z.int().min(10).max(DAYS_30).optional().describe('Of a question.'),
    default: choice.optional().describe('The answer if none came by then.'),
    severity: severity.optional().describe('Of an escalation.'),
    attachments: z
      .array(z.strictObject({ name: attachmentName, hash: blobHash }))
      .max(MAX_ATTACHMENTS)
      .optional()
      .describe('Files that were uploaded before.'),
    key: dedupeKey.optional().describe('The same key twice within a day is one message.'),
  })
  .superRefine((input, context) => {
    const misfit = describeMisfit(input);
    if (misfit !== null) context.addIssue({ code: 'custom', ...misfit });
  });
export type SendInput = z.output<typeof sendInput>;

type Typed = Pick<
  z.output<typeof sendInput>,
  'kind' | 'in_reply_to' | 'choices' | 'deadline_seconds' | 'default' | 'severity'
>;

/** The field that does not fit the kind of message, if any. */
function describeMisfit(input: Typed): { path: string[]; message: string } | null {
  const { kind } = input;
  if (kind === 'note') {
    // By far the most common kind; the fields below are rarely given.
  } else if ((kind === 'answer' || kind === 'result') && input.in_reply_to === undefined)
    return { path: ['in_reply_to'], message: `a message of kind "${kind}" must say what it replies to` };
  if (kind !== 'question') {
    for (const field of ['choices', 'deadline_seconds', 'default'] as const)
      if (input[field] !== undefined) return { path: [field], message: 'goes with kind "question" only' };
  } else if (input.default !== undefined) {
    if (input.deadline_seconds === undefined)
      return { path: ['default'], message: 'needs deadline_seconds: it is the answer when that has passed' };
    if (input.choices !== undefined && !input.choices.includes(input.default))
      return { path: ['default'], message: 'must be one of the choices' };
  }
  if (kind !== 'escalation' && input.severity !== undefined)
    return { path: ['severity'], message: 'goes with kind "escalation" only' };
  return null;
}

/**
 * A recipient that will not read a message now: its agent is stopped or held, its box cannot run or is unreachable, or
 * it gets no turn before `until`.
 */
export const waitingRecipient = z.strictObject({
  name: z.string(),
  state: z.enum(['stopped', 'held', 'failed', 'unreachable', 'parked', 'quiet']),
  /** Null when the time is unknown. */
  until: epochMs.nullable(),
  reason: z.string(),
});
export type WaitingRecipient = z.infer<typeof waitingRecipient>;

export const sendOutput = z.strictObject({
  id: rowId,
  /** The first message of the thread; its own id when it begins one. */
  thread: rowId,
  /** The actual recipients (sorted), with groups expanded. */
  recipients: z.array(z.string()),
  /** True when the key was used before and nothing new was stored. */
  duplicate: z.boolean(),
  /** Members of a group who will not get it, and why. */
  skipped: z.array(z.strictObject({ name: z.string(), why: z.string() })).optional(),
  /** Recipients that will not read it now; it stays in their mailboxes. At most 20 of them. */
  waiting: z.array(waitingRecipient).optional(),
  /** How many more there are. */
  waiting_more: z.int().optional(),
  /** Other information for the sender: a rerouted recipient, a delay, a pause. */
  note: z.string().optional(),
});
export type SendOutput = z.output<typeof sendOutput>;

/**
 * The life of a delivery:
 *
 *   queued ──claim──► leased ──turn done──► done
 *     │ ▲               │ turn failed, lease over, harness lost, new boot
 *     │ └── failures < limit ◄──┘ ──── failures = limit ──► dead
 *     ├── its ttl passed ──► expired           dead ──requeue──► queued
 *     └── taken back ──► withdrawn ◄── drop ── dead
 *
 * The operator's deliveries go from queued to done when they are read.
 */
export const deliveryState = z.enum(['queued', 'leased', 'done', 'dead', 'expired', 'withdrawn']);
export type DeliveryState = z.infer<typeof deliveryState>;

/** The delivery of a message to one recipient. Each time is that of the latest occurrence of the step. */
export const receipt = z.strictObject({
  delivery: rowId,
  recipient: z.string(),
  state: deliveryState,
  /** A copy for information; the message was sent to somebody else. */
  copy: z.boolean(),
  /** The number of turns it was leased to. */
  attempts: z.int().nonnegative(),
  /** The turn that holds it now or held it last. */
  turn: rowId.nullable(),
  storedAt: epochMs,
  /** When the recipient's harness was woken for it. */
  wokenAt: epochMs.nullable(),
  leasedAt: epochMs.nullable(),
  /** When the CLI accepted the text with this message into its session. */
  inContextAt: epochMs.nullable(),
  /** When its turn was done, or when it became dead, expired or was withdrawn. */
  endedAt: epochMs.nullable(),
  /** It expires then. */
  expiresAt: epochMs.nullable(),
  /** Not offered before this; in a paused thread, not before the operator releases it. */
  heldUntil: epochMs.nullable(),
  /** It starts no turn by itself, and waits for mail that does. Only of a queued delivery. */
  rides: z.literal(true).optional(),
  /** Why it was requeued, held or given up, the last time. */
  note: z.string().nullable(),
});
export type Receipt = z.infer<typeof receipt>;

/** The fields of a typed message beside its text; only those that were given are present. */
export const messageData = z.strictObject({
  choices: z.array(z.string()).optional(),
  deadline: epochMs.optional(),
  default: z.string().optional(),
  severity: severity.optional(),
  attachments: z.array(attachment).optional(),
  /** The intended recipient, when the message was routed to another one. */
  meantFor: z.string().optional(),
  /** The dead message whose text the operator changed to send it again as this one. */
  editedFrom: rowId.optional(),
});
export type MessageData = z.infer<typeof messageData>;

/** A message with its receipts. */
export const messageView = z.strictObject({
  id: rowId,
  thread: rowId,
  inReplyTo: rowId.nullable(),
  from: senderName,
  to: recipientName,
  kind: messageKind,
  /** The priority that its sender declared; null when none. */
  priority: priority.nullable(),
  body: z.string(),
  at: epochMs,
  /** The turn in which its sender wrote it. */
  turn: rowId.nullable(),
  data: messageData,
  receipts: z.array(receipt),
  /**
   * The number of further receipts when only the first were asked for: an agent's page of a thread has 20 of each
   * message.
   */
  receiptsLeftOut: z.int().positive().optional(),
});
export type MessageView = z.infer<typeof messageView>;

/** A delivery in the form that a turn gets. */
export const delivered = z.strictObject({
  /** The delivery's own id, for receipts. */
  delivery: rowId,
  id: rowId,
  thread: rowId,
  inReplyTo: rowId.nullable(),
  from: senderName,
  /** The address it was sent to; a group's name explains why the recipient got it. */
  to: recipientName,
  kind: messageKind,
  priority: priority.nullable(),
  broadcast: z.boolean(),
  copy: z.boolean(),
  /** An earlier turn leased it and did not finish; parts may have been acted on. */
  redelivered: z.boolean(),
  body: z.string(),
  at: epochMs,
  data: messageData,
});
export type Delivered = z.infer<typeof delivered>;

export const threadState = z.enum(['open', 'closed', 'paused']);
export type ThreadState = z.infer<typeof threadState>;

/** A thread's summary, for lists. */
export const threadView = z.strictObject({
  id: rowId,
  state: threadState,
  /** Why it is paused, or who closed it. */
  why: z.string().nullable(),
  participants: z.array(z.string()),
  messages: z.int().positive(),
  /** The first line of the first message. */
  subject: z.string(),
  firstAt: epochMs,
  lastAt: epochMs,
  lastId: rowId,
  lastFrom: senderName,
  /** Number of deliveries that are not done yet. */
  open: z.int().nonnegative(),
  dead: z.int().nonnegative(),
  /** Number of the operator's deliveries that are unread; they are among the open ones. */
  unread: z.int().nonnegative(),
});
export type ThreadView = z.infer<typeof threadView>;

/** A question, open until it is answered, its deadline passes, or it is withdrawn. */
export const questionState = z.enum(['open', 'answered', 'defaulted', 'expired', 'withdrawn']);
export const questionView = z.strictObject({
  /** The message that asks. */
  id: rowId,
  thread: rowId,
  from: senderName,
  /** Who has to answer: an agent or the operator. */
  asked: z.string(),
  body: z.string(),
  choices: z.array(z.string()),
  deadline: epochMs.nullable(),
  default: z.string().nullable(),
  state: questionState,
  askedAt: epochMs,
  answer: z.strictObject({ id: rowId, from: senderName, body: z.string(), at: epochMs }).nullable(),
});
export type QuestionView = z.infer<typeof questionView>;

export const topicView = z.strictObject({
  topic: z.string(),
  open: z.boolean(),
  subscribers: z.array(z.string()),
});
export type TopicView = z.infer<typeof topicView>;

/** How many subscribers of a topic an agent gets by name, its own relatives first. */
export const TOLD_SUBSCRIBERS = 10;
export const TOLD_TOPICS = 200;
/** A topic as an agent sees it. */
export const agentTopicView = topicView.extend({
  /** The first few of them. */
  subscribers: z.array(z.string()).max(TOLD_SUBSCRIBERS),
  count: z.int().nonnegative(),
  /** Whether the caller is one of them. */
  subscribed: z.boolean(),
});
export type AgentTopicView = z.infer<typeof agentTopicView>;

/** A hit of a search, newest first. `excerpt` has the text around the match. */
export const searchHit = z.strictObject({
  id: rowId,
  thread: rowId,
  from: senderName,
  to: recipientName,
  kind: messageKind,
  at: epochMs,
  excerpt: z.string(),
});
export type SearchHit = z.infer<typeof searchHit>;
