import type { AgentName } from '../../../protocol/names.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import { createWakeups } from '../../../system/pause.ts';
import { type Amounts, type BudgetDecision, type BudgetFacts, decideBudget, exceeds } from './decide-budget.ts';

type Line = Extract<GatewayControl, { type: 'budgets' }>;

type Budget = Line['budgets'][number];

/** A call that budgets count: from its admission until hived has counted it. */
interface Counted {
  readonly agent: AgentName;
  /** The budgets' windows in which it counts, those of its beginning. */
  readonly windows: ReadonlySet<string>;
  readonly reserved: Amounts;
  used: () => Amounts;
  /** What `used` said last, as it is contained in the sums. */
  last: Amounts;
  /** Its number among this gateway's reports; null while it runs. */
  report: number | null;
}

/** A budget with the sums of the calls that count in it, beside what hived has counted. */
interface Standing {
  readonly budget: Budget;
  /** Of calls that are over and that hived has not counted yet. */
  ended: number;
  running: number;
  /** Of calls under way: what they reserved, or have used where that is more. */
  reserved: number;
}

export type Admission = Exclude<BudgetDecision, { do: 'wait' }> | { readonly do: 'busy' };

/**
 * What budgets hold, what calls under way have reserved and used of them, and what ended calls have used that hived has
 * not counted yet. hived's sums and these never overlap: each line says up to which report its sums go.
 */
export type BudgetBook = ReturnType<typeof createBudgetBook>;

export function createBudgetBook({ instance, holdMs }: { instance: string; holdMs: number }) {
  let budgets: Budget[] = [];
  const calls = new Map<string, Counted>();
  /**
   * By budget and window. The sums are kept, and not made when they are asked for: a budget is asked about for each
   * piece of each answer.
   */
  let standings = new Map<string, Standing>();
  const changes = createWakeups();
  const keyOf = ({ id, window }: Pick<BudgetFacts, 'id' | 'window'>) => `${id} ${window}`;

  /** Adds a call to the sums of its budgets, or takes it out of them (`sign` -1). */
  function count(call: Counted, sign: 1 | -1): void {
    for (const key of call.windows) {
      const standing = standings.get(key);
      if (standing === undefined) continue;
      const { unit } = standing.budget;
      const used = call.last[unit] ?? 0;
      if (call.report !== null) standing.ended += sign * used;
      else {
        standing.running += sign * used;
        standing.reserved += sign * Math.max(used, call.reserved[unit] ?? 0);
      }
    }
  }

  /** Changes what is known of a call, and the sums with it. */
  function update(call: Counted, change: Partial<Pick<Counted, 'used' | 'last' | 'report'>>): void {
    count(call, -1);
    Object.assign(call, change);
    count(call, 1);
  }

  function remove(id: string): void {
    const call = calls.get(id);
    if (call === undefined) return;
    count(call, -1);
    calls.delete(id);
  }

  const stateOf = ({ budget, ended, running, reserved }: Standing): BudgetFacts => ({
    ...budget,
    settled: budget.spent + ended,
    running,
    reserved,
  });

  const isBroken = ({ budget, ended, running }: Standing): boolean =>
    exceeds({ settled: budget.spent + ended, running, amount: budget.amount });

  return {
    /** Replaces the budgets by hived's line. */
    replace(line: Line): void {
      budgets = line.budgets;
      if (line.instance === instance)
        for (const [id, { report }] of calls) if (report !== null && report <= line.upTo) calls.delete(id);
      // Made anew with each line, so that errors of rounding cannot add up.
      standings = new Map(budgets.map((budget) => [keyOf(budget), { budget, ended: 0, running: 0, reserved: 0 }]));
      for (const call of calls.values()) count(call, 1);
      changes.wake();
    },
    /** Whether a budget counts an agent's calls; `free`: one of a unit that a free call uses. */
    concerns: (agent: AgentName, { free }: { free: boolean }): boolean =>
      budgets.some(({ agents, unit }) => agents.includes(agent) && !(free && unit === 'usd')),
    /** Whether a budget in dollars counts an agent's calls. */
    countsMoney: (agent: AgentName): boolean =>
      budgets.some(({ agents, unit }) => unit === 'usd' && agents.includes(agent)),
    /**
     * Admits a call, and reserves for it; or says which budget refuses it. While what is left is reserved by others it
     * waits, at most for `holdMs`: then it is `busy`.
     */
    async admit(
      call: { id: string; agent: AgentName; free: boolean; input: Amounts; whole: Amounts },
      signal: AbortSignal,
      onWait: () => void = () => undefined,
    ): Promise<Admission> {
      const until = performance.now() + holdMs;
      for (;;) {
        // Nobody would end it.
        if (signal.aborted) return { do: 'busy' };
        for (const running of calls.values()) if (running.report === null) update(running, { last: running.used() });
        const facts = [...standings.values()]
          .filter(({ budget }) => budget.agents.includes(call.agent) && !(call.free && budget.unit === 'usd'))
          .map(stateOf);
        const decision = decideBudget(facts, call.input);
        if (decision.do === 'refuse') return decision;
        if (decision.do === 'allow') {
          const began: Amounts = { usd: 0, tokens: 0, requests: 1 };
          const counted: Counted = {
            agent: call.agent,
            windows: new Set(facts.map(keyOf)),
            reserved: call.whole,
            used: () => began,
            last: began,
            report: null,
          };
          calls.set(call.id, counted);
          count(counted, 1);
          return decision;
        }
        const left = until - performance.now();
        if (left <= 0) return { do: 'busy' };
        onWait();
        await changes.wait(left, signal);
      }
    },
    /** From now on a call has used what `used` says. */
    watch(id: string, used: () => Amounts): void {
      const call = calls.get(id);
      if (call !== undefined) call.used = used;
    },
    /** The budget that a call under way has used up, with the others; null while there is none. */
    broken(id: string): BudgetFacts | null {
      const call = calls.get(id);
      if (call === undefined) return null;
      update(call, { last: call.used() });
      for (const key of call.windows) {
        const standing = standings.get(key);
        if (standing !== undefined && isBroken(standing)) return stateOf(standing);
      }
      return null;
    },
    /** A call is over, with what it used; `report` is its number among the reports, null if it is not reported. */
    end(id: string, used: Amounts, report: number | null): void {
      const call = calls.get(id);
      if (call === undefined) return;
      if (report === null) remove(id);
      else update(call, { used: () => used, last: used, report });
      changes.wake();
    },
  };
}
