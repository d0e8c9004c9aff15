import type { MessageView } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { viewMessage } from './messages.ts';
import { sql } from '../../../../../store/statements.ts';

/**
 * A page of messages with their receipts, oldest first; `next` is the cursor of the following page, null at
 * the end.
 */
export function exportPage(
  db: Db,
  query: { of: string | null; after: number; limit: number },
): { messages: MessageView[]; next: number | null } {
  const { of, after, limit } = query;
  const ids = (
    of === null
      ? sql(db, 'SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT ?').pluck().all(after, limit)
      : sql(
          db,
          `SELECT id FROM (
             SELECT id FROM (SELECT id FROM messages WHERE sender = @of AND id > @after ORDER BY id LIMIT @limit)
             UNION
             SELECT id FROM (SELECT message_id AS id FROM deliveries WHERE recipient = @of AND message_id > @after ORDER BY message_id LIMIT @limit)
           ) ORDER BY id LIMIT @limit`,
        )
          .pluck()
          .all({ of, after, limit })
  ) as number[];
  const last = ids.at(-1);
  return {
    messages: ids.flatMap((id) => viewMessage(db, id) ?? []),
    next: last === undefined || ids.length < limit ? null : last,
  };
}
