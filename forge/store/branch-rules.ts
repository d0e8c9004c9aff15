import type { BranchRule } from '../../protocol/schemas/pull.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

export function rulesOf(db: Db, repositoryId: number): BranchRule[] {
  const text = 'SELECT pattern, approvals, direct FROM branch_rules WHERE repository_id = ? ORDER BY pattern';
  return sql(db, text).all(repositoryId) as BranchRule[];
}

export function putRule(db: Db, repositoryId: number, rule: BranchRule): void {
  sql(
    db,
    `INSERT OR REPLACE INTO branch_rules (repository_id, pattern, approvals, direct)
       VALUES (@repositoryId, @pattern, @approvals, @direct)`,
  ).run({ ...rule, repositoryId });
}

/** Whether there was one. */
export function deleteRule(db: Db, repositoryId: number, pattern: string): boolean {
  const text = 'DELETE FROM branch_rules WHERE repository_id = ? AND pattern = ?';
  return sql(db, text).run(repositoryId, pattern).changes > 0;
}
