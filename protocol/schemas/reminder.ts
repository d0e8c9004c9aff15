import * as z from 'zod';
import { epochMs, recipientName, rowId } from '../names.ts';
import { attachment, blobHash, attachmentName, dedupeKey, messageBody, priority, storedText } from './message.ts';

const YEAR_S = 31_536_000;

/** When a reminder is due: after a delay, or at a time. */
export const reminderTime = {
  in_seconds: z.int().min(1).max(YEAR_S).optional(),
  at: z.iso
    .datetime({
      offset: true,
      error: 'a time is written with its offset, e.g. 2026-01-31T09:00:00Z or 2026-01-31T09:00:00+01:00',
    })
    .optional(),
};

/** Also used for the operator's reminders and for schedules. */
export const timerKey = dedupeKey.optional().describe('The same key twice within a day sets one.');

export const remindInput = z
  .strictObject({
    body: messageBody,
    in_seconds: reminderTime.in_seconds.describe('Or "20m".'),
    at: reminderTime.at.describe('ISO 8601.'),
    attachment: z
      .strictObject({ name: attachmentName, hash: blobHash })
      .optional()
      .describe('A file that was uploaded before.'),
    key: timerKey,
  })
  .refine((input) => (input.in_seconds === undefined) !== (input.at === undefined), {
    error: 'give either in_seconds or at',
  });

/** standing ──due──► fired, or ──► cancelled. */
export const reminderState = z.enum(['standing', 'fired', 'cancelled']);
export const reminderView = z.strictObject({
  id: rowId,
  /** Who set it: an agent or the operator. */
  owner: z.string(),
  /** The owner of the mailbox that it will be delivered to. */
  to: z.string(),
  body: z.string(),
  dueAt: epochMs,
  state: reminderState,
  /** The message it became. */
  message: rowId.nullable(),
  attachment: attachment.nullable(),
  createdAt: epochMs,
});
export type ReminderView = z.infer<typeof reminderView>;

/**
 * The action of a schedule when it is due. message: sends the text. wake: wakes the recipient with it, as a reminder
 * does. start: the same, after starting the agent if it is stopped. task: sends it as a task.
 */
export const scheduleAction = z.enum(['message', 'wake', 'start', 'task']);
export type ScheduleAction = z.infer<typeof scheduleAction>;

/** How missed runs are made up: not at all, one for all, or each one within the window. */
export const misfire = z.enum(['skip', 'once', 'all']);
export type Misfire = z.infer<typeof misfire>;

export const scheduleInput = z.strictObject({
  cron: storedText.min(1).max(200),
  time_zone: storedText.min(1).max(64).default('UTC'),
  body: messageBody,
  to: recipientName.optional().describe('You, if left out.'),
  action: scheduleAction.optional(),
  priority: priority.optional(),
  misfire: misfire.default('once').describe('Runs missed while the hive was down: skip, once for all, all.'),
  window_seconds: z.int().min(60).max(YEAR_S).default(86_400).describe('misfire all: none older than this.'),
  jitter_seconds: z.int().min(0).max(3_600).default(0).describe('Up to so much later, to spread load.'),
  key: timerKey,
});
export type ScheduleInput = z.output<typeof scheduleInput>;

const asked = scheduleInput.shape;
/**
 * The fields of an existing schedule that can be changed. Without defaults: a field that is left out stays as it is.
 */
export const scheduleChange = z.strictObject({
  cron: asked.cron.optional(),
  time_zone: asked.time_zone.unwrap().optional(),
  body: asked.body.optional(),
  misfire: asked.misfire.unwrap().optional(),
  window_seconds: asked.window_seconds.unwrap().optional(),
  jitter_seconds: asked.jitter_seconds.unwrap().optional(),
  paused: z.boolean().optional(),
});
export type ScheduleChange = z.output<typeof scheduleChange>;

export const scheduleView = z.strictObject({
  id: rowId,
  owner: z.string(),
  to: z.string(),
  action: scheduleAction,
  priority: priority.nullable(),
  body: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  misfire,
  windowMs: z.int(),
  jitterMs: z.int(),
  paused: z.boolean(),
  /** Null while it is paused, and when it never fires again. */
  nextAt: epochMs.nullable(),
  lastAt: epochMs.nullable(),
  fired: z.int().nonnegative(),
  /** Number of runs that were missed or folded; see docs/messaging.md. */
  skipped: z.int().nonnegative(),
  /** The part of these since its last message, which is still waiting. */
  folded: z.int().nonnegative(),
  /** Why its last run failed. */
  trouble: z.string().nullable(),
  createdAt: epochMs,
});
export type ScheduleView = z.infer<typeof scheduleView>;

/** Counts of an agent's reminders and schedules in a period. */
export const reminderRollup = z.strictObject({
  /** Reminders set in the period. */
  asked: z.int().nonnegative(),
  /** Reminders and runs of schedules that fell due in the period. */
  fired: z.int().nonnegative(),
  /** The part of these that a model has seen. */
  delivered: z.int().nonnegative(),
  /** The part of these whose turn was done. */
  handled: z.int().nonnegative(),
  /** The part of these that are dead, expired or withdrawn. */
  failed: z.int().nonnegative(),
});
export type ReminderRollup = z.infer<typeof reminderRollup>;
