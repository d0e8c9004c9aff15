import type { BudgetPeriod, BudgetScope, BudgetUnit } from '../../../../../protocol/schemas/budget.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** A budget as it is stored. */
export interface BudgetRow {
  readonly id: number;
  readonly scope: BudgetScope;
  readonly unit: BudgetUnit;
  readonly per: BudgetPeriod;
  readonly amount: number;
  readonly createdAt: number;
}

/** What the operator was told of a window: nothing, that most of it is used, or that all of it is. */
export type Told = '' | 'warned' | 'reached';

export function listBudgetRows(db: Db): BudgetRow[] {
  return sql(
    db,
    'SELECT id, scope, unit, per, amount, created_at AS createdAt FROM budgets ORDER BY scope, unit, per',
  ).all() as BudgetRow[];
}

/** Sets a budget, or the amount of the one with the same scope, unit and period. */
export function putBudget(
  db: Db,
  budget: Omit<BudgetRow, 'id' | 'createdAt'> & { at: number },
): { id: number; replaced: boolean } {
  const known = sql(db, 'SELECT id FROM budgets WHERE scope = ? AND unit = ? AND per = ?')
    .pluck()
    .get(budget.scope, budget.unit, budget.per) as number | undefined;
  if (known !== undefined) {
    sql(db, 'UPDATE budgets SET amount = ? WHERE id = ?').run(budget.amount, known);
    return { id: known, replaced: true };
  }
  const { lastInsertRowid } = sql(
    db,
    'INSERT INTO budgets (scope, unit, per, amount, created_at) VALUES (@scope, @unit, @per, @amount, @at)',
  ).run(budget);
  return { id: Number(lastInsertRowid), replaced: false };
}

/** Deletes a budget with its windows; false when there is none of this id. */
export function deleteBudget(db: Db, id: number): boolean {
  sql(db, 'DELETE FROM budget_windows WHERE budget = ?').run(id);
  return sql(db, 'DELETE FROM budgets WHERE id = ?').run(id).changes > 0;
}

/** Budgets whose scope is one of these. */
export function deleteBudgetsOf(db: Db, scopes: readonly string[]): number {
  const ids = sql(db, 'SELECT id FROM budgets WHERE scope IN (SELECT value FROM json_each(?))')
    .pluck()
    .all(JSON.stringify(scopes)) as number[];
  for (const id of ids) deleteBudget(db, id);
  return ids.length;
}

/** Adds to what was used in a window. Returns the new sum and what the operator was told of it. */
export function addSpent(
  db: Db,
  to: { budget: number; window: number; at: number; amount: number },
): { spent: number; told: Told } {
  return sql(
    db,
    `INSERT INTO budget_windows (budget, window, at, spent) VALUES (@budget, @window, @at, @amount)
     ON CONFLICT (budget, window) DO UPDATE SET spent = spent + excluded.spent RETURNING spent, told`,
  ).get(to) as { spent: number; told: Told };
}

export function spentIn(db: Db, budget: number, window: number): number {
  const spent = sql(db, 'SELECT spent FROM budget_windows WHERE budget = ? AND window = ?').pluck().get(budget, window);
  return (spent as number | undefined) ?? 0;
}

export function setTold(db: Db, of: { budget: number; window: number }, told: Told): void {
  sql(db, 'UPDATE budget_windows SET told = ? WHERE budget = ? AND window = ?').run(told, of.budget, of.window);
}

/** Forgets what the operator was told of a budget's windows: its amount changed. */
export function clearTold(db: Db, budget: number): void {
  sql(db, "UPDATE budget_windows SET told = '' WHERE budget = ?").run(budget);
}

/** The windows before one, newest first. */
export function windowsBefore(db: Db, of: { budget: number; window: number; limit: number }) {
  return sql(
    db,
    `SELECT window AS "from", spent FROM budget_windows WHERE budget = @budget AND window < @window
     ORDER BY window DESC LIMIT @limit`,
  ).all(of) as { from: number; spent: number }[];
}

/**
 * Deletes windows that began before a time, but not what a budget of the whole time has used. Returns the number
 * deleted.
 */
export function pruneWindows(db: Db, { before, limit }: { before: number; limit: number }): number {
  return sql(
    db,
    `DELETE FROM budget_windows WHERE (budget, window) IN
       (SELECT budget, window FROM budget_windows WHERE at < ? AND window <> 0 LIMIT ?)`,
  ).run(before, limit).changes;
}
