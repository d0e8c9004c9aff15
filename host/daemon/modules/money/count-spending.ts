import { sayAmount, sayBudget } from '../../../../protocol/budget-words.ts';
import { countCall } from '../../../../protocol/count-call.ts';
import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { UsageRecord } from '../../../../protocol/schemas/service.ts';
import type { EventLog } from '../../core/event-log.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { newestTurnAt } from '../turns/queries.ts';
import { NO_TURN } from './compose-line.ts';
import { appliesTo, ownerOf, type Standing } from './policy/scope.ts';
import { decideTold } from './policy/told.ts';
import type { PresentWindows } from './present-windows.ts';
import { listStandings } from './standings.ts';
import { addSpent, type BudgetRow, listBudgetRows, setTold } from './store/budgets.ts';
import { addSpending, spentOf } from './store/spending.ts';

export interface CountDeps {
  events: EventLog;
  clock: () => number;
  windowNow: PresentWindows;
  mail: Pick<MailContext, 'post'>;
}

/** Whose call it was: its agent's place when it began, and the turn in which it was made, if one was. */
export interface CallPlace {
  readonly turn: number | null;
  readonly standing: Standing;
}

/** An ended call that is stored now. */
export interface EndedCall {
  readonly record: UsageRecord;
  readonly place: CallPlace;
}

/**
 * Counts ended calls in the transaction that stores them: for what they cost, and for the budgets that concern them,
 * each of which is written once.
 */
export function countSpending(tx: Tx, calls: readonly EndedCall[], deps: CountDeps): void {
  const rows = listBudgetRows(tx.db);
  const sums = new Map<string, { row: BudgetRow; window: number; amount: number }>();
  for (const { record, place } of calls) {
    addSpending(tx.db, record, place.standing);
    const used = countCall(record);
    for (const row of rows) {
      if (!appliesTo(row.scope, place.standing)) continue;
      const window = row.per === 'turn' ? turnOf(tx, record, place) : deps.windowNow(row.per).start;
      const key = `${row.id} ${window}`;
      const sum = sums.get(key) ?? { row, window, amount: 0 };
      sum.amount += row.unit === 'requests' ? 1 : used[row.unit];
      sums.set(key, sum);
    }
  }
  for (const { row, ...sum } of sums.values()) countIn(tx, row, { ...sum, deps });
}

/** A call between turns counts in the one before it. */
function turnOf(tx: Tx, { agent, startedAt }: UsageRecord, { turn }: CallPlace): number {
  return turn ?? newestTurnAt(tx.db, agent, startedAt) ?? NO_TURN;
}

function countIn(
  tx: Tx,
  row: BudgetRow,
  { window, amount, deps }: { window: number; amount: number; deps: CountDeps },
) {
  const { id, unit } = row;
  const { spent, told } = addSpent(tx.db, { budget: id, window, at: deps.clock(), amount });
  const tell = row.per === 'turn' ? null : decideTold({ spent, amount: row.amount, told });
  if (tell === null) return;
  setTold(tx.db, { budget: id, window }, tell);
  const budget = sayBudget(row);
  deps.events.append(tx, `budget.${tell}`, { data: { id, budget, spent, unit, amount: row.amount } });
  const body =
    tell === 'warned'
      ? `${sayAmount(unit, spent)} of the budget of ${budget} are used. When all of it is, its agents wait.`
      : `The budget of ${budget} is used up: ${sayAmount(unit, spent)}. Its agents wait. To let them go on: hivectl budget set ${row.scope} --${unit} AMOUNT --per ${row.per}`;
  // A full mailbox must not keep the call itself from being counted.
  attempt(tx, (inner) => deps.mail.post(inner, { sender: SYSTEM, to: OPERATOR, kind: 'system', body }));
}

/** What a budget's agents used in its present window before it was set; the whole time begins with it. */
export function countBefore(
  tx: Tx,
  { scope, unit, per }: Pick<BudgetRow, 'scope' | 'unit' | 'per'>,
  windowNow: PresentWindows,
): number {
  if (per === 'turn' || per === 'total') return 0;
  const role = scope.startsWith('@role:') ? scope.slice('@role:'.length) : null;
  const named = ownerOf(scope) !== null;
  const agents = named ? listStandings(tx.db).flatMap((who) => (appliesTo(scope, who) ? [who.name] : [])) : null;
  const { calls, usage } = spentOf(tx.db, { agents, role, window: windowNow(per) });
  if (unit === 'requests') return calls;
  if (unit === 'usd') return usage.costUsd;
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}
