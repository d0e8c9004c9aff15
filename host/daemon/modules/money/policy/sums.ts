import type { UsageSum } from '../../../../../protocol/schemas/agent.ts';

interface Summed {
  readonly calls: number;
  readonly usage: UsageSum;
}

/** The sum of several sums of calls. */
export function sumUsage(rows: readonly Summed[]): { calls: number; usage: UsageSum } {
  return rows.reduce<Summed>(add, {
    calls: 0,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0, unpricedCalls: 0 },
  });
}

/** Sums by the day of each quarter of an hour (`key`: its start, epoch ms), oldest day first. */
export function sumByDay(
  rows: readonly (Summed & { key: string })[],
  dayOf: (at: number) => string,
): (Summed & { key: string })[] {
  const days = new Map<string, Summed>();
  for (const row of rows) {
    const day = dayOf(Number(row.key));
    const known = days.get(day);
    days.set(day, known === undefined ? row : add(known, row));
  }
  return [...days]
    .map(([key, { calls, usage }]) => ({ key, calls, usage }))
    .toSorted((a, b) => a.key.localeCompare(b.key));
}

/** The date of a time in a time zone, as 2026-11-27. */
export function dayNames(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return (at) => format.format(at);
}

function add(a: Summed, b: Summed): Summed {
  return {
    calls: a.calls + b.calls,
    usage: {
      inputTokens: a.usage.inputTokens + b.usage.inputTokens,
      outputTokens: a.usage.outputTokens + b.usage.outputTokens,
      cacheReadTokens: a.usage.cacheReadTokens + b.usage.cacheReadTokens,
      cacheWriteTokens: a.usage.cacheWriteTokens + b.usage.cacheWriteTokens,
      costUsd: a.usage.costUsd + b.usage.costUsd,
      unpricedCalls: a.usage.unpricedCalls + b.usage.unpricedCalls,
    },
  };
}
