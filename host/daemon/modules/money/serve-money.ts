import { sayAmount, sayBudget } from '../../../../protocol/budget-words.ts';
import { countCall } from '../../../../protocol/count-call.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { BudgetView } from '../../../../protocol/schemas/budget.ts';
import type { HeartbeatOutput } from '../../../../protocol/schemas/harness.ts';
import type { BudgetStop, GatewayControl, UsageRecord } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { EventLog } from '../../core/event-log.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { agentExists } from '../agents/queries.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { listOpenTurns } from '../turns/queries.ts';
import { appliesTo, ownerOf, type Standing } from './policy/scope.ts';
import { decideTold } from './policy/told.ts';
import { createPresentWindows } from './present-windows.ts';
import { findStanding, listStandings } from './standings.ts';
import {
  addSpent,
  type BudgetRow,
  clearTold,
  deleteBudget,
  listBudgetRows,
  putBudget,
  setTold,
  spentIn,
  windowsBefore,
} from './store/budgets.ts';
import { addSpending, spentOf } from './store/spending.ts';

/** hived's line to the gateway about budgets. */
export type BudgetsLine = Extract<GatewayControl, { type: 'budgets' }>;
/** Budgets and windows of an agent whose stops are remembered as logged. */
const MOST_LOGGED = 1_000;
/** The windows of the past that are shown with a budget. */
const SHOWN_WINDOWS = 30;

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

  /** The gateway's view of every budget: one entry for each window that a call could count in now. */
  function composeLine(): BudgetsLine {
    nextTurnOfWindow = null;
    const rows = listBudgetRows(db);
    if (rows.length === 0) return { type: 'budgets', ...counted, budgets: [] };
    const all = listStandings(db);
    const turns = listOpenTurns(db);
    const now = clock();
    const budgets = rows.flatMap((row): BudgetsLine['budgets'] => {
      const { id, unit, amount } = row;
      const agents = all.filter((who) => appliesTo(row.scope, who)).map(({ name }) => name as AgentName);
      const common = { id, unit, amount, words: `The budget of ${sayBudget(row)} is used up.` };
      if (row.per === 'turn')
        return turns
          .filter(({ agent }) => agents.includes(agent as AgentName))
          .map((turn) => ({
            ...common,
            window: turn.id,
            agents: [turn.agent as AgentName],
            spent: spentIn(db, id, turn.id),
          }));
      const { start, end } = windowNow(row.per, now);
      if (end !== null) nextTurnOfWindow = Math.min(end, nextTurnOfWindow ?? Infinity);
      const words = end === null ? common.words : `${common.words} It begins again at ${new Date(end).toISOString()}.`;
      return [{ ...common, words, window: start, agents, spent: spentIn(db, id, start) }];
    });
    return { type: 'budgets', ...counted, budgets };
  }

  /** A gateway that was never told of budgets has none. */
  function push(): void {
    const line = composeLine();
    if (line.budgets.length === 0 && !hasTold) return;
    hasTold = line.budgets.length > 0;
    deps.send(line);
  }

  /**
   * Counts an ended call in the transaction that stores it. `standing` is the agent's place when it began.
   */
  function count(tx: Tx, record: UsageRecord, facts: { turn: number | null; standing: Standing }): void {
    addSpending(tx.db, record, facts.standing.role);
    const used = countCall(record);
    for (const row of listBudgetRows(tx.db))
      if (appliesTo(row.scope, facts.standing)) countIn(tx, row, { ...facts, used });
  }

  function countIn(tx: Tx, row: BudgetRow, of: { turn: number | null; used: ReturnType<typeof countCall> }): void {
    if (row.per === 'turn' && of.turn === null) return;
    const window = row.per === 'turn' ? (of.turn ?? 0) : windowNow(row.per).start;
    const amount = row.unit === 'requests' ? 1 : of.used[row.unit];
    const { spent, told } = addSpent(tx.db, { budget: row.id, window, at: clock(), amount });
    const tell = row.per === 'turn' ? null : decideTold({ spent, amount: row.amount, told });
    if (tell === null) return;
    setTold(tx.db, { budget: row.id, window }, tell);
    const { id, unit } = row;
    const budget = sayBudget(row);
    events.append(tx, `budget.${tell}`, { data: { id, budget, spent, unit, amount: row.amount } });
    tellOperator(
      tx,
      tell === 'warned'
        ? `${sayAmount(unit, spent)} of the budget of ${budget} are used. When all of it is, its agents wait.`
        : `The budget of ${budget} is used up: ${sayAmount(unit, spent)}. Its agents wait. To let them go on: hivectl budget set ${row.scope} ${flagOf(row)} AMOUNT --per ${row.per}`,
    );
  }

  /** A full mailbox must not keep the call itself from being counted. */
  function tellOperator(tx: Tx, body: string): void {
    attempt(tx, (inner) => deps.mail.post(inner, { sender: SYSTEM, to: OPERATOR, kind: 'system', body }));
  }

  /** Lets the agents that a budget stopped try again. */
  async function resume(budget: number): Promise<void> {
    for (const [name, stop] of stops) {
      if (stop.budget !== budget) continue;
      stops.delete(name);
      if (agentExists(db, name)) await deps.unpark(name);
    }
  }

  function view(row: BudgetRow, all = listStandings(db)): BudgetView {
    const agents = all.filter((who) => appliesTo(row.scope, who)).map(({ name }) => name as AgentName);
    const stopped = agents.filter((name) => stops.get(name)?.budget === row.id);
    if (row.per === 'turn') {
      const turns = listOpenTurns(db).filter(({ agent }) => agents.includes(agent as AgentName));
      const spent = Math.max(0, ...turns.map((turn) => spentIn(db, row.id, turn.id)));
      return { ...row, spent, from: null, until: null, agents, stopped, history: [] };
    }
    const { start, end } = windowNow(row.per);
    const history = windowsBefore(db, { budget: row.id, window: start, limit: SHOWN_WINDOWS });
    const from = row.per === 'total' ? row.createdAt : start;
    return { ...row, spent: spentIn(db, row.id, start), from, until: end, agents, stopped, history };
  }

  /** What its agents used in the present window before the budget was set; the whole time begins with it. */
  function usedBefore(tx: Tx, row: Omit<BudgetRow, 'id' | 'createdAt'>): number {
    if (row.per === 'turn' || row.per === 'total') return 0;
    const role = row.scope.startsWith('@role:') ? row.scope.slice('@role:'.length) : null;
    const named = ownerOf(row.scope) !== null;
    const agents = named ? listStandings(tx.db).flatMap((who) => (appliesTo(row.scope, who) ? [who.name] : [])) : null;
    const { calls, usage } = spentOf(tx.db, { agents, role, since: windowNow(row.per).start });
    if (row.unit === 'requests') return calls;
    if (row.unit === 'usd') return usage.costUsd;
    return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  }

  return {
    count,
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
        const used = put.replaced ? 0 : usedBefore(tx, budget);
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

function flagOf({ unit }: Pick<BudgetRow, 'unit'>): string {
  return `--${unit}`;
}
