import { baseModel } from '../../../../../protocol/find-price.ts';
import type {
  Billed,
  BilledDay,
  ComparedDay,
  Counted,
  DifferenceReason,
} from '../../../../../protocol/schemas/bill.ts';
import type { UsageSum } from '../../../../../protocol/schemas/agent.ts';

/** What the hive counted on a day (UTC), of one model. */
export interface CountedDay extends Counted {
  readonly day: string;
  readonly model: string;
}

/** Figures that differ by less than this share agree. */
const SHARE = 0.005;
/** Sums of money that differ by less than half a cent do, too. */
const HALF_CENT = 0.005;
const BILLIONTHS = 1e9;

/** Lays the hive's figures beside the provider's, by day and model, and says what explains the difference. */
export function compareBills(
  given: { counted: readonly CountedDay[]; billed: readonly BilledDay[] },
  /** The days (UTC), oldest first; the last one is not over. */
  days: readonly string[],
): ComparedDay[] {
  return days.map((day, index) => {
    const counted = given.counted.filter((row) => row.day === day);
    const billed = given.billed.filter((row) => row.day === day);
    const sums = { counted: sumCounted(counted), billed: sumBilled(billed) };
    const { usd } = sums.billed;
    const differenceUsd = usd === null ? null : exact(usd - sums.counted.usage.costUsd);
    return {
      day,
      ...sums,
      differenceUsd,
      why: explain(sums, { differenceUsd, isOver: index < days.length - 1 }),
      models: byModel(counted, billed),
    };
  });
}

/** Reasons for a difference; none where the figures agree. */
function explain(
  { counted, billed }: { counted: Counted; billed: Billed },
  { differenceUsd, isOver }: { differenceUsd: number | null; isOver: boolean },
): DifferenceReason[] {
  const ours = tokensOf(counted.usage);
  const theirs = billed.tokens;
  const isClose = theirs === null || Math.abs(theirs - ours) <= SHARE * Math.max(theirs, ours);
  const costUsd = counted.usage.costUsd;
  const limit = Math.max(HALF_CENT, SHARE * Math.max(costUsd, billed.usd ?? 0));
  const isSame = differenceUsd === null || Math.abs(differenceUsd) < limit;
  if (isClose && isSame) return [];
  const why: DifferenceReason[] = [];
  if (counted.usage.unpricedCalls > 0 && !isSame) why.push('unpriced');
  if (!isClose && theirs !== null && theirs > ours) why.push('elsewhere');
  if (!isClose && theirs !== null && theirs < ours) why.push(counted.estimatedCalls > 0 ? 'estimated' : 'uncounted');
  if (isClose && theirs !== null && why.length === 0) why.push('prices');
  // Without the provider's tokens nothing tells other callers from other prices.
  if (theirs === null && why.length === 0) why.push('elsewhere', 'prices');
  return isOver ? why : ['not_over', ...why];
}

/** Models with the same name but for the version are one; the provider's figures without a model come last. */
function byModel(counted: readonly CountedDay[], billed: readonly BilledDay[]): ComparedDay['models'] {
  const names = new Set([...counted, ...billed].map(({ model }) => (model === null ? null : baseModel(model))));
  const isOf = (name: string | null) => (row: { model: string | null }) =>
    (row.model === null ? null : baseModel(row.model)) === name;
  const rows = [...names].map((model) => {
    const ours = counted.filter(isOf(model));
    const theirs = billed.filter(isOf(model));
    return {
      model,
      counted: ours.length === 0 ? null : sumCounted(ours),
      billed: theirs.length === 0 ? null : sumBilled(theirs),
    };
  });
  return rows.toSorted((a, b) => (a.model === null ? 1 : b.model === null ? -1 : a.model.localeCompare(b.model)));
}

export function tokensOf({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: UsageSum): number {
  return inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;
}

function sumCounted(rows: readonly Counted[]): Counted {
  const sum = (of: (row: Counted) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    calls: sum(({ calls }) => calls),
    estimatedCalls: sum(({ estimatedCalls }) => estimatedCalls),
    usage: {
      inputTokens: sum(({ usage }) => usage.inputTokens),
      outputTokens: sum(({ usage }) => usage.outputTokens),
      cacheReadTokens: sum(({ usage }) => usage.cacheReadTokens),
      cacheWriteTokens: sum(({ usage }) => usage.cacheWriteTokens),
      costUsd: exact(sum(({ usage }) => usage.costUsd)),
      unpricedCalls: sum(({ usage }) => usage.unpricedCalls),
    },
  };
}

/** Null where no row says it. */
function sumBilled(rows: readonly BilledDay[]): Billed {
  const sum = (field: keyof Billed) => {
    const said = rows.map((row) => row[field]).filter((one) => one !== null);
    return said.length === 0 ? null : said.reduce((total, one) => total + one, 0);
  };
  const usd = sum('usd');
  return { usd: usd === null ? null : exact(usd), requests: sum('requests'), tokens: sum('tokens') };
}

/** Sums of decimals, without what binary fractions add to them. */
function exact(usd: number): number {
  return Math.round(usd * BILLIONTHS) / BILLIONTHS;
}
