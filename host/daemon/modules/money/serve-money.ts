import { sayAmount, sayBudget } from '../../../../protocol/budget-words.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { BudgetView } from '../../../../protocol/schemas/budget.ts';
import type { HeartbeatOutput } from '../../../../protocol/schemas/harness.ts';
import type { BudgetStop } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { agentExists } from '../agents/queries.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { type BudgetsLine, composeLine } from './compose-line.ts';
import { countBefore, countSpending, type EndedCall } from './count-spending.ts';
import { listOpenTurns } from '../turns/queries.ts';
import { appliesTo, ownerOf } from './policy/scope.ts';
import { createPresentWindows } from './present-windows.ts';
import { findStanding, listStandings } from './standings.ts';
import {
  addSpent,
  type BudgetRow,
  clearTold,
  deleteBudget,
  listBudgetRows,
  putBudget,
  spentIn,
} from './store/budgets.ts';
import { SLOT_MS, spentOf } from './store/spending.ts';
import { viewBudget } from './view-budget.ts';

const HOUR_MS = 3_600_000;

/** Budgets and windows of an agent whose stops are remembered as logged. */
const MOST_LOGGED = 1_000;

export interface MoneyDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  memory: AgentMemory;
  clock: () => number;
  /** The hive's time zone, in which hours, days and months are counted. */
  timeZone: string;
  mail: Pick<MailContext, 'post'>;
  /** Tells the gateway. */
  send: (line: BudgetsLine) => void;
  /** Gives an agent that waits its next turn at once. */
  unpark: (name: AgentName) => Promise<void>;
}

/** Counts what calls cost, and keeps budgets: what is used of them, and whom they stopped. */
export type Money = ReturnType<typeof createMoney>;

