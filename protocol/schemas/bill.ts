import * as z from 'zod';
import { uuid } from '../names.ts';
import { usageSum } from './agent.ts';
import { providerTest } from './service.ts';

/** At most this many days are asked for at once: the longest that providers give in one answer. */
export const MAX_BILL_DAYS = 31;
/** More rows than any organization's models make in that time. */
export const MAX_BILL_ROWS = 2_000;

/** A day in UTC, as 2026-11-27: providers' days are those. */
const utcDay = z.iso.date();

/** What a provider counted; null: it does not say. Money may be below zero: a credit. */
const billed = z.strictObject({
  usd: z.number().nullable(),
  requests: z.int().nonnegative().nullable(),
  /** Of all kinds together. */
  tokens: z.int().nonnegative().nullable(),
});
export type Billed = z.infer<typeof billed>;

/** A day in a provider's figures; `model`: null for what it does not say by model. */
export const billedDay = billed.extend({ day: utcDay, model: z.string().max(200).nullable() });
export type BilledDay = z.infer<typeof billedDay>;

/** The gateway's answer to a `bill` line: a provider's figures, or why there are none. */
export const billReport = z.strictObject({
  id: uuid,
  failure: providerTest.nullable(),
  rows: z.array(billedDay).max(MAX_BILL_ROWS),
});
export type BillReport = z.infer<typeof billReport>;

/** What the hive counted. */
const counted = z.strictObject({
  calls: z.int().nonnegative(),
  /** Those whose tokens the provider did not report to their end. */
  estimatedCalls: z.int().nonnegative(),
  usage: usageSum,
});
export type Counted = z.infer<typeof counted>;

/**
 * Why figures differ:
 * - `not_over`: the day is not over, or the provider's figures of it may not be complete
 * - `unpriced`: the hive has calls without a known price, and nothing of them in its sum
 * - `elsewhere`: the provider counted more tokens: calls that did not go through this provider of the hive
 * - `estimated`: the hive counted more tokens, and has calls that it estimated
 * - `uncounted`: the hive counted more tokens, and estimated none: other calls around midnight, another organization's key
 * - `prices`: the tokens agree: the hive's prices, discounts, tiers, what is not charged by tokens
 */
export const differenceReason = z.enum(['not_over', 'unpriced', 'elsewhere', 'estimated', 'uncounted', 'prices']);
export type DifferenceReason = z.infer<typeof differenceReason>;

export const comparedDay = z.strictObject({
  day: utcDay,
  counted,
  billed,
  /** What the provider says beyond the hive, in US dollars; null when the provider says nothing. */
  differenceUsd: z.number().nullable(),
  why: z.array(differenceReason),
  models: z.array(
    z.strictObject({ model: z.string().nullable(), counted: counted.nullable(), billed: billed.nullable() }),
  ),
});
export type ComparedDay = z.infer<typeof comparedDay>;
