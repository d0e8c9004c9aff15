import type { PullState } from '../../protocol/schemas/pull.ts';
import type { Db } from '../../store/open-store.ts';
import { sql, textPerKey } from '../../store/statements.ts';
import { type Pull, PULL_COLUMNS, type PullRow, toPull } from './pulls.ts';

export const PULL_ORDERS = ['newest', 'oldest', 'recentupdate', 'leastupdate'] as const;
export type PullOrder = (typeof PULL_ORDERS)[number];

const BY: Record<PullOrder, string> = {
  newest: 'number DESC',
  oldest: 'number',
  recentupdate: 'updated_at DESC, number DESC',
  leastupdate: 'updated_at, number',
};

/** Which pull requests of one repository. */
export interface PullChoice {
  readonly repositoryId: number;
  readonly states: readonly PullState[];
  readonly author: string | null;
  readonly base: string | null;
  readonly head: string | null;
  /** The head's newest commit. */
  readonly headOid: string | null;
  /** Ids of labels that they have, all of them. */
  readonly labels: readonly number[];
}

const CHOSEN = `FROM pulls WHERE repository_id = @repositoryId AND state IN (SELECT value FROM json_each(@states))
  AND (@author IS NULL OR author = @author) AND (@base IS NULL OR base = @base) AND (@head IS NULL OR head = @head)
  AND (@headOid IS NULL OR head_oid = @headOid)
  AND NOT EXISTS (SELECT value FROM json_each(@labels)
    WHERE value NOT IN (SELECT label_id FROM pull_labels WHERE pull_id = pulls.id))`;
const LISTS = textPerKey(
  PULL_ORDERS,
  (order) => `SELECT ${PULL_COLUMNS} ${CHOSEN} ORDER BY ${BY[order]} LIMIT @limit OFFSET @skip`,
);
const COUNT = `SELECT count(*) AS count ${CHOSEN}`;

/** A page of a repository's pull requests, and the number of all that were chosen. */
export function pullsOf(
  db: Db,
  choice: PullChoice,
  page: { order: PullOrder; skip: number; limit: number },
): { pulls: Pull[]; total: number } {
  const chosen = { ...choice, states: JSON.stringify(choice.states), labels: JSON.stringify(choice.labels) };
  const { order, ...part } = page;
  const rows = sql(db, LISTS[order]).all({ ...chosen, ...part }) as PullRow[];
  return { pulls: rows.map(toPull), total: (sql(db, COUNT).get(chosen) as { count: number }).count };
}
