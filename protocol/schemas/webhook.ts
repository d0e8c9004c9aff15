import * as z from 'zod';
import { epochMs, repoName, repoOwner, rowId, uuid } from '../names.ts';

/** What a webhook is called for. */
export const WEBHOOK_EVENTS = [
  'push',
  'pull_request',
  'pull_request_review',
  'pull_request_comment',
  'status',
] as const;
export const webhookEvent = z.enum(WEBHOOK_EVENTS);
export type WebhookEvent = z.infer<typeof webhookEvent>;

/** A webhook, without its secret. */
export const webhookView = z.strictObject({
  id: rowId,
  owner: repoOwner,
  name: repoName,
  url: z.string(),
  events: z.array(webhookEvent),
  createdAt: epochMs,
  /** Deliveries that wait for their turn or for another try. */
  waiting: z.int().nonnegative(),
  /** Since when every try failed; null: the last one succeeded. */
  failingSince: epochMs.nullable(),
  /** When it was disabled because it failed for too long. */
  disabledAt: epochMs.nullable(),
  /** Why the last try failed. */
  error: z.string().nullable(),
});
export type WebhookView = z.infer<typeof webhookView>;

/** One call of a webhook, tried several times at most. */
export const webhookDelivery = z.strictObject({
  id: uuid,
  /** The event's name in the header. */
  event: z.string(),
  state: z.enum(['waiting', 'done', 'failed']),
  attempts: z.int().nonnegative(),
  createdAt: epochMs,
  /** When it is tried next, of one that waits. */
  dueAt: epochMs.nullable(),
  endedAt: epochMs.nullable(),
  /** The HTTP status of the last answer; null: there was none. */
  status: z.int().nullable(),
  /** The beginning of the last answer's body. */
  response: z.string().nullable(),
  error: z.string().nullable(),
});
export type WebhookDelivery = z.infer<typeof webhookDelivery>;
