import * as z from 'zod';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { webhookEvent, type WebhookDelivery, type WebhookEvent } from '../../protocol/schemas/webhook.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** A webhook with its repository. Times are epoch milliseconds. */
export interface Webhook {
  readonly id: number;
  readonly repositoryId: number;
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly secret: string;
  readonly createdAt: number;
  readonly afterFact: number;
  readonly failingSince: number | null;
  readonly disabledAt: number | null;
}

type Raw = Omit<Webhook, 'events'> & { events: string };

const eventList = z.array(webhookEvent);
const SELECT = `SELECT webhooks.id, repository_id AS repositoryId, owner, name, url, events, secret,
  webhooks.created_at AS createdAt, after_fact AS afterFact, failing_since AS failingSince, disabled_at AS disabledAt
  FROM webhooks JOIN repositories ON repositories.id = repository_id`;
const LIST = `${SELECT} WHERE @repositoryId IS NULL OR repository_id = @repositoryId ORDER BY owner, name_key, webhooks.id`;
const GET = `${SELECT} WHERE webhooks.id = ?`;

function fromRaw({ events, ...row }: Raw): Webhook {
  return { ...row, events: eventList.parse(JSON.parse(events)) };
}

/** In the order of their repositories; of one when its id is given. */
export function allWebhooks(db: Db, repositoryId: number | null = null): Webhook[] {
  return (sql(db, LIST).all({ repositoryId }) as Raw[]).map(fromRaw);
}

export function getWebhook(db: Db, id: number): Webhook | null {
  const row = sql(db, GET).get(id) as Raw | undefined;
  return row === undefined ? null : fromRaw(row);
}

/** It is called for what happens from now on. */
export function insertWebhook(
  db: Db,
  hook: { repositoryId: number; url: string; events: readonly WebhookEvent[]; secret: string; at: number },
): number {
  const { lastInsertRowid } = sql(
    db,
    `INSERT INTO webhooks (repository_id, url, events, secret, created_at, after_fact)
       SELECT @repositoryId, @url, @events, @secret, @at, coalesce(max(id), 0) FROM facts`,
  ).run({ ...hook, events: JSON.stringify(hook.events) });
  return Number(lastInsertRowid);
}

export function deleteWebhook(db: Db, id: number): void {
  sql(db, 'DELETE FROM webhooks WHERE id = ?').run(id);
}

/** Notes that deliveries were made of all facts up to one; false when another process did it. */
export function moveWebhook(db: Db, id: number, { from, to }: { from: number; to: number }): boolean {
  return sql(db, 'UPDATE webhooks SET after_fact = ? WHERE id = ? AND after_fact = ?').run(to, id, from).changes > 0;
}

/** A failed or a successful try: since when all failed, and whether it is disabled now. */
export function setHealth(
  db: Db,
  id: number,
  { failingSince, disabledAt }: { failingSince: number | null; disabledAt: number | null },
): void {
  sql(db, 'UPDATE webhooks SET failing_since = ?, disabled_at = ? WHERE id = ?').run(failingSince, disabledAt, id);
}

/** A delivery as it is sent. */
export interface Delivery extends WebhookDelivery {
  readonly webhookId: number;
  readonly payload: string;
}

export function insertDelivery(
  db: Db,
  one: { id: string; webhookId: number; event: string; payload: string; at: number },
): void {
  sql(
    db,
    `INSERT INTO webhook_deliveries (id, webhook_id, event, payload, state, created_at, due_at)
       VALUES (@id, @webhookId, @event, @payload, 'waiting', @at, @at)`,
  ).run(one);
}

const VIEW = `id, event, state, attempts, created_at AS createdAt, CASE state WHEN 'waiting' THEN due_at END AS dueAt,
  ended_at AS endedAt, status, response, error`;
const LIST_DELIVERIES = `SELECT ${VIEW} FROM webhook_deliveries WHERE webhook_id = ? ORDER BY created_at DESC, rowid DESC LIMIT ?`;
const GET_DELIVERY = `SELECT ${VIEW}, webhook_id AS webhookId, payload FROM webhook_deliveries WHERE id = ?`;
const DUE = `SELECT ${VIEW}, webhook_id AS webhookId, payload FROM webhook_deliveries
  WHERE webhook_id = ? AND state = 'waiting' AND due_at <= ? ORDER BY due_at, rowid LIMIT 1`;

/** The newest first. */
export function listDeliveries(db: Db, webhookId: number, limit: number): WebhookDelivery[] {
  return sql(db, LIST_DELIVERIES).all(webhookId, limit) as WebhookDelivery[];
}

export function getDelivery(db: Db, id: string): Delivery | null {
  return (sql(db, GET_DELIVERY).get(id) as Delivery | undefined) ?? null;
}

/** The delivery of a webhook that is due longest; null: none is. */
export function dueDelivery(db: Db, webhookId: number, now: number): Delivery | null {
  return (sql(db, DUE).get(webhookId, now) as Delivery | undefined) ?? null;
}

export function countWaiting(db: Db, webhookId: number): number {
  return sql(db, `SELECT count(*) FROM webhook_deliveries WHERE webhook_id = ? AND state = 'waiting'`)
    .pluck()
    .get(webhookId) as number;
}

/** What became of a try. `dueAt` null: the delivery has ended. */
export function noteTry(
  db: Db,
  id: string,
  tried: {
    at: number;
    isDone: boolean;
    dueAt: number | null;
    status: number | null;
    response: string | null;
    error: string | null;
  },
): void {
  const { isDone, dueAt, ...rest } = tried;
  const state = isDone ? 'done' : dueAt === null ? 'failed' : 'waiting';
  const { at, ...answer } = rest;
  sql(
    db,
    `UPDATE webhook_deliveries SET attempts = attempts + 1, state = @state, due_at = coalesce(@dueAt, due_at),
       ended_at = @endedAt, status = @status, response = @response, error = @error WHERE id = @id`,
  ).run({ ...answer, id, state, dueAt, endedAt: state === 'waiting' ? null : at });
}

/** Ends what waits of a webhook that is disabled. */
export function giveUpWaiting(db: Db, webhookId: number, at: number): void {
  sql(
    db,
    `UPDATE webhook_deliveries SET state = 'failed', ended_at = ?, error = coalesce(error, 'the webhook is disabled')
       WHERE webhook_id = ? AND state = 'waiting'`,
  ).run(at, webhookId);
}

/** Keeps the newest ended deliveries of a webhook, and none that ended before a time. */
export function pruneDeliveries(db: Db, webhookId: number, keep: { newest: number; since: number }): void {
  sql(
    db,
    `DELETE FROM webhook_deliveries WHERE webhook_id = @webhookId AND state <> 'waiting' AND (ended_at < @since OR id IN
       (SELECT id FROM webhook_deliveries WHERE webhook_id = @webhookId AND state <> 'waiting'
        ORDER BY created_at DESC, rowid DESC LIMIT -1 OFFSET @newest))`,
  ).run({ webhookId, ...keep });
}
