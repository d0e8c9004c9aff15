import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** A branch of another repository, which a pull request is from. */
export interface ForkBranch {
  readonly repositoryId: number;
  readonly ref: string;
}

/** Ties a pull request to the branch that it is from; whoever pushed there counts as having pushed to it. */
export function setForkBranch(db: Db, pullId: number, { repositoryId, ref }: ForkBranch): void {
  sql(db, 'UPDATE pulls SET head_repository_id = @repositoryId WHERE id = @pullId').run({ pullId, repositoryId });
  copyPushers(db, pullId, { repositoryId, ref });
}

export function copyPushers(db: Db, pullId: number, { repositoryId, ref }: ForkBranch): void {
  sql(
    db,
    `INSERT OR IGNORE INTO pull_pushers (pull_id, name)
       SELECT @pullId, name FROM ref_pushers WHERE repository_id = @repositoryId AND ref = @ref`,
  ).run({ pullId, repositoryId, ref });
}

/** An open pull request whose branch in another repository has a commit that it does not know. */
export interface ForkMove extends ForkBranch {
  readonly pullId: number;
  readonly oid: string;
}

/** All of them, except those whose newest commit was refused. */
export function forkMoves(db: Db): ForkMove[] {
  const text = `SELECT pulls.id AS pullId, head_repository_id AS repositoryId, refs.name AS ref, refs.oid AS oid FROM pulls
    JOIN refs ON refs.repository_id = head_repository_id
      AND refs.name = 'refs/heads/' || substr(head, instr(head, ':') + 1)
    WHERE head_repository_id IS NOT NULL AND state = 'open' AND refs.oid <> head_oid AND refs.oid IS NOT refused_oid
    ORDER BY pulls.id`;
  return sql(db, text).all() as ForkMove[];
}

export function setRefused(db: Db, pullId: number, oid: string): void {
  sql(db, 'UPDATE pulls SET refused_oid = @oid WHERE id = @pullId').run({ pullId, oid });
}

/** Facts that are searched for a push. */
const RECENT = 5_000;

/** Who moved a ref to a commit; null: it is not among the recent pushes. */
export function findMover(db: Db, move: { repo: string; ref: string; oid: string }): string | null {
  const row = sql(
    db,
    `SELECT made_by AS name FROM facts
       WHERE id > (SELECT coalesce(max(id), 0) FROM facts) - @recent AND kind = 'forge.pushed' AND repo = @repo
         AND EXISTS (SELECT 1 FROM json_each(data, '$.refs')
           WHERE json_extract(value, '$.ref') = @ref AND json_extract(value, '$.new') = @oid)
       ORDER BY id DESC LIMIT 1`,
  ).get({ ...move, recent: RECENT }) as { name: string } | undefined;
  return row?.name ?? null;
}
