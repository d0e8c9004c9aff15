import * as z from 'zod';
import { agentName, epochMs, queryInt, rowId, topicName } from '../names.ts';
import { op } from '../op.ts';
import {
  messageBody,
  messageView,
  questionState,
  questionView,
  searchHit,
  threadView,
  topicView,
} from '../schemas/message.ts';
import {
  reminderRollup,
  reminderTime,
  reminderView,
  scheduleChange,
  scheduleInput,
  scheduleView,
  timerKey,
} from '../schemas/reminder.ts';
import { duplicate } from './agent-mail.ts';

/** Selects deliveries: by their ids, or all dead ones of one agent, or all dead ones. */
const chosen = {
  deliveries: z.array(rowId).min(1).max(1_000).optional(),
  agent: agentName.optional(),
  all: z.literal(true).optional(),
};
const oneChoice = { error: 'give either deliveries, or agent, or all' };
const isOneChoice = (input: { deliveries?: unknown; agent?: unknown; all?: unknown }) =>
  [input.deliveries, input.agent, input.all].filter((given) => given !== undefined).length === 1;

/**
 * The operator's own operations on messages, on the dashboard and in hivectl; those shared with agents are in
 * agent-mail.ts.
 */
export const operatorMail = {
  listMessages: op({
    name: 'listMessages',
    audiences: ['operator'],
    method: 'GET',
    path: '/messages',
    summary: 'Messages, newest first; all, or one mailbox.',
    input: z.strictObject({
      /** Only messages to or from this agent (or `operator`). */
      of: z.string().optional(),
      before: queryInt.optional(),
      limit: queryInt.default(50),
    }),
    output: z.strictObject({ messages: z.array(messageView) }),
    errors: ['unknown_agent'],
  }),
  getMessage: op({
    name: 'getMessage',
    audiences: ['operator'],
    method: 'GET',
    path: '/messages/:id',
    summary: 'One message with its receipts.',
    input: z.strictObject({ id: queryInt }),
    output: z.strictObject({ message: messageView }),
    errors: ['unknown_message'],
  }),
  exportMessages: op({
    name: 'exportMessages',
    audiences: ['operator'],
    method: 'GET',
    path: '/messages/export',
    summary: 'Messages with receipts, oldest first, page by page; `next` is null at the end.',
    input: z.strictObject({
      after: queryInt.default(0),
      of: z.string().optional(),
      limit: queryInt.default(500),
    }),
    output: z.strictObject({ messages: z.array(messageView), next: rowId.nullable() }),
    errors: ['unknown_agent'],
  }),
  searchMessages: op({
    name: 'searchMessages',
    audiences: ['operator'],
    method: 'GET',
    path: '/search',
    summary: 'Search all messages, newest first.',
    input: z.strictObject({
      query: z.string().min(1).max(200),
      of: z.string().optional(),
      before: queryInt.optional(),
      limit: queryInt.default(50),
    }),
    output: z.strictObject({ hits: z.array(searchHit) }),
    errors: ['unknown_agent'],
  }),
  inbox: op({
    name: 'inbox',
    audiences: ['operator'],
    method: 'GET',
    path: '/inbox',
    summary: "The operator's unread messages, oldest first.",
    input: z.strictObject({ limit: queryInt.default(100) }),
    output: z.strictObject({ messages: z.array(messageView), unread: z.int() }),
    errors: [],
  }),
  markRead: op({
    name: 'markRead',
    audiences: ['operator'],
    method: 'POST',
    path: '/inbox/read',
    summary: "Mark the operator's messages as read.",
    input: z.strictObject({ ids: z.array(rowId).min(1).max(1000) }),
    output: z.strictObject({ read: z.int() }),
    repeatable: true,
    errors: ['storage_unavailable'],
  }),
  listThreads: op({
    name: 'listThreads',
    audiences: ['operator'],
    method: 'GET',
    path: '/threads',
    summary: 'Threads, the one spoken in last first; `before` is a lastId.',
    input: z.strictObject({ of: z.string().optional(), before: queryInt.optional(), limit: queryInt.default(50) }),
    output: z.strictObject({ threads: z.array(threadView) }),
    errors: ['unknown_agent'],
  }),
  getThread: op({
    name: 'getThread',
    audiences: ['operator'],
    method: 'GET',
    path: '/threads/:id',
    summary: 'A thread, by any of its messages, with receipts: its newest messages (before one), oldest first.',
    input: z.strictObject({ id: queryInt, before: queryInt.optional(), limit: queryInt.default(200) }),
    output: z.strictObject({ thread: threadView, messages: z.array(messageView), more: z.boolean() }),
    errors: ['unknown_message'],
  }),
  setThread: op({
    name: 'setThread',
    audiences: ['operator'],
    method: 'POST',
    path: '/threads/:id/state',
    summary: 'Close a thread (replies are refused), or open it again; opening lets a paused one go on.',
    input: z.strictObject({
      id: z.coerce.number<number | string>().int().positive(),
      state: z.enum(['open', 'closed']),
    }),
    output: z.strictObject({ thread: threadView }),
    errors: ['unknown_message', 'storage_unavailable'],
  }),

  listDead: op({
    name: 'listDead',
    audiences: ['operator'],
    method: 'GET',
    path: '/dead',
    summary: 'Dead deliveries, newest first, each with its message; `before` is a delivery.',
    input: z.strictObject({ agent: agentName.optional(), before: queryInt.optional(), limit: queryInt.default(50) }),
    output: z.strictObject({
      dead: z.array(z.strictObject({ delivery: rowId, recipient: z.string(), message: messageView })),
      total: z.int(),
    }),
    errors: ['unknown_agent'],
  }),
  requeue: op({
    name: 'requeue',
    audiences: ['operator'],
    method: 'POST',
    path: '/dead/requeue',
    summary: 'Put dead deliveries back with their failures forgotten; one may be sent again with another text.',
    input: z
      .strictObject({ ...chosen, body: messageBody.optional() })
      .refine(isOneChoice, oneChoice)
      .refine((input) => input.body === undefined || input.deliveries?.length === 1, {
        error: 'another text can be given to one delivery only',
      }),
    output: z.strictObject({
      requeued: z.int(),
      /** The message that was sent instead, when the text was changed. */
      message: rowId.nullable(),
    }),
    errors: ['unknown_message', 'wrong_state', 'unknown_agent', 'storage_unavailable'],
  }),
  drop: op({
    name: 'drop',
    audiences: ['operator'],
    method: 'POST',
    path: '/dead/drop',
    summary:
      'Withdraw deliveries that are dead or still wait; `agent` and `all` choose dead ones, `waiting` what waits for the agent too.',
    input: z
      .strictObject({ ...chosen, waiting: z.literal(true).optional() })
      .refine(isOneChoice, oneChoice)
      .refine((input) => input.waiting === undefined || input.agent !== undefined, {
        error: 'waiting goes with agent',
      }),
    output: z.strictObject({ dropped: z.int() }),
    errors: ['unknown_message', 'wrong_state', 'unknown_agent', 'storage_unavailable'],
  }),

  listTopics: op({
    name: 'listTopics',
    audiences: ['operator'],
    method: 'GET',
    path: '/topics',
    summary: 'Every topic with its subscribers.',
    input: z.strictObject({}),
    output: z.strictObject({ topics: z.array(topicView) }),
    errors: [],
  }),
  setTopic: op({
    name: 'setTopic',
    audiences: ['operator'],
    method: 'POST',
    path: '/topics',
    summary: 'Open or close a topic (a closed one takes no messages); add or remove subscribers.',
    input: z.strictObject({
      topic: topicName,
      open: z.boolean().optional(),
      add: z.array(agentName).max(1_000).optional(),
      remove: z.array(agentName).max(1_000).optional(),
    }),
    output: z.strictObject({ topic: topicView }),
    repeatable: true,
    errors: ['unknown_agent', 'storage_unavailable'],
  }),

  listQuestions: op({
    name: 'listQuestions',
    audiences: ['operator'],
    method: 'GET',
    path: '/questions',
    summary: "Questions; the operator's own open ones unless asked otherwise, oldest first.",
    input: z.strictObject({
      /** Asked of this agent or `operator`; `*` for all. */
      of: z.string().default('operator'),
      state: questionState.or(z.literal('all')).default('open'),
      /** Only those asked in this thread. */
      thread: queryInt.optional(),
      limit: queryInt.default(100),
    }),
    output: z.strictObject({ questions: z.array(questionView), open: z.int() }),
    errors: ['unknown_agent'],
  }),
  answerQuestion: op({
    name: 'answerQuestion',
    audiences: ['operator'],
    method: 'POST',
    path: '/questions/:id/answer',
    summary: 'Answer a question as the operator; the asker is woken by it.',
    input: z.strictObject({ id: z.coerce.number<number | string>().int().positive(), body: messageBody }),
    output: z.strictObject({ question: questionView }),
    errors: ['unknown_question', 'question_closed', 'not_a_choice', 'message_too_large', 'storage_unavailable'],
  }),

  listReminders: op({
    name: 'listReminders',
    audiences: ['operator'],
    method: 'GET',
    path: '/reminders',
    summary: 'Reminders, the next one due first; the standing ones unless asked otherwise.',
    input: z.strictObject({
      /** Set by or for this agent or `operator`. */
      of: z.string().optional(),
      state: z.enum(['standing', 'fired', 'cancelled']).default('standing'),
      limit: queryInt.default(100),
    }),
    output: z.strictObject({ reminders: z.array(reminderView), standing: z.int() }),
    errors: ['unknown_agent'],
  }),
  createReminder: op({
    name: 'createReminder',
    audiences: ['operator'],
    method: 'POST',
    path: '/reminders',
    summary: 'Have an agent (or yourself) reminded later.',
    input: z
      .strictObject({ to: agentName.or(z.literal('operator')), body: messageBody, ...reminderTime, key: timerKey })
      .refine((input) => (input.in_seconds === undefined) !== (input.at === undefined), {
        error: 'give either in_seconds or at',
      }),
    output: z.strictObject({ reminder: reminderView, duplicate }),
    repeatable: 'with_key',
    errors: ['unknown_agent', 'past_time', 'key_conflict', 'storage_unavailable'],
  }),
  changeReminder: op({
    name: 'changeReminder',
    audiences: ['operator'],
    method: 'PUT',
    path: '/reminders/:id',
    summary: "Change a standing reminder's time or text.",
    input: z.strictObject({
      id: z.coerce.number<number | string>().int().positive(),
      body: messageBody.optional(),
      ...reminderTime,
    }),
    output: z.strictObject({ reminder: reminderView }),
    errors: ['unknown_reminder', 'past_time', 'storage_unavailable'],
  }),
  cancelReminder: op({
    name: 'cancelReminder',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/reminders/:id',
    summary: 'Cancel a standing reminder.',
    input: z.strictObject({ id: z.coerce.number<number | string>().int().positive() }),
    output: z.strictObject({ reminder: reminderView }),
    errors: ['unknown_reminder', 'storage_unavailable'],
  }),

  listSchedules: op({
    name: 'listSchedules',
    audiences: ['operator'],
    method: 'GET',
    path: '/schedules',
    summary: 'Schedules, the next one due first.',
    input: z.strictObject({ of: z.string().optional() }),
    output: z.strictObject({ schedules: z.array(scheduleView) }),
    errors: ['unknown_agent'],
  }),
  createSchedule: op({
    name: 'createSchedule',
    audiences: ['operator'],
    method: 'POST',
    path: '/schedules',
    summary: 'Do something again and again by a cron line.',
    input: scheduleInput,
    output: z.strictObject({ schedule: scheduleView, duplicate }),
    repeatable: 'with_key',
    errors: ['impossible_cron', 'unknown_agent', 'key_conflict', 'storage_unavailable'],
  }),
  changeSchedule: op({
    name: 'changeSchedule',
    audiences: ['operator'],
    method: 'PUT',
    path: '/schedules/:id',
    summary: 'Pause, resume or change a schedule.',
    input: scheduleChange.extend({ id: z.coerce.number<number | string>().int().positive() }),
    output: z.strictObject({ schedule: scheduleView }),
    errors: ['unknown_schedule', 'impossible_cron', 'storage_unavailable'],
  }),
  cancelSchedule: op({
    name: 'cancelSchedule',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/schedules/:id',
    summary: 'Remove a schedule.',
    input: z.strictObject({ id: z.coerce.number<number | string>().int().positive() }),
    output: z.strictObject({ cancelled: z.literal(true) }),
    errors: ['unknown_schedule', 'storage_unavailable'],
  }),
  reminderRollup: op({
    name: 'reminderRollup',
    audiences: ['operator'],
    method: 'GET',
    path: '/agents/:name/reminders/rollup',
    summary: "What became of an agent's reminders and schedules in a period (the last 7 days unless said).",
    input: z.strictObject({ name: agentName, from: queryInt.optional(), to: queryInt.optional() }),
    output: z.strictObject({ from: epochMs, to: epochMs, rollup: reminderRollup }),
    errors: ['unknown_agent'],
  }),

  setQuiet: op({
    name: 'setQuiet',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/quiet',
    summary: "Set or (with 0 minutes) end an agent's do-not-disturb.",
    input: z.strictObject({ name: agentName, minutes: z.number().min(0).max(10_080) }),
    output: z.strictObject({ until: epochMs.nullable() }),
    repeatable: true,
    errors: ['unknown_agent', 'storage_unavailable'],
  }),
} as const;
