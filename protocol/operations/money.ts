import * as z from 'zod';
import { epochMs, rowId } from '../names.ts';
import { op } from '../op.ts';
import { modelEntry, modelName } from '../schemas/model.ts';
import { priceRow } from '../schemas/price.ts';
import { providerName } from '../schemas/provider.ts';
import { usageSum } from '../schemas/agent.ts';
import { budgetAmount, budgetPeriod, budgetScope, budgetUnit, budgetView } from '../schemas/budget.ts';

/**
 * What costs can be listed by. `project`: the projects that the agent of a call was in when it began, joined with "+";
 * empty for none, and for calls from before there were projects.
 */
export const costGroup = z.enum(['agent', 'role', 'model', 'provider', 'project', 'day']);
export type CostGroup = z.infer<typeof costGroup>;
/** The time that costs are listed for: since midnight, Monday or the first of the month in the hive's time zone. */
export const costSpan = z.enum(['today', 'week', 'month']);

/** The most days in one answer, and the most rows: what the others used is one sum. */
const MOST_DAYS = 92;
export const MOST_DAILY_ROWS = 30;

/** Figures of each day, in the order of the answer's days. */
const dailyFigures = z.strictObject({
  usd: z.array(z.number().nonnegative()),
  tokens: z.array(z.int().nonnegative()),
  calls: z.array(z.int().nonnegative()),
  /** Calls without a known price, of which nothing is in `usd`. */
  unpriced: z.array(z.int().nonnegative()),
});
export type DailyFigures = z.infer<typeof dailyFigures>;

/** Budgets, and what calls to models cost. */
export const moneyOperations = {
  setBudget: op({
    name: 'setBudget',
    audiences: ['operator'],
    method: 'PUT',
    path: '/budgets',
    summary: 'Limit what agents may use. One with the same scope, unit and period gets the new amount.',
    input: z.strictObject({ scope: budgetScope, unit: budgetUnit, per: budgetPeriod, amount: budgetAmount }),
    output: z.strictObject({ budget: budgetView, replaced: z.boolean() }),
    repeatable: true,
    errors: ['unknown_agent', 'storage_unavailable'],
  }),
  removeBudget: op({
    name: 'removeBudget',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/budgets/:id',
    summary: 'Lift a budget; the agents that it stopped go on.',
    input: z.strictObject({ id: z.coerce.number<number | string>().pipe(rowId) }),
    output: z.strictObject({ removed: z.boolean() }),
    repeatable: true,
    errors: ['storage_unavailable'],
  }),
  listBudgets: op({
    name: 'listBudgets',
    audiences: ['operator'],
    method: 'GET',
    path: '/budgets',
    summary: 'Budgets with what is used of them, and the agents that wait because of them.',
    input: z.strictObject({}),
    output: z.strictObject({ budgets: z.array(budgetView), timeZone: z.string() }),
    errors: [],
  }),
  listCosts: op({
    name: 'listCosts',
    audiences: ['operator'],
    method: 'GET',
    path: '/costs',
    summary: 'What calls to models used since midnight, Monday or the first of the month, the most expensive first.',
    input: z.strictObject({ span: costSpan.default('today'), by: costGroup.default('agent') }),
    output: z.strictObject({
      from: epochMs,
      timeZone: z.string(),
      rows: z.array(z.strictObject({ key: z.string(), calls: z.int().nonnegative(), usage: usageSum })),
      total: z.strictObject({ calls: z.int().nonnegative(), usage: usageSum }),
    }),
    errors: [],
  }),
  listDailyCosts: op({
    name: 'listDailyCosts',
    audiences: ['operator'],
    method: 'GET',
    path: '/costs/daily',
    summary: 'What calls to models used on each of the last days, today included; the most expensive first.',
    input: z.strictObject({
      days: z.coerce
        .number<number | string>()
        .pipe(
          z
            .int()
            .min(1)
            .max(MOST_DAYS, { error: `at most ${MOST_DAYS} days` }),
        )
        .default(30),
      by: costGroup.exclude(['day']).default('agent'),
    }),
    output: z.strictObject({
      timeZone: z.string(),
      /** The dates of the days in that time zone, as 2026-11-27, the oldest first. */
      days: z.array(z.string()),
      rows: z.array(dailyFigures.extend({ key: z.string() })),
      /** All others together; null when there are none. */
      others: dailyFigures.nullable(),
    }),
    errors: [],
  }),
  listPrices: op({
    name: 'listPrices',
    audiences: ['operator'],
    method: 'GET',
    path: '/prices',
    summary: 'What models cost, by which list; with a model, which of the prices applies to it.',
    input: z.strictObject({
      /** Of the model; without it, all models that are named in config.yaml or were called in the last 31 days. */
      provider: providerName.optional(),
      model: modelName.optional(),
    }),
    output: z.strictObject({
      /** Each model with the price that applies to it; null when none is known. */
      models: z.array(modelEntry.extend({ model: z.string(), row: priceRow.nullable() })),
      /** Every price that a provider of this hive can have, as listed. */
      rows: z.array(priceRow),
    }),
    errors: ['unknown_provider', 'invalid_input'],
  }),
} as const;
