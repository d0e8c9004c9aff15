import type { Attachment } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** How long an upload can be attached to a message, and is kept if it is not. */
export const UPLOAD_GOOD_MS = 3_600_000;
/** A file uses whole blocks of this size on disk, so that many tiny files fill it, too. */
const BLOCK_BYTES = 4_096;
/** Number of newest messages with a file that are checked for one that its would-be sender may see. */
const LOOK_BACK = 1_000;

/** The reader of a file. An agent sees nothing older than itself: its name may have been another's. */
export interface Viewer {
  name: string;
  /** When the agent was created. */
  since: number;
  /** The operator sees every message. */
  all: boolean;
}

/** Whether a viewer sent or received a message `m`. */
const VISIBLE = `(@all OR (m.at >= @since AND (m.sender = @name
  OR EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.recipient = @name))))`;

const bound = (viewer: Viewer) => ({ ...viewer, all: viewer.all ? 1 : 0 });

/** The capacity that a file uses, in bytes. */
export function roomOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BLOCK_BYTES)) * BLOCK_BYTES;
}

const ROOM_TAKEN = `SELECT COALESCE(SUM(MAX(1, (bytes + ${BLOCK_BYTES - 1}) / ${BLOCK_BYTES})), 0) * ${BLOCK_BYTES} FROM blobs`;

/** The capacity that all files use. Reads every row: for the start only. */
export function roomTaken(db: Db): number {
  return sql(db, ROOM_TAKEN).pluck().get() as number;
}

export function blobExists(db: Db, hash: string): boolean {
  return sql(db, 'SELECT 1 FROM blobs WHERE hash = ?').get(hash) !== undefined;
}

/** Records a file and that `owner` may attach it for an hour from now; either may exist already. */
export function insertUpload(db: Db, upload: { hash: string; bytes: number; owner: string; at: number }): void {
  const { hash, bytes, owner, at } = upload;
  sql(db, 'INSERT INTO blobs (hash, bytes, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING').run(hash, bytes, at);
  sql(
    db,
    'INSERT INTO uploads (hash, owner, until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = MAX(until, excluded.until)',
  ).run(hash, owner, at + UPLOAD_GOOD_MS);
}

const FIND_UPLOADED = `SELECT b.bytes FROM uploads u JOIN blobs b ON b.hash = u.hash
     WHERE u.hash = @hash AND u.owner = @name AND u.until > @now AND u.until - ${UPLOAD_GOOD_MS} >= @since`;

const FIND_CARRIED = `SELECT b.bytes FROM blobs b WHERE b.hash = @hash AND EXISTS (
       SELECT 1 FROM (SELECT message_id FROM attachments WHERE hash = @hash ORDER BY message_id DESC LIMIT ${LOOK_BACK}) a
       JOIN messages m ON m.id = a.message_id WHERE ${VISIBLE})`;

/** The size of a file that a viewer may attach: uploaded within the hour, or in a message that it sent or received. */
export function findAttachable(db: Db, hash: string, query: { viewer: Viewer; now: number }): number | null {
  const { viewer, now } = query;
  const uploaded = sql(db, FIND_UPLOADED).pluck().get({ hash, now, name: viewer.name, since: viewer.since }) as
    | number
    | undefined;
  if (uploaded !== undefined) return uploaded;
  const carried = sql(db, FIND_CARRIED)
    .pluck()
    .get({ hash, ...bound(viewer) }) as number | undefined;
  return carried ?? null;
}

const FIND_READABLE = `SELECT b.hash, b.bytes FROM attachments a JOIN blobs b ON b.hash = a.hash JOIN messages m ON m.id = a.message_id
     WHERE a.message_id = @message AND a.name = @file AND ${VISIBLE}`;

/** The file of that name in a message that the viewer sent or received. */
export function findReadable(
  db: Db,
  file: { message: number; name: string },
  viewer: Viewer,
): { hash: string; bytes: number } | null {
  const found = sql(db, FIND_READABLE).get({ message: file.message, file: file.name, ...bound(viewer) }) as
    | { hash: string; bytes: number }
    | undefined;
  return found ?? null;
}

export function insertAttachment(db: Db, messageId: number, file: Pick<Attachment, 'name' | 'hash'>): void {
  sql(db, 'INSERT INTO attachments (message_id, name, hash) VALUES (?, ?, ?)').run(messageId, file.name, file.hash);
}

/** Removes the attachments of messages that are about to be deleted. */
export function deleteAttachmentsOf(db: Db, messageIds: readonly number[]): void {
  sql(db, 'DELETE FROM attachments WHERE message_id IN (SELECT value FROM json_each(?))').run(
    JSON.stringify(messageIds),
  );
}

/** Deletes up to `limit` uploads whose hour is over; returns how many. */
export function deleteOldUploads(db: Db, now: number, limit: number): number {
  return sql(
    db,
    `DELETE FROM uploads WHERE (hash, owner) IN
       (SELECT hash, owner FROM uploads WHERE until <= ? ORDER BY until LIMIT ?)`,
  ).run(now, limit).changes;
}

/** No message, no standing reminder and no upload within the hour refers to blob `b`. */
const UNUSED = `NOT EXISTS (SELECT 1 FROM attachments a WHERE a.hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.hash = b.hash AND u.until > @now)
  AND NOT EXISTS (SELECT 1 FROM reminders r WHERE r.hash = b.hash AND r.state = 'standing')`;

const FIND_UNUSED = `SELECT b.hash FROM blobs b WHERE b.hash > @after AND b.hash <= @last AND ${UNUSED}`;

/** Checks the next `limit` files in the order of their hashes. `last` is null at the end. */
export function findUnused(
  db: Db,
  query: { after: string; now: number; limit: number },
): { hashes: string[]; last: string | null } {
  const { after, now, limit } = query;
  const window = sql(db, 'SELECT hash FROM blobs WHERE hash > ? ORDER BY hash LIMIT ?').pluck().all(after, limit);
  const last = window.at(-1) as string | undefined;
  if (last === undefined) return { hashes: [], last: null };
  const hashes = sql(db, FIND_UNUSED).pluck().all({ after, last, now }) as string[];
  return { hashes, last: window.length < limit ? null : last };
}

const DELETE_IF_UNUSED = `SELECT b.bytes FROM blobs b WHERE b.hash = @hash AND ${UNUSED}`;

/**
 * Deletes a file's row if nothing uses it now; returns its size, or null when something does. Fired and cancelled
 * reminders lose the reference: the messages that they became have their own.
 */
export function deleteIfUnused(db: Db, hash: string, now: number): number | null {
  const bytes = sql(db, DELETE_IF_UNUSED).pluck().get({ hash, now }) as number | undefined;
  if (bytes === undefined) return null;
  sql(db, 'UPDATE reminders SET hash = NULL, file_name = NULL WHERE hash = ?').run(hash);
  sql(db, 'DELETE FROM uploads WHERE hash = ?').run(hash);
  sql(db, 'DELETE FROM blobs WHERE hash = ?').run(hash);
  return bytes;
}

/** The hashes without a row. */
export function findUnknown(db: Db, hashes: readonly string[]): string[] {
  return sql(db, 'SELECT value FROM json_each(?) WHERE value NOT IN (SELECT hash FROM blobs)')
    .pluck()
    .all(JSON.stringify(hashes)) as string[];
}

/** On destruction of an agent, so that a later one with its name may attach none of its uploads. */
export function deleteUploadsOf(db: Db, owner: string): void {
  sql(db, 'DELETE FROM uploads WHERE owner = ?').run(owner);
}
