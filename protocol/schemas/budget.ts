import * as z from 'zod';
import { agentName, epochMs, rowId } from '../names.ts';

/** Whose calls a budget is about: one agent, an agent with everybody below it, all agents of a role, or all agents. */
export const budgetScope = z.union(
  [
    agentName,
    z.literal('hive'),
    z
      .string()
      .startsWith('subtree:')
      .refine((text) => agentName.safeParse(text.slice('subtree:'.length)).success),
    z.string().regex(/^@role:[^\s\p{Cs}][^\n\r\u2028\u2029\p{Cs}]{0,63}$/u),
  ],
  { error: 'a budget is for an agent\'s name, "subtree:<agent>", "@role:<role>" or "hive"' },
);
export type BudgetScope = z.infer<typeof budgetScope>;

/** What is counted. Tokens of all kinds count alike: input, output, read from a cache and written to it. */
export const budgetUnit = z.enum(['usd', 'tokens', 'requests']);
export type BudgetUnit = z.infer<typeof budgetUnit>;

/**
 * The time in which the amount may be used. Hours, days and months are those of the hive's time zone; `total` begins
 * when the budget is set; `turn` holds for each turn of each of its agents.
 */
export const budgetPeriod = z.enum(['turn', 'hour', 'day', 'month', 'total']);
export type BudgetPeriod = z.infer<typeof budgetPeriod>;

/** An amount: dollars may have fractions, of a hundredth of a cent at least; tokens and requests may not. */
export const budgetAmount = z.number().min(0.0001).max(1e12);

/** A budget with what was used of it in the present window. */
export const budgetView = z.strictObject({
  id: rowId,
  scope: budgetScope,
  unit: budgetUnit,
  per: budgetPeriod,
  amount: z.number(),
  /** Used in this window; for a budget per turn, the most that a running turn has used. */
  spent: z.number(),
  /** When the window began and ends; null where it has no such time. */
  from: epochMs.nullable(),
  until: epochMs.nullable(),
  /** The agents that it applies to now. */
  agents: z.array(agentName),
  /** Agents that it stopped and that wait now. */
  stopped: z.array(agentName),
  createdAt: epochMs,
  /** What was used in earlier windows, newest first. */
  history: z.array(z.strictObject({ from: epochMs, spent: z.number() })),
});
export type BudgetView = z.infer<typeof budgetView>;
