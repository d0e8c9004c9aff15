import { type BranchRule, requiredStatuses, roleList } from '../../protocol/schemas/pull.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

type RuleRow = Omit<BranchRule, 'keepOnRebase' | 'owners' | 'roles' | 'queue' | 'statuses'> & {
  keepOnRebase: 0 | 1;
  queue: 0 | 1;
  owners: 0 | 1;
  roles: string;
  statuses: string;
};

export function rulesOf(db: Db, repositoryId: number): BranchRule[] {
  const text = `SELECT pattern, approvals, direct, keep_on_rebase AS keepOnRebase, owners, roles, queue, statuses
    FROM branch_rules
    WHERE repository_id = ? ORDER BY pattern`;
  return (sql(db, text).all(repositoryId) as RuleRow[]).map((row) => ({
    ...row,
    keepOnRebase: row.keepOnRebase === 1,
    owners: row.owners === 1,
    queue: row.queue === 1,
    roles: roleList.parse(JSON.parse(row.roles)),
    statuses: requiredStatuses.parse(JSON.parse(row.statuses)),
  }));
}

export function putRule(db: Db, repositoryId: number, rule: BranchRule): void {
  sql(
    db,
    `INSERT OR REPLACE INTO branch_rules
       (repository_id, pattern, approvals, direct, keep_on_rebase, owners, roles, queue, statuses)
     VALUES (@repositoryId, @pattern, @approvals, @direct, @keepOnRebase, @owners, @roles, @queue, @statuses)`,
  ).run({
    ...rule,
    keepOnRebase: rule.keepOnRebase ? 1 : 0,
    owners: rule.owners ? 1 : 0,
    queue: rule.queue ? 1 : 0,
    roles: JSON.stringify(rule.roles),
    statuses: JSON.stringify(rule.statuses),
    repositoryId,
  });
}

/** Whether there was one. */
export function deleteRule(db: Db, repositoryId: number, pattern: string): boolean {
  const text = 'DELETE FROM branch_rules WHERE repository_id = ? AND pattern = ?';
  return sql(db, text).run(repositoryId, pattern).changes > 0;
}
