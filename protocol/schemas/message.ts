import { z } from 'zod';
import { epochMs, recipientName, rowId, senderName } from '../names.ts';

/** The longest message, in bytes of UTF-8. Longer things are files; a message names or attaches them. */
export const MAX_BODY_BYTES = 64 * 1024;
/** The largest file that a hive can be told to take, in bytes. */
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

/** Any other text that is stored: well formed, so that every reader of JSON takes it, and without NUL. */
export const storedText = z
  .string()
  .refine((text) => isWellFormed(text), { error: 'the text is not valid UTF-8' })
  .refine((text) => !text.includes('\u0000'), { error: 'the text holds a NUL character' });

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/** How urgent its sender calls a message. Left out, the relation of sender and recipient decides. */
export const PRIORITIES = ['critical', 'high', 'normal', 'low'] as const;
export const priority = z.enum(PRIORITIES);
export type Priority = z.infer<typeof priority>;

/** What a caller may call a message; see `messageKind`. */
export const sendKind = z.enum(['note', 'question', 'answer', 'task', 'result', 'escalation']);
/**
 * note: somebody's words. question: wants an answer, and is open until it has one. answer: closes a question.
 * task, result: work asked for, and its outcome. escalation: trouble that goes up. system: the hive's
 * own. reminder: one's own words, from earlier.
 */
export const messageKind = z.enum([...sendKind.options, 'system', 'reminder']);
export type MessageKind = z.infer<typeof messageKind>;

export const severity = z.enum(['info', 'warning', 'critical']);
export type Severity = z.infer<typeof severity>;

/** SHA-256 of a file's bytes, in hex. */
export const blobHash = z.string().regex(/^[0-9a-f]{64}$/, { error: 'a hash is 64 hexadecimal digits' });

/** What an attachment may be called: a file's name without directories. */
export const attachmentName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!\.{1,2}$)[^/\\\p{Cc}\p{Cs}]+$/u, { error: 'an attachment has a plain file name' })
  .refine((name) => Buffer.byteLength(name) <= 255, { error: 'the name of a file has at most 255 bytes' });
export const attachment = z.strictObject({ name: attachmentName, hash: blobHash, bytes: z.int().nonnegative() });
export type Attachment = z.infer<typeof attachment>;

/** What a caller names a request by, so that a repeat is known as one. */
export const dedupeKey = storedText.min(1).max(128);

const choice = storedText.min(1).max(200);
const DAYS_30 = 30 * 86_400;

