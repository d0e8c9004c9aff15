import * as z from 'zod';
import { epochMs, rowId, topicName } from '../names.ts';
import { op } from '../op.ts';
import {
  agentTopicView,
  attachment,
  attachmentName,
  blobHash,
  delivered,
  messageView,
  receipt,
  searchHit,
  sendInput,
  sendOutput,
  threadState,
} from '../schemas/message.ts';
import { remindInput, reminderTime, reminderView, scheduleInput, scheduleView } from '../schemas/reminder.ts';

const count = (most: number, usual: number) => z.coerce.number<number | string>().int().min(1).max(most).default(usual);
const anyId = z.coerce.number<number | string>().int().positive();

/** True when the key was used before and nothing new was set. */
export const duplicate = z.boolean();

/** A file's bytes in base64; at most MAX_FILE_BYTES, or the limit in the hive's config. */
export const fileData = z.base64();

/**
 * Agents' operations on messages. The caller, an agent or the operator, is known from the socket; no field names it.
 */
export const agentMail = {
  send: op({
    name: 'send',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/messages',
    summary: 'Send a message. Answered when it is on disk.',
    input: sendInput,
    output: sendOutput,
    cost: 0,
    repeatable: 'with_key',
    errors: [
      'unknown_agent',
      'unknown_message',
      'unknown_topic',
      'topic_closed',
      'no_recipients',
      'not_routed',
      'message_to_self',
      'message_too_large',
      'mailbox_full',
      'rate_exceeded',
      'thread_closed',
      'unknown_question',
      'question_closed',
      'not_a_choice',
      'unknown_attachment',
      'key_conflict',
      'storage_unavailable',
    ],
    tool: {
      name: 'send',
      description: 'Send a message, also to those who are away.',
      unlisted: ['ttl_seconds', 'severity', 'key'],
    },
  }),
  recv: op({
    name: 'recv',
    audiences: ['agent'],
    method: 'POST',
    path: '/recv',
    summary: 'Lease more waiting messages to the running turn.',
    input: z.strictObject({ limit: z.int().min(1).max(50).default(20) }),
    output: z.strictObject({ messages: z.array(delivered), waiting: z.int().nonnegative() }),
    cost: 4,
    errors: ['wrong_state'],
    tool: {
      name: 'recv',
      description: 'Fetch mail that is newer than your prompt.',
      unlisted: ['limit'],
    },
  }),
  receipts: op({
    name: 'receipts',
    audiences: ['agent'],
    method: 'GET',
    path: '/messages/:id/receipts',
    summary: 'Where a message that the caller sent or received is, for each recipient.',
    input: z.strictObject({ id: anyId }),
    output: z.strictObject({ id: rowId, receipts: z.array(receipt) }),
    cost: 4,
    errors: ['unknown_message'],
    tool: { name: 'receipts', description: 'Was your message read?' },
  }),
  thread: op({
    name: 'thread',
    audiences: ['agent'],
    method: 'GET',
    path: '/threads/:id',
    summary: 'A thread as far as the caller may see it, with receipts.',
    input: z.strictObject({ id: anyId.describe('Any of its messages.'), limit: count(100, 20) }),
    output: z.strictObject({
      thread: rowId,
      state: threadState,
      messages: z.array(messageView),
      more: z.boolean(),
    }),
    cost: 20,
    errors: ['unknown_message'],
    tool: { name: 'thread', description: 'Read a thread again, with receipts.' },
  }),
  search: op({
    name: 'search',
    audiences: ['agent'],
    method: 'GET',
    path: '/search',
    summary: 'Search the messages that the caller sent or received, newest first.',
    input: z.strictObject({
      query: z.string().min(1).max(200).describe('Words, "a phrase", word*.'),
      limit: count(50, 10),
    }),
    output: z.strictObject({ hits: z.array(searchHit) }),
    cost: 40,
    errors: [],
    tool: { name: 'search', description: 'Search your messages.', unlisted: ['limit'] },
  }),
  topics: op({
    name: 'topics',
    audiences: ['agent'],
    method: 'POST',
    path: '/topics',
    summary: 'List topics with how many subscribe; subscribe, unsubscribe the caller.',
    input: z
      .strictObject({
        action: z.enum(['list', 'subscribe', 'unsubscribe']).default('list'),
        topic: topicName.optional(),
      })
      .refine((input) => (input.action === 'list') !== (input.topic !== undefined), {
        error: 'subscribe and unsubscribe need a topic, list takes none',
      }),
    output: z.strictObject({
      topics: z.array(agentTopicView),
      /** The number of all of them: at most 200 are listed, the caller's own first. */
      total: z.int().nonnegative(),
    }),
    cost: 400,
    repeatable: true,
    errors: ['topic_closed', 'unknown_topic', 'invalid_input', 'storage_unavailable'],
    tool: {
      name: 'topics',
      description: 'Mail to "#topic" reaches its subscribers; the first makes it.',
    },
  }),
  remind: op({
    name: 'remind',
    audiences: ['agent'],
    method: 'POST',
    path: '/reminders',
    summary: 'Write to oneself later.',
    input: remindInput,
    output: z.strictObject({ id: rowId, due_at: epochMs, duplicate }),
    cost: 0,
    repeatable: 'with_key',
    errors: [
      'past_time',
      'too_many_reminders',
      'rate_exceeded',
      'unknown_attachment',
      'key_conflict',
      'storage_unavailable',
    ],
    tool: { name: 'remind', description: 'Be woken later with a text.', unlisted: ['file', 'key'] },
  }),
  reminders: op({
    name: 'reminders',
    audiences: ['agent'],
    method: 'POST',
    path: '/reminders/standing',
    summary: "The caller's standing reminders; change or cancel one.",
    input: z
      .strictObject({
        action: z.enum(['list', 'change', 'cancel']).default('list'),
        id: rowId.optional(),
        body: remindInput.shape.body.optional(),
        ...reminderTime,
      })
      .refine((input) => (input.action === 'list') === (input.id === undefined), {
        error: 'change and cancel need an id, list takes none',
      }),
    output: z.strictObject({ reminders: z.array(reminderView) }),
    cost: 40,
    repeatable: 'when_listing',
    errors: ['unknown_reminder', 'past_time', 'storage_unavailable'],
    tool: { name: 'reminders', description: 'Your reminders.' },
  }),
  schedule: op({
    name: 'schedule',
    audiences: ['agent'],
    method: 'POST',
    path: '/schedules',
    summary: 'A reminder or message that repeats (cron).',
    input: scheduleInput,
    output: z.strictObject({ schedule: scheduleView, duplicate }),
    cost: 0,
    repeatable: 'with_key',
    errors: [
      'impossible_cron',
      'too_many_reminders',
      'rate_exceeded',
      'unknown_agent',
      'not_routed',
      'forbidden',
      'key_conflict',
      'storage_unavailable',
    ],
    tool: {
      name: 'schedule',
      description: 'Be woken, or write to somebody, again and again.',
      unlisted: ['priority', 'misfire', 'window_seconds', 'jitter_seconds', 'key'],
    },
  }),
  schedules: op({
    name: 'schedules',
    audiences: ['agent'],
    method: 'POST',
    path: '/schedules/standing',
    summary: "The caller's schedules; pause, resume or cancel one.",
    input: z
      .strictObject({
        action: z.enum(['list', 'pause', 'resume', 'cancel']).default('list'),
        id: rowId.optional(),
      })
      .refine((input) => (input.action === 'list') === (input.id === undefined), {
        error: 'pause, resume and cancel need an id, list takes none',
      }),
    output: z.strictObject({ schedules: z.array(scheduleView) }),
    cost: 40,
    repeatable: 'when_listing',
    errors: ['unknown_schedule', 'storage_unavailable'],
    tool: { name: 'schedules', description: 'Your schedules.' },
  }),
  quiet: op({
    name: 'quiet',
    audiences: ['agent'],
    method: 'POST',
    path: '/quiet',
    summary: 'Do not disturb: until then only critical mail wakes the caller.',
    input: z.strictObject({
      minutes: z.number().min(0).max(10_080),
    }),
    output: z.strictObject({ until: epochMs.nullable() }),
    cost: 400,
    repeatable: true,
    errors: ['storage_unavailable'],
    tool: { name: 'quiet', description: 'Only critical mail wakes you for so long; 0 ends it.' },
  }),

  /** The harness uploads the files that a tool call names by path, as the agent's own user. */
  upload: op({
    name: 'upload',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/files',
    summary: 'Keep a file, to attach it to a message within an hour.',
    input: z.strictObject({ name: attachmentName, data: fileData }),
    output: attachment,
    cost: 40,
    repeatable: true,
    errors: ['contains_secret', 'attachment_too_large', 'rate_exceeded', 'blob_store_full', 'storage_unavailable'],
    carriesFile: true,
  }),
  download: op({
    name: 'download',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/messages/:message/files/:name',
    summary: 'A file attached to a message that the caller may see.',
    input: z.strictObject({
      message: anyId,
      name: attachmentName,
    }),
    output: z.strictObject({ name: attachmentName, hash: blobHash, data: fileData }),
    cost: 40,
    errors: ['unknown_attachment', 'attachment_damaged', 'storage_unavailable'],
    carriesFile: true,
    tool: { name: 'download', description: "Save a message's attachment; answers its path." },
  }),
} as const;
