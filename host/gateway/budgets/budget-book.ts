import type { AgentName } from '../../../protocol/names.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import { createWakeups } from '../../../system/pause.ts';
import { type Amounts, type BudgetDecision, type BudgetFacts, decideBudget, findBroken } from './decide-budget.ts';

type Line = Extract<GatewayControl, { type: 'budgets' }>;

/** A call that budgets count: from its admission until hived has counted it. */
interface Counted {
  readonly agent: AgentName;
  /** The budgets' windows in which it counts, those of its beginning. */
  readonly windows: ReadonlySet<string>;
  readonly reserved: Amounts;
  used: () => Amounts;
  /** What `used` said last. Asked of all calls for each piece of each answer, it would take most of the time. */
  last: Amounts;
  /** Its number among this gateway's reports; null while it runs. */
  report: number | null;
}

export type Admission = Exclude<BudgetDecision, { do: 'wait' }> | { readonly do: 'busy' };

/**
 * What budgets hold, what calls under way have reserved and used of them, and what ended calls have used that hived has
 * not counted yet. hived's sums and these never overlap: each line says up to which report its sums go.
 */
export type BudgetBook = ReturnType<typeof createBudgetBook>;

export function createBudgetBook({ instance, holdMs }: { instance: string; holdMs: number }) {
  let budgets: Line['budgets'] = [];
  const calls = new Map<string, Counted>();
  const changes = createWakeups();
  const keyOf = ({ id, window }: Pick<BudgetFacts, 'id' | 'window'>) => `${id} ${window}`;

  /** By what is known of the calls under way. */
  function factsFor(applies: (budget: Line['budgets'][number]) => boolean): BudgetFacts[] {
    return budgets.filter(applies).map((budget) => {
      const sums = { settled: budget.spent, reserved: 0, running: 0 };
      const key = keyOf(budget);
      for (const call of calls.values()) {
        if (!call.windows.has(key)) continue;
        const used = call.last[budget.unit] ?? 0;
        if (call.report !== null) sums.settled += used;
        else {
          sums.running += used;
          sums.reserved += Math.max(used, call.reserved[budget.unit] ?? 0);
        }
      }
      return { ...budget, ...sums };
    });
  }

  return {
    /** Replaces the budgets by hived's line. */
    replace(line: Line): void {
      budgets = line.budgets;
      if (line.instance === instance)
        for (const [id, { report }] of calls) if (report !== null && report <= line.upTo) calls.delete(id);
      changes.wake();
    },
    /** Whether a budget counts an agent's calls; `free`: one of a unit that a free call uses. */
    concerns: (agent: AgentName, { free }: { free: boolean }): boolean =>
      budgets.some(({ agents, unit }) => agents.includes(agent) && !(free && unit === 'usd')),
    /**
     * Admits a call, and reserves for it; or says which budget refuses it. While what is left is reserved by others it
     * waits, at most for `holdMs`: then it is `busy`.
     */
    async admit(
      call: { id: string; agent: AgentName; free: boolean; input: Amounts; whole: Amounts },
      signal: AbortSignal,
    ): Promise<Admission> {
      const until = performance.now() + holdMs;
      for (;;) {
        for (const running of calls.values()) running.last = running.used();
        const facts = factsFor(({ agents, unit }) => agents.includes(call.agent) && !(call.free && unit === 'usd'));
        const decision = decideBudget(facts, call.input);
        if (decision.do === 'refuse') return decision;
        if (decision.do === 'allow') {
          const began: Amounts = { usd: 0, tokens: 0, requests: 1 };
          calls.set(call.id, {
            agent: call.agent,
            windows: new Set(facts.map(keyOf)),
            reserved: call.whole,
            used: () => began,
            last: began,
            report: null,
          });
          return decision;
        }
        const left = until - performance.now();
        if (left <= 0 || signal.aborted) return { do: 'busy' };
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
      call.last = call.used();
      return findBroken(factsFor((budget) => call.windows.has(keyOf(budget))));
    },
    /** A call is over, with what it used; `report` is its number among the reports, null if it is not reported. */
    end(id: string, used: Amounts, report: number | null): void {
      const call = calls.get(id);
      if (call === undefined) return;
      if (report === null) calls.delete(id);
      else {
        call.used = () => used;
        call.last = used;
        call.report = report;
      }
      changes.wake();
    },
  };
}