/** What anyone writes. Who writes is known from the socket. */
export const sendInput = z
  .strictObject({
    to: recipientName.describe(
      'Agent, "operator", "*" (all others), "@parent", "@children", "@role:<role>" or "#topic".',
    ),
    body: messageBody.describe('The text.'),
    kind: sendKind.default('note').describe('A question stays open until answered; its answer wakes you.'),
    in_reply_to: rowId.optional().describe('Id of the message this answers.'),
    priority: priority.optional().describe('high and critical reach a busy agent in the middle of its turn.'),
    ttl_seconds: z.int().min(10).max(DAYS_30).optional().describe('Worthless after this.'),
    choices: z.array(choice).min(2).max(10).optional().describe('Question: the possible answers.'),
    deadline_seconds: z.int().min(10).max(DAYS_30).optional().describe('Question: closes after this.'),
    default: choice.optional().describe('Question: the answer if none came by then.'),
    severity: severity.optional().describe('Escalation: how bad.'),
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

/** Which field does not go with the kind of message, if any. */
function describeMisfit(input: Typed): { path: string[]; message: string } | null {
  const { kind } = input;
  if (kind === 'note') {
    // The commonest kind by far, and the fields below are seldom given.
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
 * A recipient that will not read a message now: its agent is stopped, its box cannot be run or is not heard of, or it
 * gets no turn before `until`.
 */
export const waitingRecipient = z.strictObject({
  name: z.string(),
  state: z.enum(['stopped', 'failed', 'unreachable', 'parked', 'quiet']),
  /** Null when nothing says how long. */
  until: epochMs.nullable(),
  reason: z.string(),
});
export type WaitingRecipient = z.infer<typeof waitingRecipient>;

export const sendOutput = z.strictObject({
  id: rowId,
  /** The message that began the thread; its own id when it begins one. */
  thread: rowId,
  /** Who will get it (sorted); the fan-out of a group. */
  recipients: z.array(z.string()),
  /** True when the key was seen before and nothing new was stored. */
  duplicate: z.boolean(),
  /** Members of a group who will not get it, and why. */
  skipped: z.array(z.strictObject({ name: z.string(), why: z.string() })).optional(),
  /** Recipients that will not read it now: it waits for them. At most 20 of them. */
  waiting: z.array(waitingRecipient).optional(),
  /** How many more there are. */
  waiting_more: z.int().optional(),
  /** What else the sender should know: another way it takes, a delay, a pause. */
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

/** Where a message is, for one recipient. Times are set when the step was taken, last time. */
export const receipt = z.strictObject({
  delivery: rowId,
  recipient: z.string(),
  state: deliveryState,
  /** It was sent to somebody else; this one only should know of it. */
  copy: z.boolean(),
  /** How many turns it was leased to. */
  attempts: z.int().nonnegative(),
  /** The turn that has it now or had it last. */
  turn: rowId.nullable(),
  storedAt: epochMs,
  /** When the recipient's harness was roused for it. */
  wokenAt: epochMs.nullable(),
  leasedAt: epochMs.nullable(),
  /** When the CLI took the text that holds it into its conversation. */
  inContextAt: epochMs.nullable(),
  /** When its turn was done, or when it was given up, expired or was withdrawn. */
  endedAt: epochMs.nullable(),
  /** Worthless after this. */
  expiresAt: epochMs.nullable(),
  /** Not handed out before this; with a paused thread, not before the operator lets it go on. */
  heldUntil: epochMs.nullable(),
  /** Why it was put back, held or given up, last time. */
  note: z.string().nullable(),
});
export type Receipt = z.infer<typeof receipt>;

/** What a typed message carries beside its text; only what was given is there. */
export const messageData = z.strictObject({
  choices: z.array(z.string()).optional(),
  deadline: epochMs.optional(),
  default: z.string().optional(),
  severity: severity.optional(),
  attachments: z.array(attachment).optional(),
  /** Routing took it to somebody else than the one it is meant for. */
  meantFor: z.string().optional(),
  /** The operator changed a dead message's text before it was sent again as this one. */
  editedFrom: rowId.optional(),
});
export type MessageData = z.infer<typeof messageData>;

/** A message with who saw it when. */
export const messageView = z.strictObject({
  id: rowId,
  thread: rowId,
  inReplyTo: rowId.nullable(),
  from: senderName,
  to: recipientName,
  kind: messageKind,
  /** As its sender declared it; null when not. */
  priority: priority.nullable(),
  body: z.string(),
  at: epochMs,
  /** The turn in which its sender wrote it. */
  turn: rowId.nullable(),
  data: messageData,
  receipts: z.array(receipt),
  /** How many more there are, where only the first were asked for: an agent's page of a thread tells 20 of each message. */
  receiptsLeftOut: z.int().positive().optional(),
});
export type MessageView = z.infer<typeof messageView>;

/** A delivery as a turn gets it. */
export const delivered = z.strictObject({
  /** The delivery's own number, for receipts. */
  delivery: rowId,
  id: rowId,
  thread: rowId,
  inReplyTo: rowId.nullable(),
  from: senderName,
  /** As addressed; a group's name tells how it got here. */
  to: recipientName,
  kind: messageKind,
  priority: priority.nullable(),
  broadcast: z.boolean(),
  copy: z.boolean(),
  /** It was leased to a turn before that did not finish; parts may have been acted on. */
  redelivered: z.boolean(),
  body: z.string(),
  at: epochMs,
  data: messageData,
});
export type Delivered = z.infer<typeof delivered>;

export const threadState = z.enum(['open', 'closed', 'paused']);
export type ThreadState = z.infer<typeof threadState>;

/** A thread's head, for lists. */
export const threadView = z.strictObject({
  id: rowId,
  state: threadState,
  /** Why it is paused or by whom it was closed. */
  why: z.string().nullable(),
  participants: z.array(z.string()),
  messages: z.int().positive(),
  /** The first line of the first message. */
  subject: z.string(),
  firstAt: epochMs,
  lastAt: epochMs,
  lastId: rowId,
  lastFrom: senderName,
  /** Deliveries not done yet. */
  open: z.int().nonnegative(),
  dead: z.int().nonnegative(),
  /** Deliveries to the operator that are not read yet; they are among the open ones. */
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
  /** Who is to answer: an agent or the operator. */
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

/** Subscribers of each topic that an agent is told by name; topics that it is told of, its own first. */
export const TOLD_SUBSCRIBERS = 10;
export const TOLD_TOPICS = 200;
/** A topic as an agent sees it. */
export const agentTopicView = topicView.extend({
  /** The first few of them. */
  subscribers: z.array(z.string()).max(TOLD_SUBSCRIBERS),
  count: z.int().nonnegative(),
  /** Whether the one who asks is one of them. */
  subscribed: z.boolean(),
});
export type AgentTopicView = z.infer<typeof agentTopicView>;

/** A hit of a search, newest first. `excerpt` has the words around the match. */
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
