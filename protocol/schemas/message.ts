import { z } from 'zod';
import { epochMs, recipientName, rowId, senderName } from '../names.ts';

/** The longest message, in bytes of UTF-8. Longer things are files; a message names their path. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Well-formed text of a sensible length. A lone surrogate means that the bytes were not UTF-8. */
export const messageBody = z
  .string()
  .min(1, { error: 'the message is empty' })
  .refine((text) => Buffer.byteLength(text) <= MAX_BODY_BYTES, {
    error: 'the message is over 64 KiB: put it into a file and send the path',
    params: { hiveCode: 'message_too_large' },
  })
  .refine((text) => isWellFormed(text), { error: 'the message is not valid UTF-8' })
  .refine((text) => !text.includes('\u0000'), { error: 'the message holds a NUL character' });

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/** What anyone writes. Who writes is known from the socket. */
export const sendInput = z.strictObject({
  to: recipientName.describe('An agent\'s name, "operator", or "*" for all other agents.'),
  body: messageBody.describe('The text.'),
  in_reply_to: rowId.optional().describe('The id of the message this answers.'),
  key: z.string().min(1).max(128).optional().describe('Sending the same key twice is one message.'),
});
export type SendInput = z.output<typeof sendInput>;

export const sendOutput = z.strictObject({
  id: rowId,
  /** The message that began the thread; its own id when it begins one. */
  thread: rowId,
  /** Who will get it (sorted); the fan-out of a broadcast. */
  recipients: z.array(z.string()),
  /** True when the key was seen before and nothing new was stored. */
  duplicate: z.boolean(),
});
export type SendOutput = z.output<typeof sendOutput>;

/** note: somebody's words. system: the hive's own. reminder: one's own words, from earlier. */
export const messageKind = z.enum(['note', 'system', 'reminder']);
export type MessageKind = z.infer<typeof messageKind>;

/**
 * The life of a delivery:
 *
 *   queued ──claim──► leased ──turn done──► done
 *     ▲                 │ turn failed, lease over, harness lost, new boot
 *     └──── attempts < limit ◄──┘ ──── attempts = limit ──► dead
 *
 * The operator's deliveries go from queued to done when they are read.
 */
export const deliveryState = z.enum(['queued', 'leased', 'done', 'dead']);
export type DeliveryState = z.infer<typeof deliveryState>;

/** Where a message is, for one recipient. */
export const receipt = z.strictObject({
  recipient: z.string(),
  state: deliveryState,
  /** How many turns it was leased to. */
  attempts: z.int().nonnegative(),
  /** The turn that has it now or had it last. */
  turn: rowId.nullable(),
  storedAt: epochMs,
  leasedAt: epochMs.nullable(),
  /** When the CLI took the text that holds it into its conversation. */
  inContextAt: epochMs.nullable(),
  /** When its turn was done, or when it was given up. */
  endedAt: epochMs.nullable(),
  /** Why it was put back or given up, last time. */
  note: z.string().nullable(),
});
export type Receipt = z.infer<typeof receipt>;

/** A message with who saw it when. */
export const messageView = z.strictObject({
  id: rowId,
  thread: rowId,
  inReplyTo: rowId.nullable(),
  from: senderName,
  to: recipientName,
  kind: messageKind,
  body: z.string(),
  at: epochMs,
  receipts: z.array(receipt),
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
  kind: messageKind,
  broadcast: z.boolean(),
  /** It was leased to a turn before that did not finish; parts may have been acted on. */
  redelivered: z.boolean(),
  body: z.string(),
  at: epochMs,
});
export type Delivered = z.infer<typeof delivered>;

/** A thread's head, for lists. */
export const threadView = z.strictObject({
  id: rowId,
  participants: z.array(z.string()),
  messages: z.int().positive(),
  /** The first line of the first message. */
  subject: z.string(),
  firstAt: epochMs,
  lastAt: epochMs,
  lastFrom: senderName,
  /** Deliveries not done yet. */
  open: z.int().nonnegative(),
  dead: z.int().nonnegative(),
});
export type ThreadView = z.infer<typeof threadView>;