export function createMoney(deps: MoneyDeps) {
  const { db, events, clock, timeZone } = deps;
  const stops = deps.memory.keep<BudgetStop, AgentName>('budget stop');
  /** The budgets and windows of each agent whose stops are in the event log. */
  const logged = deps.memory.keep<Set<string>, AgentName>('logged stops');
  const windowNow = createPresentWindows(clock, timeZone);
  /** The newest call of a gateway that is stored. */
  let counted = { instance: '', upTo: 0 };
  let nextTurnOfWindow: number | null = null;
  let hasTold = false;

  /** A gateway that was never told of budgets has none. */
  function push(): void {
    const { budgets, endsAt } = composeLine(db, { windowNow, now: clock() });
    nextTurnOfWindow = endsAt;
    if (budgets.length === 0 && !hasTold) return;
    hasTold = budgets.length > 0;
    deps.send({ type: 'budgets', ...counted, budgets });
  }

  /** Lets the agents that a budget stopped try again. */
  async function resume(budget: number): Promise<void> {
    for (const [name, stop] of stops) {
      if (stop.budget !== budget) continue;
      stops.delete(name);
      if (agentExists(db, name)) await deps.unpark(name);
    }
  }

  const view = (row: BudgetRow, all?: ReturnType<typeof listStandings>): BudgetView =>
    viewBudget(db, row, {
      windowNow,
      stoppedBy: (name) => stops.get(name)?.budget,
      ...(all === undefined ? {} : { all }),
    });

  return {
    count: (tx: Tx, calls: readonly EndedCall[]) => countSpending(tx, calls, { ...deps, windowNow }),
    push,
    standingOf: findStanding,
    /** A turn has begun: a budget per turn begins with it. */
    turnStarted(): void {
      if (listBudgetRows(db).some(({ per }) => per === 'turn')) push();
    },
    /** Notes the newest call of a gateway that is stored, and tells the gateway what is used now. */
    storedUpTo(instance: string | undefined, upTo: number): void {
      if (instance !== undefined)
        counted = { instance, upTo: instance === counted.instance ? Math.max(upTo, counted.upTo) : upTo };
      push();
    },
    /** A budget stopped a call of an agent. */
    async hearStop(stop: BudgetStop): Promise<void> {
      const row = listBudgetRows(db).find(({ id }) => id === stop.budget);
      if (row === undefined || !agentExists(db, stop.agent)) return;
      stops.set(stop.agent, stop);
      const known = logged.get(stop.agent) ?? new Set();
      const key = `${stop.budget} ${stop.window}`;
      if (known.has(key)) return;
      if (known.size >= MOST_LOGGED) known.clear();
      logged.set(stop.agent, known.add(key));
      const until = row.per === 'turn' ? null : windowNow(row.per).end;
      await events.record('budget.stopped', {
        agent: stop.agent,
        data: { id: row.id, budget: sayBudget(row), until, cut: stop.cut },
      });
    },
    /** The budget that stopped a call of an agent since `since` (epoch ms), while it still holds. */
    stopOf(name: AgentName, since: number): NonNullable<HeartbeatOutput['budget']> | null {
      const stop = stops.get(name);
      if (stop === undefined || stop.at < since) return null;
      const row = listBudgetRows(db).find(({ id }) => id === stop.budget);
      if (row === undefined) return null;
      const reason = `The budget of ${sayBudget(row)} is used up.`;
      return { reason, until: row.per === 'turn' ? null : windowNow(row.per).end, ofTurn: row.per === 'turn' };
    },
    async set(
      budget: Pick<BudgetRow, 'scope' | 'unit' | 'per' | 'amount'>,
      by: string,
    ): Promise<{ budget: BudgetView; replaced: boolean }> {
      const { id, replaced } = await deps.writer.writeVital((tx) => {
        const owner = ownerOf(budget.scope);
        if (owner !== null && !agentExists(tx.db, owner))
          throw new HiveError('unknown_agent', `There is no agent "${owner}" to set a budget for.`);
        const put = putBudget(tx.db, { ...budget, at: clock() });
        const used = put.replaced ? 0 : countBefore(tx, budget, windowNow);
        if (used > 0)
          addSpent(tx.db, { budget: put.id, window: windowNow(budget.per).start, at: clock(), amount: used });
        clearTold(tx.db, put.id);
        events.append(tx, 'budget.changed', { agent: owner, data: { id: put.id, ...budget, by } });
        return put;
      });
      push();
      await resume(id);
      const row = listBudgetRows(db).find((one) => one.id === id);
      if (row === undefined) throw new HiveError('not_found', 'The budget was removed meanwhile.');
      return { budget: view(row), replaced };
    },
    async remove(id: number, by: string): Promise<boolean> {
      const removed = await deps.writer.writeVital((tx) => {
        const row = listBudgetRows(tx.db).find((one) => one.id === id);
        if (row === undefined) return false;
        deleteBudget(tx.db, id);
        const { scope, unit, per } = row;
        events.append(tx, 'budget.changed', {
          agent: ownerOf(scope),
          data: { id, scope, unit, per, amount: null, by },
        });
        return true;
      });
      push();
      await resume(id);
      return removed;
    },
    /** What is left of the budgets that count an agent's calls. */
    leftFor(name: AgentName): { budget: string; left: string; until: string | null }[] {
      const standing = findStanding(db, name);
      const turn = listOpenTurns(db).find(({ agent }) => agent === name)?.id ?? null;
      return listBudgetRows(db)
        .filter((row) => appliesTo(row.scope, standing))
        .map((row) => {
          const window = row.per === 'turn' ? { start: turn, end: null } : windowNow(row.per);
          const spent = window.start === null ? 0 : spentIn(db, row.id, window.start);
          const left = sayAmount(row.unit, Math.max(0, row.amount - spent));
          return {
            budget: sayBudget(row),
            left,
            until: window.end === null ? null : new Date(window.end).toISOString(),
          };
        });
    },
    /** What an agent's calls of today used, by the hive's time zone. */
    spentToday: (name: AgentName) => spentOf(db, { agents: [name], role: null, window: windowNow('day') }),
    /** What ended lately: the calls since the beginning of a quarter of an hour, an hour ago or somewhat more. */
    lately() {
      const now = clock();
      const since = now - HOUR_MS - ((now - HOUR_MS) % SLOT_MS);
      const { calls, usage } = spentOf(db, { agents: null, role: null, window: { start: since, end: now + SLOT_MS } });
      return { since, calls, usage, usdPerHour: (usage.costUsd * HOUR_MS) / (now - since) };
    },
    list(): BudgetView[] {
      const all = listStandings(db);
      return listBudgetRows(db).map((row) => view(row, all));
    },
    /** When the first window ends, so that its agents may go on. */
    nextDueAt: (): number | null => nextTurnOfWindow,
    async fireDue(now: number): Promise<void> {
      if (nextTurnOfWindow === null || now < nextTurnOfWindow) return;
      push();
      for (const row of listBudgetRows(db)) {
        if (row.per === 'turn' || row.per === 'total') continue;
        const { start } = windowNow(row.per);
        if ([...stops].some(([, stop]) => stop.budget === row.id && stop.window !== start)) await resume(row.id);
      }
    },
  };
}
